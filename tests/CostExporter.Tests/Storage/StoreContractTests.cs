using LlmTelemetry.TestKit;

namespace LlmTelemetry.CostExporter.Tests.Storage;

/// <summary>What the contract offers to those who write a store of their own.</summary>
public sealed class StoreContractTests
{
    private static readonly SpendKey Hostile = new("a|b", null, "=u%{}", "", "\uD800", SpendKeyMore.Of(new("gold", Operation: "rerank", Conversation: "c|1", Session: "s"), new("region", "eu|=us"), new("plan", "")));

    [Fact]
    public void Key_as_text_comes_back_as_it_was()
    {
        var text = Hostile.ToText();

        Assert.Equal(Hostile, SpendKey.Parse(text));
        Assert.DoesNotContain(text, char.IsSurrogate);
        Assert.Equal(new SpendKey(null, null, null, null, null), SpendKey.Parse(new SpendKey(null, null, null, null, null).ToText()));
    }

    [Fact]
    public void Tags_in_any_order_make_the_same_key_and_of_one_name_the_first_counts()
    {
        var key = SpendKeyMore.Of(default, new("region", "eu"), new("plan", "gold"), new("region", "us"));

        Assert.Equal(SpendKeyMore.Of(default, new("plan", "gold"), new("region", "eu")), key);
        Assert.Equal(["plan", "region"], key!.Tags.Select(tag => tag.Key));
    }

    [Fact]
    public void Measures_as_bytes_are_added_up_exactly()
    {
        var measures = new SpendMeasures();
        measures.Add(SpendMeasure.Calls, 0);
        measures.Add(64, (Int128.One << 95) + 1);
        measures.Add(95, 255);
        var sum = new SpendMeasures();
        sum.AddBytes(measures.ToBytes());
        sum.AddBytes(measures.ToBytes());

        Assert.Equal((2, (Int128.One << 96) + 2, 510), (sum.Count, sum[64], (int)sum[95]));
        Assert.Throws<OverflowException>(sum.ToBytes);
        Assert.Throws<InvalidDataException>(() => sum.AddBytes([3, 1, 2]));
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(3600)]
    public void Second_that_no_hour_has_is_refused(int second)
    {
        var measures = new SpendMeasures();

        Assert.Throws<ArgumentOutOfRangeException>(() => measures.See(second));
        Assert.Null(measures.Seen);
    }

    [Fact]
    public void Row_says_its_period_and_key_of_each_grain()
    {
        var row = new SpendRow(495_000, new DateOnly(2026, 6, 21), Hostile, new SpendMeasures());

        Assert.Equal(new DateTimeOffset(2026, 6, 21, 0, 0, 0, TimeSpan.Zero), row.PeriodOf(SpendGrain.Hour));
        Assert.Equal(new DateTimeOffset(2026, 6, 21, 0, 0, 0, TimeSpan.Zero), row.PeriodOf(SpendGrain.Day));
        Assert.Equal(new DateTimeOffset(2026, 6, 1, 0, 0, 0, TimeSpan.Zero), row.PeriodOf(SpendGrain.Month));
        Assert.Equal(Hostile, row.KeyIn(SpendGrain.Hour));
        Assert.Equal(Hostile with { More = SpendKeyMore.Of(new("gold", Operation: "rerank"), [.. Hostile.More!.Tags]) }, row.KeyIn(SpendGrain.Month));
    }

    [Fact]
    public void Rows_that_differ_in_what_is_not_asked_for_are_merged()
    {
        var merge = new SpendMerge(new SpendRead(SpendGrain.Day, default, default, new HashSet<SpendDimension> { SpendDimension.Tenant }, ["plan"]));
        var one = new SpendMeasures();
        one.Add(0, 1);
        merge.Add(Hostile, null, one);
        merge.Add(Hostile with { User = "other" }, null, one.ToBytes());
        merge.Add(Hostile with { Tenant = null }, null, one);

        var rows = merge.Take(DateTimeOffset.UnixEpoch);
        Assert.Equal([(1, null), (2, "")], rows.Select(row => ((int)row.Measures[0], row.Key.Tenant)).Order());
        Assert.All(rows, row => Assert.Equal((null, ""), (row.Key.User, row.Key.More!.Tag("plan"))));
        Assert.Equal(1, one[0]);
        Assert.Empty(merge.Take(DateTimeOffset.UnixEpoch));
    }

