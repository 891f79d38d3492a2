using LlmTelemetry.TestKit;

namespace LlmTelemetry.CostExporter.Tests.Storage;

/// <summary>What every store must do that can erase users, delete periods and be cleared. Each store's own class opens it and says all that is in it.</summary>
public abstract class ErasureTests
{
    private static readonly SpendDimension[] Everybody = [.. Enum.GetValues<SpendDimension>().Where(dimension => dimension is not (SpendDimension.User or SpendDimension.Day) && !dimension.IsOfHours())];

    private protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    private protected ManualTime Time { get; } = new(TimeProvider.System.GetUtcNow());

    private protected abstract string Address { get; }

    private protected virtual string KeyPrefix => "llm";

    private long Hour => Time.GetUtcNow().ToUnixTimeSeconds() / 3600 - 1;

    [Theory]
    [InlineData("ann-7f3a", null)]
    [InlineData("ann-7f3a|{x}:*?[a]\\", "acme")]
    [InlineData("ünï-7f3a", "{x}")]
    public async Task Erased_user_is_nowhere_and_every_total_is_as_before(string user, string? tenant)
    {
        await using var store = await OpenAsync();
        await FillAsync(store, user, tenant);
        var before = await TotalsAsync(store);
        var bob = await OfUserAsync(store, "bob");
        Assert.Contains("7f3a", await DumpAsync(), StringComparison.Ordinal);

        var changed = await store.EraseUserAsync(user, Stop);

        // Two rows and a figure in three grains, and the session: two rows of the hour stay two in the month, since they are of two models.
        Assert.Equal(3 * 3 + 1, changed);
        Assert.Equal(before, await TotalsAsync(store));
        Assert.Equal(bob, await OfUserAsync(store, "bob"));
        Assert.Empty(await OfUserAsync(store, user));
        Assert.Equal([(SpendGrain.Hour, 11), (SpendGrain.Day, 11), (SpendGrain.Month, 11)], (await OfUserAsync(store, "_erased")).Select(sum => (sum.Grain, (int)sum.Calls)));
        Assert.DoesNotContain("7f3a", await DumpAsync(), StringComparison.Ordinal);
        Assert.Empty(await store.ReadSessionsAsync(new SessionRead("session-7f3a", AnyTenant: true), Stop));
        Assert.Single(await store.ReadSessionsAsync(new SessionRead("session-of-bob", AnyTenant: true), Stop));
    }

    [Fact]
    public async Task Erasing_again_and_erasing_a_stranger_changes_nothing()
    {
        await using var store = await OpenAsync();
        await FillAsync(store, "ann-7f3a", null);
        await store.EraseUserAsync("ann-7f3a", Stop);
        var after = await DumpAsync();

        Assert.Equal(0, await store.EraseUserAsync("ann-7f3a", Stop));
        Assert.Equal(0, await store.EraseUserAsync("nobody", Stop));
        Assert.Equal(0, await store.EraseUserAsync("_erased", Stop));
        Assert.Equal(after, await DumpAsync());
    }

    [Fact]
    public async Task Several_erased_users_add_up_exactly_past_the_range_of_doubles()
    {
        await using var store = await OpenAsync();
        var much = (Int128.One << 80) + 12345;
        for (var i = 0; i < 5; i++)
        {
            await ApplyAsync(store, i + 1, Row(Key($"u{i}"), (0, 1), (64, much + i)));
            Assert.Equal(3, await store.EraseUserAsync($"u{i}", Stop));
        }

        Assert.Equal((much * 5) + 10, Assert.Single(await ReadAsync(store, SpendGrain.Hour, SpendDimension.User)).Measures[64]);
        Assert.Equal((much * 5) + 10, Assert.Single(await ReadAsync(store, SpendGrain.Day, SpendDimension.User)).Measures[64]);
        Assert.Equal((much * 5) + 10, Assert.Single(await ReadAsync(store, SpendGrain.Month, SpendDimension.User, SpendDimension.Model)).Measures[64]);
    }

