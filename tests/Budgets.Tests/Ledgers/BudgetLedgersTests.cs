using LlmTelemetry.CostExporter;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.Budgets.Tests.Ledgers;

public sealed class BudgetLedgersTests
{
    [Theory]
    [InlineData("llm.db", "llm.budgets.db")]
    [InlineData("data/llm.sqlite3", "data/llm.budgets.sqlite3")]
    [InlineData("data.v2/llm", "data.v2/llm.budgets")]
    [InlineData("a.b.db", "a.b.budgets.db")]
    [InlineData(".db", ".budgets.db")]
    public async Task Budgets_stand_in_a_file_beside_that_of_spend(string spend, string budgets)
    {
        await using var ledger = BudgetLedgers.Open(StoreAddress.Parse("sqlite:" + spend), "llm", TimeSpan.FromSeconds(1), new ManualTime());

        Assert.Equal("sqlite:" + Path.GetFullPath(budgets), ledger.Place);
    }

    [Fact]
    public async Task Memory_has_no_file()
    {
        await using var ledger = BudgetLedgers.Open(StoreAddress.Parse("sqlite::memory:"), "llm", TimeSpan.FromSeconds(1), new ManualTime());

        Assert.IsType<MemoryBudgetLedger>(ledger);
        Assert.Equal("sqlite::memory:", ledger.Place);
    }
}
