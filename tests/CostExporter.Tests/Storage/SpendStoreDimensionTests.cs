namespace LlmTelemetry.CostExporter.Tests.Storage;

/// <summary>What every store must do with what only some rows say, and with sessions.</summary>
public abstract class SpendStoreDimensionTests : SpendStoreTests
{
    private static readonly SpendKeyParts Full = new("gold", "app1", "production", "embeddings", "talk", "s1", Outcome: "failed", Quality: "partial", PriceVersion: "2026-11-22");

    [Theory]
    [InlineData(SpendDimension.Tier)]
    [InlineData(SpendDimension.Operation)]
    [InlineData(SpendDimension.Client)]
    [InlineData(SpendDimension.Environment)]
    [InlineData(SpendDimension.Outcome)]
    [InlineData(SpendDimension.Quality)]
    [InlineData(SpendDimension.PriceVersion)]
    public async Task What_few_rows_say_is_told_apart_in_every_grain_and_added_up_where_nobody_asks(SpendDimension dimension)
    {
        await using var store = await OpenAsync();
        var other = dimension switch
        {
            SpendDimension.Tier => Full with { Tier = "silver" },
            SpendDimension.Operation => Full with { Operation = "rerank" },
            SpendDimension.Client => Full with { Client = "a|b" },
            SpendDimension.Outcome => Full with { Outcome = "cancelled" },
            SpendDimension.Quality => Full with { Quality = "estimated" },
            SpendDimension.PriceVersion => Full with { PriceVersion = "2026-11-23" },
            _ => Full with { Environment = "" },
        };
        await ApplyAsync(store, 1, Row(With(Full), (0, 1)), Row(With(other), (0, 2)), Row(Key(), (0, 4)));

        foreach (var grain in SpendPeriods.Grains)
        {
            var sums = (await ReadAsync(store, grain, dimension)).ToDictionary(row => dimension.Of(row.Key) ?? "(null)", row => row.Measures[0]);
            Assert.Equal(1, sums[dimension.Of(With(Full))!]);
            Assert.Equal(7, sums.Values.Aggregate((sum, value) => sum + value));
            Assert.All(await ReadAsync(store, grain, dimension), row => Assert.Equal((null, null), (row.Key.User, row.Key.Model)));
            Assert.Equal((7, 1), (await TotalAsync(store, 0, [], grain), (await ReadAsync(store, grain)).Count));
            Assert.Equal(7, await TotalAsync(store, 0, [SpendDimension.User], grain));
            Assert.Equal(3, (await ReadAsync(store, grain, SpendDimension.User, dimension)).Count);
        }
    }

    [Fact]
    public async Task Tags_are_told_apart_by_name_and_value()
    {
        await using var store = await OpenAsync();
        await ApplyAsync(
            store, 1,
            Row(With(default, ("plan", "gold"), ("region", "eu")), (0, 1)),
            Row(With(default, ("plan", "gold"), ("region", "us|=x%{}")), (0, 2)),
            Row(With(default, ("region", "eu")), (0, 4)),
            Row(With(default, ("plan", "")), (0, 8)),
            Row(Key(), (0, 16)));

        foreach (var grain in SpendPeriods.Grains)
        {
            Assert.Equal([("(null)", 20), ("", 8), ("gold", 3)], await SumsAsync(store, grain, "plan"));
            Assert.Equal([("(null)", 24), ("eu", 5), ("us|=x%{}", 2)], await SumsAsync(store, grain, "region"));
            Assert.Equal([("(null)", 31)], await SumsAsync(store, grain, "other"));
        }
    }

    [Fact]
    public async Task Conversations_and_sessions_are_kept_by_the_hour_and_added_up_in_days_and_months()
    {
        await using var store = await OpenAsync();
        for (var n = 1; n <= 20; n++)
        {
            await ApplyAsync(store, n, [.. Enumerable.Range(0, 10).Select(i => Row(With(new("gold", Conversation: $"c{n}", Session: $"s{n % 2}-{i}")), (0, n), (64, n)))]);
        }

        Assert.Equal(200, (await ReadAsync(store, SpendGrain.Hour, SpendDimension.Conversation, SpendDimension.Session)).Count);
        Assert.Equal(20, (await ReadAsync(store, SpendGrain.Hour, SpendDimension.Session)).Count);
        foreach (var grain in new[] { SpendGrain.Day, SpendGrain.Month })
        {
            var row = Assert.Single(await ReadAsync(store, grain, Enum.GetValues<SpendDimension>()));
            Assert.Equal(With(new("gold")), row.Key);
            Assert.Equal((2100, 2100), (row.Measures[0], row.Measures[64]));
        }
    }

