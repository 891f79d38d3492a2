using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;
using Microsoft.Extensions.Logging;

namespace LlmTelemetry.CostExporter.Tests.Storage;

/// <summary>What a real Redis holds beside rows: settings, their schema and their time to live, and the list of the exporters that live.</summary>
public sealed class RedisUpkeepTests : IAsyncLifetime
{
    private const int TenYears = 3653 * 24 * 3600;

    private readonly ManualTime _time = new(TimeProvider.System.GetUtcNow());
    private RedisServer _redis = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _redis = await RedisServer.StartAsync();

    public async ValueTask DisposeAsync() => await _redis.DisposeAsync();

    [Fact]
    public async Task Settings_live_on_with_every_flush()
    {
        await using var store = await OpenAsync();
        for (var number = 1; number <= 3; number++)
        {
            await _redis.CommandAsync("EXPIRE", "llm:settings", "60");
            _time.Advance(TimeSpan.FromSeconds(10));
            await store.ApplyAsync(new SpendBatch("first-1", store.PartitionOf(default), number, []), Stop);
            Assert.InRange(await _redis.NumberAsync("TTL", "llm:settings"), TenYears, TenYears + (40 * 24 * 3600));
        }
    }

    [Fact]
    public async Task Store_that_a_newer_version_takes_over_gets_nothing_more_and_nothing_is_lost()
    {
        var (hub, log) = (new UsageHub(), new ListLogger<CostExporterHost>());
        await using var exporter = new CostExporterHost(new CostExporterOptions { Store = _redis.Address, Hub = hub, Interval = Timeout.InfiniteTimeSpan, TimeProvider = _time }, log);
        await exporter.StartAsync(subscribe: true, Stop);
        Publish(hub, 100);
        Assert.Null((await exporter.FlushAsync(Stop)).Error);

        await _redis.CommandAsync("HSET", "llm:settings", "schema", "99");
        var before = await _redis.CommandAsync("HGETALL", "llm:settings");
        _time.Advance(TimeSpan.FromSeconds(1));
        Publish(hub, 1000);
        var refused = await exporter.FlushAsync(Stop);

        Assert.Contains("schema '99'", refused.Error!, StringComparison.Ordinal);
        Assert.Equal(1, refused.PendingRows);
        Assert.Contains(log.Lines, line => line.Level == LogLevel.Error && line.Text.Contains("not reaching the store", StringComparison.Ordinal));
        Assert.Equal(before, await _redis.CommandAsync("HGETALL", "llm:settings"));
        Assert.Equal(100, await InputAsync(exporter));

        await _redis.CommandAsync("HSET", "llm:settings", "schema", StoreIdentity.Schema);
        Assert.Null((await exporter.FlushAsync(Stop)).Error);
        Assert.Equal(1100, await InputAsync(exporter));
    }

    [Fact]
    public async Task Newer_store_is_refused_to_an_exporter_and_a_report_at_their_start()
    {
        await (await OpenAsync()).DisposeAsync();
        await _redis.CommandAsync("HSET", "llm:settings", "schema", "99");

        foreach (var start in new Func<Task>[]
        {
            () => UsageReports.OpenAsync(_redis.Address, cancellationToken: Stop),
            () => new CostExporterHost(new CostExporterOptions { Store = _redis.Address, Hub = new() }).StartAsync(subscribe: true, Stop),
        })
        {
            var refusal = await Assert.ThrowsAsync<SpendStoreMismatchException>(start);
            Assert.Contains("'99'", refusal.Message, StringComparison.Ordinal);
            Assert.Contains("Use the version that wrote it", refusal.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Exporter_that_ends_without_a_word_is_told_once_and_one_that_says_so_never()
    {
        await using var store = await OpenAsync();
        var killed = Beat("killed") with { Journal = true, ProcessId = 17 };
        await store.BeatAsync(killed, Stop);
        await store.BeatAsync(Beat("done"), Stop);
        await store.BeatAsync(Beat("done") with { Ends = true }, Stop);
        await store.BeatAsync(Beat("here"), Stop);
        await OverdueAsync("killed");

        Assert.Equal(killed, Assert.Single(await store.BeatAsync(Beat("here"), Stop)));
        Assert.Empty(await store.BeatAsync(Beat("here"), Stop));
        Assert.Empty(await store.BeatAsync(Beat("other"), Stop));
    }

    [Fact]
    public async Task Store_that_was_away_does_not_pass_the_others_for_dead()
    {
        await using var store = await OpenAsync();
        await store.BeatAsync(Beat("one"), Stop);
        await store.BeatAsync(Beat("two"), Stop);

        // As an hour without Redis leaves it: nobody was heard, so everybody seems overdue.
        await OverdueAsync("one");
        await OverdueAsync("two");
        await _redis.CommandAsync("HSET", "llm:beats", "", "1700000000");

        Assert.Empty(await store.BeatAsync(Beat("one"), Stop));
        Assert.Empty(await store.BeatAsync(Beat("two"), Stop));
        await OverdueAsync("two");
        Assert.Equal("two", Assert.Single(await store.BeatAsync(Beat("one"), Stop)).Instance);
    }

    [Fact]
    public async Task List_of_exporters_expires_when_nobody_is_left()
    {
        await using var store = await OpenAsync();
        await store.BeatAsync(Beat("one"), Stop);
        foreach (var key in await _redis.KeysAsync())
        {
            Assert.True(await _redis.NumberAsync("TTL", key) > 29 * 24 * 3600, key);
        }
    }

    private async Task OverdueAsync(string instance)
    {
        var beat = await _redis.CommandAsync("HGET", "llm:beats", instance);
        await _redis.CommandAsync("HSET", "llm:beats", instance, "1700000000" + beat[beat.IndexOf(' ', StringComparison.Ordinal)..].TrimEnd());
    }

    private ExporterBeat Beat(string instance) => new(
        instance, "host|with:odd {name} of " + instance, 4711, DateTimeOffset.FromUnixTimeMilliseconds(_time.GetUtcNow().ToUnixTimeMilliseconds()), TimeSpan.FromSeconds(10), Journal: false);

    private async Task<ISpendStore> OpenAsync()
    {
        var store = SpendStores.Create(StoreAddress.Parse(_redis.Address), new CostExporterOptions { TimeProvider = _time }.ToStoreSettings());
        await store.OpenAsync(Stop);
        return store;
    }

    private void Publish(UsageHub hub, long input)
    {
        var call = Calls.Make(at: _time.GetUtcNow(), input: input, output: 0);
        hub.Publish(in call);
    }

    private static async Task<long> InputAsync(CostExporterHost exporter) =>
        (await exporter.Reports.QueryAsync(new() { From = exporter.Reports.Today.AddDays(-1), To = exporter.Reports.Today }, Stop)).Total.InputTokens;
}
