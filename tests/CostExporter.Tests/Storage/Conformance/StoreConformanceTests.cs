using LlmTelemetry.StoreConformance;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.CostExporter.Tests.Storage;

/// <summary>Our stores keep the contract that they ask of others.</summary>
public abstract class StoreConformanceTests
{
    public static TheoryData<string> Cases => [.. StoreCase.All.Select(one => one.Name)];

    private protected abstract string AddressOf(StoreSettings settings);

    [Theory]
    [MemberData(nameof(Cases))]
    public Task Store_keeps_the_contract(string name) =>
        StoreCase.Named(name).RunAsync(new StoreUnderTest(Create), TestContext.Current.CancellationToken);

    private protected ISpendStore Create(StoreSettings settings) => SpendStores.Create(StoreAddress.Parse(AddressOf(settings)), settings);
}

public sealed class SqliteMemoryConformanceTests
{
    private static readonly StoreUnderTest Memory = new(settings => SpendStores.Create(StoreAddress.Parse("sqlite::memory:"), settings)) { Lasting = false };

    public static TheoryData<string> Cases => [.. Memory.Cases.Select(one => one.Name)];

    [Theory]
    [MemberData(nameof(Cases))]
    public Task Store_keeps_the_contract(string name) => StoreCase.Named(name).RunAsync(Memory, TestContext.Current.CancellationToken);
}

public sealed class SqliteFileConformanceTests : StoreConformanceTests, IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-conformance-");

    public void Dispose() => _folder.Delete(recursive: true);

    private protected override string AddressOf(StoreSettings settings) => $"sqlite:{_folder.FullName}/{settings.KeyPrefix}.db";
}

public sealed class RedisConformanceTests(SharedRedis redis) : StoreConformanceTests, IClassFixture<SharedRedis>, IAsyncLifetime
{
    public async ValueTask InitializeAsync() => await redis.StartAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private protected override string AddressOf(StoreSettings settings) => redis.Address;
}

public sealed class RedisClusterConformanceTests(RedisCluster cluster) : StoreConformanceTests, IClassFixture<RedisCluster>, IAsyncLifetime
{
    public async ValueTask InitializeAsync() => await cluster.StartAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private protected override string AddressOf(StoreSettings settings) => cluster.Address;
}
