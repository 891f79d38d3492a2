using LlmTelemetry.TestKit;

namespace LlmTelemetry.CostExporter.Tests.Storage;

public sealed class RedisClusterStoreTests(RedisCluster cluster) : SpendStoreTopTests, IClassFixture<RedisCluster>, IAsyncLifetime
{
    private protected override string Address => cluster.Address;

    // One cluster for all tests, since it takes seconds to agree: so each has its own keys.
    private protected override string KeyPrefix { get; } = $"t{Guid.NewGuid():N}";

    [Fact]
    public async Task Tenants_are_spread_over_the_nodes_and_read_together()
    {
        await using var store = await OpenAsync();
        for (var tenant = 0; tenant < 30; tenant++)
        {
            var reply = await ApplyAsync(store, 1, Row(Key(tenant: $"t-{tenant}"), (0, 1)), Row(Key(user: "bob", tenant: $"t-{tenant}"), (0, 2)));
            Assert.Equal(BatchStatus.Applied, reply.Status);
        }

        Assert.Equal(90, await TotalAsync(store, 0));
        Assert.Equal(30, (await ReadAsync(store, SpendGrain.Month, SpendDimension.Tenant)).Select(r => r.Key.Tenant).Distinct().Count());
        Assert.Equal(60, (await ReadAsync(store, SpendGrain.Hour, Everything)).Count);
        foreach (var port in cluster.Ports)
        {
            Assert.InRange(await RedisCluster.CountKeysAsync(port), 1, long.MaxValue);
        }
    }

    public async ValueTask InitializeAsync() => await cluster.StartAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