    [Fact]
    public async Task Hour_that_lies_in_two_days_says_which_of_them_a_row_is_of()
    {
        var india = TimeZoneInfo.FindSystemTimeZoneById("Asia/Kolkata");
        await using var store = await OpenAsync(timeZone: india);
        var midnight = new DateTimeOffset(Time.GetUtcNow().Date.AddDays(-2), TimeSpan.Zero).AddHours(18);
        var hour = midnight.ToUnixTimeSeconds() / 3600;
        var first = DateOnly.FromDateTime(midnight.Date);
        await ApplyAsync(store, 1, new SpendRow(hour, first, Key(), Measures((0, 3))), new SpendRow(hour, first.AddDays(1), Key(), Measures((0, 4))), new SpendRow(hour + 1, first.AddDays(1), Key(), Measures((0, 5))));

        Assert.Equal(
            [(0, null, 3), (0, first.AddDays(1), 4), (1, (DateOnly?)null, 5)],
            (await ReadAsync(store, SpendGrain.Hour, SpendDimension.User)).Select(row => ((int)(row.Period - midnight).TotalHours, row.Day, (int)row.Measures[0])).Order());
    }

    [Fact]
    public async Task Session_is_read_by_its_id_alone_with_what_it_spent_in_all_its_hours()
    {
        await using var store = await OpenAsync();
        var (one, other) = (new SpendKeyParts(Session: "s1"), new SpendKeyParts(Session: "s2"));
        await ApplyAsync(store, 1, Seen(With(one), Hour, 100, 200, (0, 1), (64, 10)), Seen(With(one, user: "bob"), Hour, 50, 60, (0, 1), (64, 10)), Seen(With(other), Hour, 0, 1, (0, 8)), Seen(Key(), Hour, 0, 1, (0, 16)));
        await ApplyAsync(store, 2, Seen(With(one), Hour - 1, 3000, 3599, (0, 2), (64, 20)), Seen(With(one, model: "other|model"), Hour, 300, 300, (0, 4)));
        var again = await ApplyAsync(store, 2, Seen(With(one), Hour - 1, 3000, 3599, (0, 2), (64, 20)));

        var session = Assert.Single(await store.ReadSessionsAsync(new SessionRead("s1", AnyTenant: true), Stop));
        Assert.Equal(BatchStatus.AlreadyApplied, again.Status);
        Assert.Equal((null, Second(Hour - 1, 3000), Second(Hour, 300)), (session.Tenant, session.FirstAt, session.LastAt));
        Assert.Equal(
            [("claude", 4, 40), ("other|model", 4, 0)],
            session.Rows.Select(row => (row.Key.Model!, (int)row.Measures[0], (int)row.Measures[64])).Order());
        Assert.All(session.Rows, row => Assert.Equal("anthropic", row.Key.Provider));
        Assert.Empty(await store.ReadSessionsAsync(new SessionRead("s3", AnyTenant: true), Stop));
    }

    [Fact]
    public async Task Sessions_of_one_id_are_apart_by_tenant()
    {
        await using var store = await OpenAsync();
        foreach (var (tenant, n) in new[] { (null, 1), ("acme", 2), ("{:|}", 4) })
        {
            await ApplyAsync(store, 1, "writer-" + n, Row(With(new(Session: "s|{1}"), tenant: tenant), (0, n)));
        }

        Assert.Equal([1, 2, 4], (await store.ReadSessionsAsync(new SessionRead("s|{1}", AnyTenant: true), Stop)).Select(session => (int)Assert.Single(session.Rows).Measures[0]).Order());
        var acme = Assert.Single(await store.ReadSessionsAsync(new SessionRead("s|{1}", AnyTenant: false, "acme"), Stop));
        Assert.Equal(("acme", 2), (acme.Tenant, (int)Assert.Single(acme.Rows).Measures[0]));
        Assert.Equal(1, Assert.Single((await store.ReadSessionsAsync(new SessionRead("s|{1}", AnyTenant: false), Stop)).Single().Rows).Measures[0]);
        Assert.Empty(await store.ReadSessionsAsync(new SessionRead("s|{1}", AnyTenant: false, "nobody"), Stop));
    }

    [Fact]
    public async Task Session_row_whose_calls_did_not_say_when_counts_its_whole_hour()
    {
        await using var store = await OpenAsync();
        await ApplyAsync(store, 1, Row(With(new(Session: "s1")), (0, 1)));

        var session = Assert.Single(await store.ReadSessionsAsync(new SessionRead("s1", AnyTenant: true), Stop));
        Assert.Equal((Second(Hour, 0), Second(Hour, 3599)), (session.FirstAt, session.LastAt));
    }

    [Fact]
    public async Task Sums_of_a_session_stay_exact_past_the_range_of_Int64()
    {
        await using var store = await OpenAsync();
        await ApplyAsync(store, 1, Row(With(new(Session: "s1")), (64, long.MaxValue)), Row(With(new(Session: "s1"), user: "bob"), (64, long.MaxValue)));
        await ApplyAsync(store, 2, Row(With(new(Session: "s1")), (64, 7)));

        Assert.Equal((2 * (Int128)long.MaxValue) + 7, Assert.Single(Assert.Single(await store.ReadSessionsAsync(new SessionRead("s1", AnyTenant: true), Stop)).Rows).Measures[64]);
    }

