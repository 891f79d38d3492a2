namespace LlmTelemetry.Budgets.Tests.Ledgers;

public sealed class MemoryBudgetLedgerTests : EmbeddedLedgerCases
{
    private protected override Task<IBudgetLedger> OpenAsync() => Task.FromResult<IBudgetLedger>(new MemoryBudgetLedger(Time));
}
