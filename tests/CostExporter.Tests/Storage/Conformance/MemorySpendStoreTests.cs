using LlmTelemetry.StoreConformance;

namespace LlmTelemetry.CostExporter.Tests.Storage;

/// <summary>A store of one's own, as its writer tests it: docs/stores.md shows this file.</summary>
public sealed class MemorySpendStoreTests
{
    private static readonly StoreUnderTest Memory = new(settings => new MemorySpendStore(settings)) { Lasting = false };

    public static TheoryData<string> Cases => [.. Memory.Cases.Select(one => one.Name)];

    [Theory]
    [MemberData(nameof(Cases))]
    public Task Store_keeps_the_contract(string name) => StoreCase.Named(name).RunAsync(Memory, TestContext.Current.CancellationToken);
}
