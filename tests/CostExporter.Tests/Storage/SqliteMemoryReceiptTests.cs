namespace LlmTelemetry.CostExporter.Tests.Storage;

public sealed class SqliteMemoryReceiptTests : ReceiptClaimTests
{
    private protected override string Address => "sqlite::memory:";

    private protected override Task<ISpendStore?> OpenOtherAsync() => Task.FromResult<ISpendStore?>(null);

    private protected override Task<long?> HoursKeptAsync(string source) => Task.FromResult<long?>(null);
}
