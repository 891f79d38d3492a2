using LlmTelemetry.TestKit;

namespace LlmTelemetry.CostExporter.Tests.Storage;

public sealed class RedisErasureTests : ErasureTests, IAsyncLifetime
{
    private RedisServer? _redis;

    private protected override string Address => Redis.Address;

    private RedisServer Redis => _redis ?? throw new InvalidOperationException("Not started.");

    public async ValueTask InitializeAsync() => _redis = await RedisServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        if (_redis is not null)
        {
            await _redis.DisposeAsync();
        }
    }

    [Fact]
    public async Task Cleared_store_leaves_no_key_and_touches_nobody_elses()
    {
        await using var store = await OpenAsync();
        await ApplyAsync(store, 1, Row(Key("ann", "acme", session: "s1"), (0, 1)), Row(Key(null, "acme"), (0, 1)));
        await Redis.CommandAsync("SET", "llm2:settings", "theirs");
        await Redis.CommandAsync("SET", "llmtelemetry", "theirs");

        await store.ClearAsync(Stop);

        Assert.Equal(":2\r\n", await Redis.CommandAsync("DBSIZE"));
        Assert.Contains("theirs", await Redis.CommandAsync("GET", "llmtelemetry"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Erasure_in_a_full_server_loses_nothing()
    {
        await using var store = await OpenAsync();
        await ApplyAsync(store, 1, Row(Key("ann", session: "s1"), (0, 1), (64, 12_345)), Row(Key("bob"), (0, 1), (64, 1)));
        await Redis.CommandAsync("CONFIG", "SET", "maxmemory", "1");

        await Assert.ThrowsAnyAsync<Exception>(() => store.EraseUserAsync("ann", Stop));
        await Redis.CommandAsync("CONFIG", "SET", "maxmemory", "0");
        await store.EraseUserAsync("ann", Stop);

        foreach (var grain in SpendPeriods.Grains)
        {
            Assert.Equal([("_erased", 12_345), ("bob", 1)], (await ReadAsync(store, grain, SpendDimension.User)).Select(row => (row.Key.User!, (int)row.Measures[64])).Order());
        }

        Assert.DoesNotContain("ann", await DumpAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Erasure_that_meets_a_key_of_another_type_changes_nothing_of_its_period()
    {
        await using var store = await OpenAsync();
        var row = Row(Key("ann"), (0, 1), (64, 12_345));
        await ApplyAsync(store, 1, row);
        var list = new Keys(KeyPrefix).Top(Keys.Partition(null), SpendGrain.Day, row.PeriodOf(SpendGrain.Day), SpendDimension.User);
        Assert.Equal("+OK\r\n", await Redis.CommandAsync("RENAME", list, "kept"));
        await Redis.CommandAsync("SET", list, "of another type");

        await Assert.ThrowsAnyAsync<Exception>(() => store.EraseUserAsync("ann", Stop));
        await Redis.CommandAsync("RENAME", "kept", list);
        await store.EraseUserAsync("ann", Stop);

        foreach (var grain in SpendPeriods.Grains)
        {
            Assert.Equal([("_erased", 12_345)], (await ReadAsync(store, grain, SpendDimension.User)).Select(row => (row.Key.User!, (int)row.Measures[64])));
        }
    }

    [Fact]
    public async Task Hours_of_a_pruned_day_are_still_read_and_can_be_erased()
    {
        await using var store = await OpenAsync();
        await ApplyAsync(store, 1, Row(Key("ann", session: "s1"), (0, 2)), Row(Key("bob"), (0, 1)));
        await store.PruneAsync(SpendGrain.Day, DateOnly.FromDateTime(Time.GetUtcNow().UtcDateTime).AddDays(2), Stop);

        Assert.Empty(await ReadAsync(store, SpendGrain.Day, SpendDimension.User));
        Assert.Equal(3, await store.EraseUserAsync("ann", Stop));
        Assert.Equal([("_erased", 2), ("bob", 1)], (await ReadAsync(store, SpendGrain.Hour, SpendDimension.User)).Select(row => (row.Key.User!, (int)row.Measures[0])).Order());
        Assert.DoesNotContain("ann", await DumpAsync(), StringComparison.Ordinal);

        await store.PruneAsync(SpendGrain.Hour, DateOnly.FromDateTime(Time.GetUtcNow().UtcDateTime).AddDays(2), Stop);
        await store.PruneAsync(SpendGrain.Day, DateOnly.FromDateTime(Time.GetUtcNow().UtcDateTime).AddDays(2), Stop);
        Assert.DoesNotContain(await RedisContents.KeysAsync([Redis.Port], KeyPrefix), key => key.Contains(":d:", StringComparison.Ordinal) || key.Contains(":h:", StringComparison.Ordinal));
    }

    private protected override Task<string> DumpAsync() => RedisContents.DumpAsync([Redis.Port], KeyPrefix);
}
