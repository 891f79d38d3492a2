using LlmTelemetry.TestKit;

namespace LlmTelemetry.CostExporter.Tests.Storage;

public sealed class RedisStatusTests : IAsyncLifetime
{
    private RedisServer _redis = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _redis = await RedisServer.StartAsync();

    public async ValueTask DisposeAsync() => await _redis.DisposeAsync();

    [Fact]
    public async Task Redis_that_keeps_what_it_acknowledges_gives_no_concern()
    {
        var status = await ReadAsync();

        Assert.StartsWith("Redis ", status.Kind, StringComparison.Ordinal);
        Assert.Matches(@"^Redis \d+\.\d+", status.Kind);
        Assert.InRange(status.Clock!.Value - TimeProvider.System.GetUtcNow(), TimeSpan.FromMinutes(-1), TimeSpan.FromMinutes(1));
        Assert.Equal((StoreIdentity.Schema, "UTC"), (status.Schema, status.TimeZone));
        Assert.True(status.Bytes > 100_000);
        Assert.Empty(status.Concerns);
    }

    [Theory]
    [InlineData("maxmemory-policy", "allkeys-lru", "Set maxmemory-policy noeviction")]
    [InlineData("maxmemory-policy", "volatile-ttl", "volatile-ttl: when memory runs out, rows are deleted")]
    [InlineData("appendonly", "no", "Set appendonly yes")]
    [InlineData("appendfsync", "no", "Set appendfsync always")]
    [InlineData("maxmemory", "900000", "of maxmemory are in use")]
    public async Task Setting_that_can_lose_spend_is_a_concern_that_says_what_to_do(string setting, string value, string words)
    {
        await using var store = await OpenAsync();
        Assert.StartsWith("+OK", await _redis.CommandAsync("CONFIG", "SET", setting, value), StringComparison.Ordinal);
        var status = await store.StatusAsync(Stop);

        Assert.Contains(words, Assert.Single(status!.Concerns), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Replica_is_a_concern()
    {
        await using var store = await OpenAsync();
        await _redis.CommandAsync("REPLICAOF", "127.0.0.1", "1");

        Assert.Contains((await store.StatusAsync(Stop))!.Concerns, concern => concern.Contains("name its master", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_may_not_be_asked_is_not_said()
    {
        await using var store = await OpenAsync();
        await _redis.CommandAsync("ACL", "SETUSER", "default", "-info", "-time", "-config");
        var status = await store.StatusAsync(Stop);

        Assert.Equal((null, null, StoreIdentity.Schema, 0), (status!.Clock, status.Bytes, status.Schema, status.Concerns.Count));
    }

    private async Task<StoreStatus> ReadAsync()
    {
        await using var store = await OpenAsync();
        return (await store.StatusAsync(Stop))!;
    }

    private async Task<ISpendStore> OpenAsync()
    {
        var store = SpendStores.Create(StoreAddress.Parse(_redis.Address), new CostExporterOptions().ToStoreSettings());
        await store.OpenAsync(Stop);
        return store;
    }
}