    [Fact]
    public async Task Rows_of_figures_are_apart_from_those_of_calls_by_metric_and_as_long_kept()
    {
        await using var store = await OpenAsync();
        var (one, other) = (new SpendKeyParts("gold", Session: "s1", Metric: "=rating|"), new SpendKeyParts("gold", Session: "s2", Metric: "=rating|=s|=a|=b%007Cc"));
        await ApplyAsync(store, 1, Row(With(one), (15, 1)), Row(With(one, user: "bob"), (15, 2)), Row(With(other), (15, 4)), Row(Key(), (0, 8)));
        var again = await ApplyAsync(store, 1, Row(With(one), (15, 1)));
        var old = new SpendRow(Hour - (24 * 10), Day.AddDays(-10), With(one), Measures((15, 16)));
        Assert.Equal((BatchStatus.AlreadyApplied, 1), (again.Status, (await ApplyAsync(store, 2, old)).ExpiredRows));

        foreach (var grain in SpendPeriods.Grains)
        {
            Assert.Equal(8, Assert.Single(await ReadAsync(store, grain, SpendDimension.Tier)).Measures[0]);
            Assert.Equal([("=rating|", grain == SpendGrain.Hour ? 3 : 19), ("=rating|=s|=a|=b%007Cc", 4)], Sums(await ReadFiguresAsync(store, grain)));
            var users = await ReadFiguresAsync(store, grain, SpendDimension.User, SpendDimension.Tier);
            Assert.All(users, row => Assert.Equal("gold", row.Key.More!.Parts.Tier));
            Assert.Equal(2, users.Where(row => row.Key.User == "bob").Sum(row => (int)row.Measures[15]));
        }

        Assert.Equal(2, (await ReadFiguresAsync(store, SpendGrain.Hour, SpendDimension.Session)).Select(row => row.Key.More!.Parts.Session).Distinct().Count());
        Assert.Empty(await store.ReadSessionsAsync(new SessionRead("s1", AnyTenant: true), Stop));
        Time.Advance(TimeSpan.FromDays(9));
        Assert.Empty(await ReadFiguresAsync(store, SpendGrain.Hour));
        Assert.NotEmpty(await ReadFiguresAsync(store, SpendGrain.Day));

        static (string, int)[] Sums(List<SpendAggregate> rows) =>
            [.. rows.GroupBy(row => row.Key.More!.Parts.Metric!).Select(metric => (metric.Key, metric.Sum(row => (int)row.Measures[15]))).OrderBy(sum => sum.Key, StringComparer.Ordinal)];
    }

    [Fact]
    public async Task Store_says_how_long_it_keeps_hours()
    {
        await using var store = await OpenAsync();

        Assert.Equal(TimeSpan.FromDays(8), await store.HourRetentionAsync(Stop));
    }

    private protected static SpendKey With(SpendKeyParts parts, params (string Name, string Value)[] tags) =>
        Key() with { More = SpendKeyMore.Of(in parts, [.. tags.Select(tag => new KeyValuePair<string, string>(tag.Name, tag.Value))]) };

    private protected static SpendKey With(SpendKeyParts parts, string? user = "ann", string? model = "claude", string? tenant = null) =>
        Key(user, model, tenant: tenant) with { More = SpendKeyMore.Of(in parts) };

    private static SpendRow Seen(SpendKey key, long hour, int first, int last, params (byte Id, Int128 Value)[] values)
    {
        var measures = Measures(values);
        measures.See(last);
        measures.See(first);
        return new SpendRow(hour, DateOnly.FromDateTime(DateTime.UnixEpoch.AddHours(hour)), key, measures);
    }

    private static DateTimeOffset Second(long hour, int second) => DateTimeOffset.FromUnixTimeSeconds((hour * 3600) + second);

    private protected static async Task<List<SpendAggregate>> ReadFiguresAsync(ISpendStore store, SpendGrain grain, params SpendDimension[] by)
    {
        var rows = new List<SpendAggregate>();
        await foreach (var row in store.ReadAsync(new SpendRead(grain, DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue, by.ToHashSet()) { OfFigures = true }, Stop))
        {
            rows.Add(row);
        }

        return rows;
    }

    private static async Task<List<(string Value, int Sum)>> SumsAsync(ISpendStore store, SpendGrain grain, string tag)
    {
        List<(string, int)> sums = [];
        await foreach (var row in store.ReadAsync(new SpendRead(grain, DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue, new HashSet<SpendDimension>(), [tag]), Stop))
        {
            sums.Add((row.Key.More?.Tag(tag) ?? "(null)", (int)row.Measures[0]));
        }

        return [.. sums.OrderByDescending(sum => sum.Item2)];
    }
}
