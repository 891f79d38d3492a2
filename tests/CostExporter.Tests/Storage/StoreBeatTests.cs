using System.Globalization;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.CostExporter.Tests.Storage;

/// <summary>The list of the exporters that live, in both stores.</summary>
public sealed class StoreBeatTests
{
    // No process has it.
    private const int Nobody = int.MaxValue;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly ManualTime _time = new(TimeProvider.System.GetUtcNow());

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("redis")]
    [InlineData("sqlite")]
    public async Task Exporter_whose_process_is_gone_is_told_once_with_all_it_said(string kind)
    {
        await using var place = await Place.MakeAsync(kind);
        await using var store = await OpenAsync(place.Address);
        var dead = Beat("dead", "h", Nobody) with { Journal = true, At = DateTimeOffset.FromUnixTimeMilliseconds(1_700_000_000_123) };
        Assert.Empty(await store.BeatAsync(dead, Stop));

        Assert.Equal([dead], await store.BeatAsync(Beat("one", "h", 1), Stop));
        Assert.Empty(await store.BeatAsync(Beat("one", "h", 1), Stop));
        Assert.Empty(await store.BeatAsync(Beat("two", "other", 1), Stop));
    }

    [Theory]
    [InlineData("redis")]
    [InlineData("sqlite")]
    public async Task Exporter_elsewhere_is_not_told_before_its_beat_is_overdue(string kind)
    {
        await using var place = await Place.MakeAsync(kind);
        await using var store = await OpenAsync(place.Address);
        await store.BeatAsync(Beat("far", "elsewhere", Nobody), Stop);

        Assert.Empty(await store.BeatAsync(Beat("one", "h", 1), Stop));
    }

    [Theory]
    [InlineData("redis")]
    [InlineData("sqlite")]
    public async Task Own_process_number_with_another_name_is_an_earlier_life_unless_it_lives_here(string kind)
    {
        await using var place = await Place.MakeAsync(kind);
        await using var store = await OpenAsync(place.Address);
        var here = "here-" + kind;
        ProcessLife.Add(here);
        await store.BeatAsync(Beat("earlier", "h", 1), Stop);
        await store.BeatAsync(Beat(here, "h", Nobody), Stop);

        Assert.Empty(await store.BeatAsync(Beat("one", "h", Nobody), Stop));
        ProcessLife.Remove(here);
        Assert.Equal([Beat(here, "h", Nobody)], await store.BeatAsync(Beat("one", "h", Nobody), Stop));
        Assert.Equal(["earlier", "one"], (await store.BeatAsync(Beat("again", "h", 1), Stop)).Select(b => b.Instance).Order());
    }

    [Theory]
    [InlineData("redis")]
    [InlineData("sqlite")]
    public async Task Exporter_that_ends_is_told_to_nobody(string kind)
    {
        await using var place = await Place.MakeAsync(kind);
        await using var store = await OpenAsync(place.Address);
        await store.BeatAsync(Beat("gone", "h", Nobody), Stop);
        await store.BeatAsync(Beat("gone", "h", Nobody) with { Ends = true }, Stop);

        Assert.Empty(await store.BeatAsync(Beat("one", "h", 1), Stop));
    }

    [Theory]
    [InlineData("redis")]
    [InlineData("sqlite")]
    public async Task Many_that_beat_at_once_are_told_of_a_dead_one_once(string kind)
    {
        await using var place = await Place.MakeAsync(kind);
        var stores = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => OpenAsync(place.Address)));
        string[] dead = [.. Enumerable.Range(0, 5).Select(i => string.Create(CultureInfo.InvariantCulture, $"dead-{i}-{kind}"))];
        string[] alive = [.. Enumerable.Range(0, stores.Length).Select(i => string.Create(CultureInfo.InvariantCulture, $"alive-{i}-{kind}"))];
        Array.ForEach([.. dead, .. alive], ProcessLife.Add);
        foreach (var name in dead)
        {
            Assert.Empty(await stores[0].BeatAsync(Beat(name, "h", 1), Stop));
        }

        Array.ForEach(dead, ProcessLife.Remove);
        var told = await Task.WhenAll(stores.Select((store, i) => Task.Run(() => store.BeatAsync(Beat(alive[i], "h", 1), Stop), Stop)));

        Assert.Equal(dead, told.SelectMany(beats => beats).Select(b => b.Instance).Order());
        Array.ForEach(alive, ProcessLife.Remove);
        foreach (var store in stores)
        {
            await store.DisposeAsync();
        }
    }

    [Fact]
    public async Task Beat_is_overdue_after_three_intervals_and_never_before_a_minute_in_SQLite()
    {
        await using var place = await Place.MakeAsync("sqlite");
        await using var store = await OpenAsync(place.Address);
        await store.BeatAsync(Beat("short", "a", 1), Stop);
        await store.BeatAsync(Beat("long", "b", 1) with { Interval = TimeSpan.FromMinutes(1) }, Stop);
        await store.BeatAsync(Beat("never", "c", 1) with { Interval = Timeout.InfiniteTimeSpan }, Stop);

        _time.Advance(TimeSpan.FromSeconds(60));
        Assert.Empty(await store.BeatAsync(Beat("one", "h", 1), Stop));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(["short"], (await store.BeatAsync(Beat("one", "h", 1), Stop)).Select(b => b.Instance));
        Assert.Equal(["long"], (await PassAsync(store, 3)).Select(b => b.Instance));
        Assert.Empty(await PassAsync(store, 60));
    }

    [Fact]
    public async Task Store_that_was_away_does_not_pass_the_others_for_dead_in_SQLite()
    {
        await using var place = await Place.MakeAsync("sqlite");
        await using var store = await OpenAsync(place.Address);
        await store.BeatAsync(Beat("two", "b", 1), Stop);
        await store.BeatAsync(Beat("one", "a", 1), Stop);

        _time.Advance(TimeSpan.FromHours(1));
        Assert.Empty(await store.BeatAsync(Beat("one", "a", 1), Stop));

        Assert.Equal(["two"], (await PassAsync(store, 2)).Select(b => b.Instance));
    }

    // One beats every minute, and is told of these.
    private async Task<List<ExporterBeat>> PassAsync(ISpendStore store, int minutes)
    {
        var told = new List<ExporterBeat>();
        for (var minute = 0; minute < minutes; minute++)
        {
            _time.Advance(TimeSpan.FromMinutes(1));
            told.AddRange(await store.BeatAsync(Beat("one", "h", 1), Stop));
        }

        return told;
    }

    private static ExporterBeat Beat(string instance, string host, int process) =>
        new(instance, host, process, DateTimeOffset.FromUnixTimeMilliseconds(1_800_000_000_000), Interval, Journal: false);

    private async Task<ISpendStore> OpenAsync(string address)
    {
        var store = SpendStores.Create(StoreAddress.Parse(address), new CostExporterOptions { TimeProvider = _time }.ToStoreSettings());
        await store.OpenAsync(Stop);
        return store;
    }

    private sealed class Place : IAsyncDisposable
    {
        private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-beats-");

        public RedisServer? Redis { get; private set; }

        public string Address => Redis?.Address ?? "sqlite:" + Path.Combine(_folder.FullName, "spend.db");

        public static async Task<Place> MakeAsync(string kind) => new() { Redis = kind == "redis" ? await RedisServer.StartAsync() : null };

        public async ValueTask DisposeAsync()
        {
            await (Redis?.DisposeAsync() ?? ValueTask.CompletedTask);
            _folder.Delete(recursive: true);
        }
    }
}
