using LlmTelemetry.TestKit;

namespace LlmTelemetry.CostExporter.Tests.Storage;

public sealed class RedisClusterErasureTests(RedisCluster cluster) : ErasureTests, IClassFixture<RedisCluster>, IAsyncLifetime
{
    private protected override string Address => cluster.Address;

    // One cluster for all tests, since it takes seconds to agree: so each has its own keys.
    private protected override string KeyPrefix { get; } = $"t{Guid.NewGuid():N}";

    public async ValueTask InitializeAsync() => await cluster.StartAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private protected override Task<string> DumpAsync() => RedisContents.DumpAsync(cluster.Ports, KeyPrefix);
}
