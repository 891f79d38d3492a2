namespace LlmTelemetry.CostExporter.Tests.Storage;

public sealed class SqliteMemoryStoreTests : SpendStoreTopTests
{
    private protected override string Address => "sqlite::memory:";
}
