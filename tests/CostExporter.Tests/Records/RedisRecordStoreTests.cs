using System.Globalization;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.CostExporter.Tests.Records;

public sealed class RedisRecordStoreTests : CappedRecordStoreTests, IAsyncLifetime
{
    private RedisServer? _redis;

    private RedisServer Redis => _redis ?? throw new InvalidOperationException("Not started.");

    private protected override CostExporterOptions Options() => new() { Store = Redis.Address };

    public async ValueTask InitializeAsync() => _redis = await RedisServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        if (_redis is not null)
        {
            await _redis.DisposeAsync();
        }
    }

    [Fact]
    public async Task Every_key_expires_with_the_retention()
    {
        await using var store = await OpenAsync(retention: TimeSpan.FromDays(2));
        await store.WriteAsync([Make(1)], Stop);
        await RedisLedger.AssertEveryKeyExpiresAsync(Redis);
        foreach (var key in new[] { "llm:{records}:by_time", "llm:{records}:lines" })
        {
            var seconds = long.Parse((await Redis.CommandAsync("TTL", key)).Trim(':', '\r', '\n'), CultureInfo.InvariantCulture);
            Assert.InRange(seconds, (2 * 24 * 3600) - 60, 2 * 24 * 3600);
        }
    }

    [Fact]
    public async Task Records_past_their_retention_go_with_the_next_write_and_none_comes_that_is()
    {
        await using var store = await OpenAsync(retention: TimeSpan.FromDays(1));
        await store.WriteAsync([Make(1)], Stop);
        Time.Advance(TimeSpan.FromHours(30));
        await store.WriteAsync([RecordCases.Make(2, Now), RecordCases.Make(3, Now.AddDays(-2))], Stop);
        Assert.Equal([2], (await AllAsync(store)).Select(Number));
    }

    [Fact]
    public async Task Erased_user_is_nowhere_in_the_database()
    {
        await using var store = await OpenAsync();
        await store.WriteAsync([.. Enumerable.Range(0, 700).Select(n => Make(n) with { Attribution = new(n % 2 == 0 ? "ada-of-london" : "bob") })], Stop);
        Assert.Contains("ada-of-london", await Redis.CommandAsync("HVALS", "llm:{records}:lines"), StringComparison.Ordinal);
        Assert.Equal(350, await store.EraseUserAsync("ada-of-london", Stop));
        Assert.DoesNotContain("ada-of-london", await Redis.CommandAsync("HVALS", "llm:{records}:lines"), StringComparison.Ordinal);
        Assert.Equal(":350\r\n", await Redis.CommandAsync("ZCARD", "llm:{records}:by_time"));
    }

    [Fact]
    public async Task Key_whose_line_is_missing_is_no_record_and_is_written_whole_the_next_time()
    {
        await using var store = await OpenAsync();
        await store.WriteAsync([Make(1), Make(2)], Stop);
        await Redis.CommandAsync("DEL", "llm:{records}:lines");
        Assert.Empty(await AllAsync(store));
        Assert.Equal(2, await store.WriteAsync([Make(1), Make(2)], Stop));
        Assert.Equal(2, (await AllAsync(store)).Count);
    }

    [Fact]
    public async Task Reader_from_outside_writes_nothing_and_reads_what_is_there()
    {
        await Assert.ThrowsAsync<KeyNotFoundException>(() => UsageRecords.OpenAsync(Redis.Address, cancellationToken: Stop));
        await using var store = await OpenAsync();
        await store.WriteAsync([Make(1), Make(2)], Stop);
        await using var records = await UsageRecords.OpenAsync(Redis.Address, cancellationToken: Stop);
        Assert.Equal(2, await records.ReadAsync(new(), Stop).CountAsync(Stop));
        Assert.Equal(2, await records.ClearAsync(Stop));
        Assert.Equal("*1\r\n$12\r\nllm:settings\r\n", await Redis.CommandAsync("KEYS", "*"));
    }
}

public sealed class RedisClusterRecordStoreTests(RedisCluster cluster) : CappedRecordStoreTests, IClassFixture<RedisCluster>, IAsyncLifetime
{
    // One cluster for all tests, since it takes seconds to agree: so each has its own keys.
    private readonly string _prefix = $"t{Guid.NewGuid():N}";

    private protected override CostExporterOptions Options() => new() { Store = cluster.Address, KeyPrefix = _prefix };

    public async ValueTask InitializeAsync() => await cluster.StartAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
