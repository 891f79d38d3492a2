using LlmTelemetry.TestKit;

namespace LlmTelemetry.Budgets.Tests.Ledgers;

public sealed class MemoryBudgetLedgerTests : LedgerCases
{
    private readonly ManualTime _time = new();

    private protected override Task<IBudgetLedger> OpenAsync() => Task.FromResult<IBudgetLedger>(new MemoryBudgetLedger(_time));

    private protected override Task PassAsync(long until)
    {
        _time.Advance(TimeSpan.FromMilliseconds(Math.Max(0, until - _time.GetUtcNow().ToUnixTimeMilliseconds())));
        return Task.CompletedTask;
    }
}
