namespace LlmTelemetry.CostExporter.Tests.Storage;

public sealed class SqliteMemoryStoreTests : SpendStoreTests
{
    private protected override string Address => "sqlite::memory:";
}