    [Fact]
    public async Task What_a_user_spends_while_erased_is_lost_nowhere()
    {
        await using var store = await OpenAsync();
        await using var other = await OpenAsync();
        var flushing = FlushAsync();
        while (!flushing.IsCompleted)
        {
            await store.EraseUserAsync("ann", Stop);
        }

        await flushing;
        await store.EraseUserAsync("ann", Stop);

        foreach (var grain in SpendPeriods.Grains)
        {
            Assert.Equal(60_600, (await ReadAsync(store, grain)).Aggregate((Int128)0, (sum, row) => sum + row.Measures[64]));
            Assert.Equal([("_erased", 60_000), ("bob", 600)], (await ReadAsync(store, grain, SpendDimension.User)).Select(row => (row.Key.User!, (int)row.Measures[64])).Order());
        }

        async Task FlushAsync()
        {
            for (var number = 1; number <= 60; number++)
            {
                await ApplyAsync(other, number, Row(Key("ann", conversation: $"c{number % 7}"), (0, 1), (64, 1_000)), Row(Key("bob"), (0, 1), (64, 10)));
            }
        }
    }

    [Theory]
    [InlineData(nameof(SpendGrain.Hour))]
    [InlineData(nameof(SpendGrain.Day))]
    [InlineData(nameof(SpendGrain.Month))]
    public async Task Pruned_are_the_periods_of_one_grain_that_ended_before_the_day(string name)
    {
        var grain = Enum.Parse<SpendGrain>(name);
        await using var store = await OpenAsync();
        var today = DateOnly.FromDateTime(DateTime.UnixEpoch.AddHours(Hour));
        var day = grain == SpendGrain.Month ? new DateOnly(today.Year, today.Month, 1) : today;
        var earlier = grain == SpendGrain.Month ? day.AddDays(-40) : day.AddDays(-2);
        await ApplyAsync(store, 1, Row(Key("ann"), (0, 1)), Row(Key("bob"), (0, 2)), RowOf(earlier, Key("ann"), 4), RowOf(earlier, Key("bob", tenant: null, "other"), 8), RowOf(earlier, Figure("ann"), 16));
        var before = await TotalsAsync(store);

        Assert.Equal(3, await store.PruneAsync(grain, day, Stop));
        Assert.Equal(0, await store.PruneAsync(grain, day, Stop));

        // What was pruned stays known, also when less is pruned later.
        Assert.Equal(0, await store.PruneAsync(grain, day.AddYears(-1), Stop));
        var keeps = (await store.KeepsAsync(Stop))!;
        DateTimeOffset?[] from = [keeps.HoursFrom, keeps.DaysFrom, keeps.MonthsFrom];
        Assert.Equal([(int)grain], Enumerable.Range(0, 3).Where(at => from[at] is not null));
        Assert.InRange(from[(int)grain]!.Value, new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.FromHours(14)).AddDays(-31), new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.FromHours(-14)));

        foreach (var other in SpendPeriods.Grains)
        {
            var calls = (await ReadAsync(store, other, SpendDimension.User)).GroupBy(row => row.Key.User!).Select(rows => (rows.Key, rows.Sum(row => (int)row.Measures[0]))).Order();
            (string, int)[] rows = other == grain ? [("ann", 1), ("bob", 2)] : other == SpendGrain.Hour && grain == SpendGrain.Month ? [("ann", 1), ("bob", 2)] : [("ann", 5), ("bob", 10)];
            Assert.Equal(rows, calls);
        }

        Assert.NotEqual(before, await TotalsAsync(store));
    }

    [Fact]
    public async Task Cleared_store_is_empty_and_can_be_used_again()
    {
        await using var store = await OpenAsync();
        await FillAsync(store, "ann-7f3a", "acme");
        await FillAsync(store, "ben-7f3a", null, first: 5);

        await store.ClearAsync(Stop);
        await store.ClearAsync(Stop);

        var dump = await DumpAsync();
        foreach (var text in new[] { "7f3a", "bob", "acme", "claude", "first-1" })
        {
            Assert.DoesNotContain(text, dump, StringComparison.Ordinal);
        }

        Assert.Empty(await TotalsAsync(store));
        Assert.Equal(BatchStatus.Gap, (await ApplyAsync(store, 99, Row(Key("ann"), (0, 1)))).Status);
        Assert.Equal(BatchStatus.Applied, (await ApplyAsync(store, 1, Row(Key("ann"), (0, 1)))).Status);
        Assert.Equal([(SpendGrain.Hour, 1), (SpendGrain.Day, 1), (SpendGrain.Month, 1)], (await OfUserAsync(store, "ann")).Select(sum => (sum.Grain, (int)sum.Calls)));
        await using var again = await OpenAsync();
    }

    private protected abstract Task<string> DumpAsync();

    private protected async Task<ISpendStore> OpenAsync()
    {
        var settings = new StoreSettings(KeyPrefix, TimeZoneInfo.Utc, TimeSpan.FromDays(8), TimeSpan.FromDays(400), TimeSpan.FromDays(3653), TimeSpan.FromSeconds(10), Time);
        var store = SpendStores.Create(StoreAddress.Parse(Address), settings);
        await store.OpenAsync(Stop);
        return store;
    }

    private protected static Task<BatchReply> ApplyAsync(ISpendStore store, long number, params SpendRow[] rows) =>
        store.ApplyAsync(new SpendBatch("first-1", store.PartitionOf(rows[0].Key), number, rows), Stop);

    private protected SpendRow Row(SpendKey key, params (byte Id, Int128 Value)[] values)
    {
        var measures = new SpendMeasures();
        foreach (var (id, value) in values)
        {
            measures.Add(id, value);
        }

        return new SpendRow(Hour, DateOnly.FromDateTime(DateTime.UnixEpoch.AddHours(Hour)), key, measures);
    }

    private protected static SpendKey Key(string? user, string? tenant = null, string model = "claude", string? conversation = null, string? session = null) =>
        new("anthropic", model, user, tenant, "chat", SpendKeyMore.Of(new SpendKeyParts("gold", Conversation: conversation, Session: session)));

    private static SpendKey Figure(string? user, string? tenant = null, string? session = null) =>
        new(null, null, user, tenant, "chat", SpendKeyMore.Of(new SpendKeyParts(Session: session, Metric: "session.duration|s|")));

    private static SpendRow RowOf(DateOnly day, SpendKey key, int calls)
    {
        var measures = new SpendMeasures();
        measures.Add(0, calls);
        return new SpendRow(new DateTimeOffset(day, new TimeOnly(12, 0), TimeSpan.Zero).ToUnixTimeSeconds() / 3600, day, key, measures);
    }

    private async Task FillAsync(ISpendStore store, string user, string? tenant, int first = 1)
    {
        await ApplyAsync(
            store, first,
            Row(Key(user, tenant, conversation: "talk-7f3a", session: "session-7f3a"), (0, 3), (64, (1L << 53) + 1)),
            Row(Key(user, tenant, "claude-2", session: "session-7f3a"), (0, 8), (64, 5)),
            Row(Key("bob", tenant, conversation: "talk", session: "session-of-bob"), (0, 100), (64, 7)),
            Row(Key(null, tenant), (0, 1)),
            Row(Figure(user, tenant, "session-7f3a"), (15, 2), (16, 90)),
            Row(Figure("bob", tenant), (15, 4), (16, 9)));
        await ApplyAsync(store, store.PartitionOf(Key(null, "third")) == store.PartitionOf(Key(null, tenant)) ? first + 1 : 1, Row(Key("bob", "third"), (0, 1_000)));
    }

    // Whatever is not of one user, one conversation or one session.
    private static async Task<List<string>> TotalsAsync(ISpendStore store)
    {
        var totals = new List<string>();
        foreach (var grain in SpendPeriods.Grains)
        {
            foreach (var by in new SpendDimension[][] { [], [SpendDimension.Tenant], Everybody })
            {
                totals.AddRange((await ReadAsync(store, grain, by)).Select(row => Text(grain, row)).Order(StringComparer.Ordinal));
                var figures = new SpendRead(grain, DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue, by.ToHashSet()) { OfFigures = true };
                totals.AddRange((await store.ReadAsync(figures, Stop).ToListAsync(Stop)).Select(row => Text(grain, row)).Order(StringComparer.Ordinal));
            }
        }

        return totals;
    }

    private static string Text(SpendGrain grain, SpendAggregate row) =>
        $"{grain} {row.Period:u} {SpendKeyText.Join([row.Key.Provider, row.Key.Model, row.Key.Tenant, row.Key.Feature], row.Key.More)} {string.Join(' ', Enumerable.Range(0, row.Measures.Count).Select(i => row.Measures.At(i)).Order())}";

    private static async Task<List<(SpendGrain Grain, Int128 Calls)>> OfUserAsync(ISpendStore store, string user)
    {
        var sums = new List<(SpendGrain, Int128)>();
        foreach (var grain in SpendPeriods.Grains)
        {
            var rows = (await ReadAsync(store, grain, SpendDimension.User)).Where(row => row.Key.User == user).ToList();
            sums.AddRange(rows.Count == 0 ? [] : [(grain, rows.Aggregate((Int128)0, (sum, row) => sum + row.Measures[0]))]);
        }

        return sums;
    }

    private protected static async Task<List<SpendAggregate>> ReadAsync(ISpendStore store, SpendGrain grain, params SpendDimension[] by) =>
        await store.ReadAsync(new SpendRead(grain, DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue, by.ToHashSet()), Stop).ToListAsync(Stop);
}
