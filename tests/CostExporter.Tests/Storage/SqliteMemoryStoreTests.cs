namespace LlmTelemetry.CostExporter.Tests.Storage;

public sealed class SqliteMemoryStoreTests : SpendStoreDimensionTests
{
    private protected override string Address => "sqlite::memory:";
}
