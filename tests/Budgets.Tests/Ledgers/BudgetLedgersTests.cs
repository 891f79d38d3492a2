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

    [Fact]
    public async Task Redis_keeps_budgets_itself_and_is_named_without_its_password()
    {
        await using var ledger = BudgetLedgers.Open(StoreAddress.Parse("redis://:secret@localhost:7000"), "llm", TimeSpan.FromSeconds(1), new ManualTime());

        Assert.IsType<RedisBudgetLedger>(ledger);
        Assert.Contains("localhost:7000", ledger.Place, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", ledger.Place, StringComparison.Ordinal);
    }
}