    [Fact]
    public async Task Store_of_the_application_is_written_and_read_in_place_of_the_one_that_is_configured()
    {
        var store = new RowStore();
        StoreSettings? given = null;
        var options = new CostExporterOptions { Store = "redis://192.0.2.1:1", TimeProvider = new ManualTime(), KeyPrefix = "mine", Hub = new() };
        options.UseStore(settings =>
        {
            given = settings;
            return store;
        });
        await using (var exporter = CostExporterHost.Start(options, subscribe: true, logger: null))
        {
            options.Hub.Publish(Calls.Make(user: "ann"));
        }

        Assert.Equal(("mine", false), (given!.KeyPrefix, given.ReadOnly));
        await using var reports = await UsageReports.OpenAsync(
            o =>
            {
                o.TimeProvider = options.TimeProvider;
                o.UseStore(settings =>
                {
                    given = settings;
                    return store;
                });
            },
            TestContext.Current.CancellationToken);
        Assert.True(given.ReadOnly);
        Assert.Equal(1, (await reports.QueryAsync(new() { From = DateOnly.MinValue.AddDays(1), To = DateOnly.MaxValue.AddDays(-1) }, TestContext.Current.CancellationToken)).Total.Calls);
    }

    [Fact]
    public void Of_store_and_own_store_the_last_said_holds()
    {
        var options = new CostExporterOptions();
        options.UseStore(_ => new RowStore());
        Assert.IsType<RowStore>(SpendStores.Create(options, options.ToStoreSettings()));

        options.Store = "sqlite::memory:";
        Assert.IsType<SqliteSpendStore>(SpendStores.Create(options, options.ToStoreSettings()));
    }

    [Fact]
    public void Own_store_that_is_null_is_refused_at_start()
    {
        var error = Assert.Throws<InvalidOperationException>(() => CostExporterHost.Start(o => o.UseStore(_ => null!)));
        Assert.Contains("UseStore", error.Message, StringComparison.Ordinal);
        Assert.Contains("null", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Sessions_of_a_store_that_does_not_keep_them_are_added_up_from_its_hours()
    {
        ISpendStore store = new HoursOnly(
            Row(10, "s1", "acme", "m1", 1), Row(12, "s1", "acme", "m2", 2), Row(12, "s1", "acme", "m2", 4, user: "bob"), Row(11, "s1", null, "m1", 8), Row(1, "s2", "acme", "m1", 16));
        var sessions = await store.ReadSessionsAsync(new SessionRead("s1", AnyTenant: true), TestContext.Current.CancellationToken);

        Assert.Equal([null, "acme"], sessions.Select(session => session.Tenant).Order(StringComparer.Ordinal));
        var acme = Assert.Single(await store.ReadSessionsAsync(new SessionRead("s1", AnyTenant: false, "acme"), TestContext.Current.CancellationToken));
        Assert.Equal((Hour(10), Hour(13).AddSeconds(-1)), (acme.FirstAt, acme.LastAt));
        Assert.Equal([("m1", 1), ("m2", 6)], acme.Rows.Select(row => (row.Key.Model!, (int)row.Measures[0])).Order());
        Assert.Equal(8, Assert.Single((await store.ReadSessionsAsync(new SessionRead("s1", AnyTenant: false), TestContext.Current.CancellationToken)).Single().Rows).Measures[0]);
        Assert.Empty(await store.ReadSessionsAsync(new SessionRead("s3", AnyTenant: true), TestContext.Current.CancellationToken));
    }

    private static SpendAggregate Row(int hour, string session, string? tenant, string model, int calls, string? user = null)
    {
        var measures = new SpendMeasures();
        measures.Add(0, calls);
        return new SpendAggregate(Hour(hour), new SpendKey("p", model, user, tenant, null, SpendKeyMore.Of(new(Session: session))), measures);
    }

    private static DateTimeOffset Hour(int hour) => new DateTimeOffset(2026, 11, 22, 0, 0, 0, TimeSpan.Zero).AddHours(hour);

    /// <summary>No more than what a store must have, with these hours.</summary>
    private sealed class HoursOnly(params SpendAggregate[] hours) : ISpendStore
    {
        public Task OpenAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public string PartitionOf(in SpendKey key) => "";

        public Task<BatchReply> ApplyAsync(SpendBatch batch, CancellationToken cancellationToken) => throw new NotSupportedException();

        public IAsyncEnumerable<SpendAggregate> ReadAsync(SpendRead read, CancellationToken cancellationToken) =>
            (read.Grain == SpendGrain.Hour && !read.OfFigures ? hours : []).ToAsyncEnumerable();
    }
}
