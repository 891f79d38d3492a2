using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter.Tests.Storage;

/// <summary>What every store must do. Each store's own class opens it; time starts at the real present, since Redis expires by its own clock.</summary>
public abstract class SpendStoreTests
{
    private protected static readonly SpendDimension[] Everything =
        [SpendDimension.Provider, SpendDimension.Model, SpendDimension.User, SpendDimension.Tenant, SpendDimension.Feature];

    private protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    private protected ManualTime Time { get; } = new(TimeProvider.System.GetUtcNow());

    private protected abstract string Address { get; }

    private protected virtual string KeyPrefix => "llm";

    // The last full UTC hour, so that nothing here is in the future.
    private protected long Hour => Time.GetUtcNow().ToUnixTimeSeconds() / 3600 - 1;

    private protected DateOnly Day => DateOnly.FromDateTime(DateTime.UnixEpoch.AddHours(Hour));

    [Fact]
    public async Task First_batch_is_applied_and_read_back_in_hour_day_and_month()
    {
        await using var store = await OpenAsync();
        var reply = await ApplyAsync(store, 1, Row(Key(), (SpendMeasure.Calls, 2), (64, 1_234_567)));

        Assert.Equal(new BatchReply(BatchStatus.Applied, 1), reply);
        foreach (var grain in SpendPeriods.Grains)
        {
            var row = Assert.Single(await ReadAsync(store, grain, Everything));
            Assert.Equal(SpendPeriods.Of(grain, Row(Key())), row.Period);
            Assert.Equal(Key(), row.Key);
            Assert.Equal(2, row.Measures[SpendMeasure.Calls]);
            Assert.Equal(1_234_567, row.Measures[64]);
        }
    }

    [Fact]
    public async Task Batch_sent_again_counts_once()
    {
        await using var store = await OpenAsync();
        await ApplyAsync(store, 1, Row(Key(), (0, 5)));
        var again = await ApplyAsync(store, 1, Row(Key(), (0, 5)));
        await ApplyAsync(store, 2, Row(Key(), (0, 7)));
        var late = await ApplyAsync(store, 1, Row(Key(), (0, 5)));

        Assert.Equal(new BatchReply(BatchStatus.AlreadyApplied, 1), again);
        Assert.Equal(new BatchReply(BatchStatus.AlreadyApplied, 2), late);
        Assert.Equal(12, await TotalAsync(store, 0));
    }

    [Fact]
    public async Task Batch_that_skips_a_number_changes_nothing()
    {
        await using var store = await OpenAsync();
        Assert.Equal(new BatchReply(BatchStatus.Gap, 0), await ApplyAsync(store, 2, Row(Key(), (0, 1))));
        await ApplyAsync(store, 1, Row(Key(), (0, 10)));
        Assert.Equal(new BatchReply(BatchStatus.Gap, 1), await ApplyAsync(store, 3, Row(Key(), (0, 100))));
        Assert.Equal(10, await TotalAsync(store, 0));
    }

    [Fact]
    public async Task Two_instances_number_their_batches_apart()
    {
        await using var store = await OpenAsync();
        for (var number = 1; number <= 5; number++)
        {
            Assert.Equal(BatchStatus.Applied, (await ApplyAsync(store, number, "first-1", Row(Key(), (0, 1), (64, 10)))).Status);
            Assert.Equal(BatchStatus.Applied, (await ApplyAsync(store, number, "second-2", Row(Key(), (0, 1), (65, 100)))).Status);
        }

        Assert.Equal(10, await TotalAsync(store, 0));
        Assert.Equal(50, await TotalAsync(store, 64));
        Assert.Equal(500, await TotalAsync(store, 65));
    }

    [Fact]
    public async Task Sums_stay_exact_past_the_range_of_doubles_and_of_Int64()
    {
        // Each limb of a value carries: 2^48 - 1 + 1, then sums near 2^53, 2^63 and beyond.
        Int128[] amounts = [(Int128.One << 48) - 1, 1, (1L << 53) - 1, 3, long.MaxValue, long.MaxValue, 7, (Int128.One << 90) + 12345, 999_999_999_999, 1];
        await using var store = await OpenAsync();
        Int128 expected = 0;
        for (var i = 0; i < amounts.Length; i++)
        {
            expected += amounts[i];
            await ApplyAsync(store, i + 1, Row(Key(), (64, amounts[i]), (32, 1), ((byte)(10 + i), amounts[i])));
            foreach (var by in new SpendDimension[][] { [], [SpendDimension.User], Everything })
            {
                Assert.Equal(expected, await TotalAsync(store, 64, by));
                Assert.Equal(i + 1, await TotalAsync(store, 32, by));
            }
        }

        Assert.Equal(amounts, (await Task.WhenAll(Enumerable.Range(10, amounts.Length).Select(id => TotalAsync(store, (byte)id)))));
    }

    [Fact]
    public async Task Random_increments_add_up_to_the_writers_own_tally()
    {
        var random = new Random(20261122);
        await using var store = await OpenAsync();
        var tally = new Dictionary<(SpendKey, byte), Int128>();
        for (var number = 1; number <= 20; number++)
        {
            var keys = Enumerable.Range(0, 40).Select(_ => Key(user: $"u{random.Next(12)}", model: $"m{random.Next(4)}", feature: random.Next(3) == 0 ? null : "f")).Distinct();
            var rows = keys.Select(key => Row(key, [.. Enumerable.Range(0, random.Next(1, 12)).Select(_ => ((byte)random.Next(96), (Int128)random.NextInt64(1L << random.Next(1, 62))))])).ToArray();
            foreach (var row in rows)
            {
                for (var i = 0; i < row.Measures.Count; i++)
                {
                    var (id, value) = row.Measures.At(i);
                    tally[(row.Key, id)] = tally.GetValueOrDefault((row.Key, id)) + value;
                }
            }

            await ApplyAsync(store, number, rows);
        }

        var read = await ReadAsync(store, SpendGrain.Day, Everything);
        Assert.All(tally, sum => Assert.Equal(sum.Value, read.Where(r => r.Key == sum.Key.Item1).Aggregate((Int128)0, (a, r) => a + r.Measures[sum.Key.Item2])));
        foreach (var by in new SpendDimension[][] { [], [SpendDimension.User], [SpendDimension.Model] })
        {
            foreach (var id in tally.Keys.Select(k => k.Item2).Distinct())
            {
                Assert.Equal(tally.Where(t => t.Key.Item2 == id).Aggregate((Int128)0, (a, t) => a + t.Value), await TotalAsync(store, id, by));
            }
        }
    }

    [Fact]
    public async Task Hour_that_lies_in_two_days_of_the_zone_is_booked_in_both()
    {
        // India is 5:30 ahead: its midnight is at 18:30 UTC.
        var india = TimeZoneInfo.FindSystemTimeZoneById("Asia/Kolkata");
        await using var store = await OpenAsync(timeZone: india);
        var midnight = new DateTimeOffset(Time.GetUtcNow().Date.AddDays(-2), TimeSpan.Zero).AddHours(18);
        var hour = midnight.ToUnixTimeSeconds() / 3600;
        var first = DateOnly.FromDateTime(midnight.Date);
        await ApplyAsync(
            store, 1, new SpendRow(hour, first, Key(), Measures((0, 3))), new SpendRow(hour, first.AddDays(1), Key(), Measures((0, 4))));

        Assert.Equal(7, (await ReadAsync(store, SpendGrain.Hour, Everything)).Aggregate((Int128)0, (a, r) => a + r.Measures[0]));
        var days = await ReadAsync(store, SpendGrain.Day, Everything);
        Assert.Equal([(first, 3), (first.AddDays(1), 4)], days.Select(d => (DateOnly.FromDateTime(d.Period.Date), (int)d.Measures[0])).Order());
        Assert.Equal(7, await TotalAsync(store, 0, grain: SpendGrain.Month));
    }

    [Fact]
    public async Task Range_reads_its_first_and_last_period_and_nothing_beside()
    {
        await using var store = await OpenAsync();
        var today = Day;
        for (var back = 0; back < 6; back++)
        {
            await ApplyAsync(store, back + 1, new SpendRow(Hour - 24 * back, today.AddDays(-back), Key(), Measures((0, 1 << back))));
        }

        var read = new SpendRead(SpendGrain.Day, Midnight(today.AddDays(-3)), Midnight(today.AddDays(-1)), new HashSet<SpendDimension>());
        Int128 sum = 0;
        await foreach (var row in store.ReadAsync(read, Stop))
        {
            sum += row.Measures[0];
        }

        Assert.Equal(0b1110, sum);
    }

    [Theory]
    [InlineData(SpendDimension.Provider)]
    [InlineData(SpendDimension.Model)]
    [InlineData(SpendDimension.User)]
    [InlineData(SpendDimension.Tenant)]
    [InlineData(SpendDimension.Feature)]
    public async Task Each_dimension_is_told_apart(SpendDimension dimension)
    {
        await using var store = await OpenAsync();
        var key = new SpendKey("p", "m", "u", "t", "f");
        var other = dimension switch
        {
            SpendDimension.Provider => key with { Provider = "p2" },
            SpendDimension.Model => key with { Model = null },
            SpendDimension.User => key with { User = null },
            SpendDimension.Tenant => key with { Tenant = "t2" },
            _ => key with { Feature = "" },
        };
        await ApplyAsync(store, 1, Row(key, (0, 1), (64, 10)));
        await ApplyAsync(store, 1, "second-2", Row(other, (0, 2), (64, 20)));

        foreach (var grain in SpendPeriods.Grains)
        {
            foreach (var by in new SpendDimension[][] { [dimension], Everything })
            {
                var sums = (await ReadAsync(store, grain, by)).GroupBy(r => Value(r.Key, dimension)).ToDictionary(g => g.Key ?? "(null)", g => g.Sum(r => (int)r.Measures[64]));
                Assert.Equal(2, sums.Count);
                Assert.Equal(10, sums[Value(key, dimension) ?? "(null)"]);
                Assert.Equal(20, sums[Value(other, dimension) ?? "(null)"]);
            }
        }
    }

    [Fact]
    public async Task Hostile_names_stay_apart_and_come_back_as_they_were()
    {
        string?[] names = [null, "", "{", "}", "{a}", "}{", "|", "a|b", ":", "%", "\n", "\r\n", "\0", "😀", "\uD800", "\uD801", "ü", new string('x', 10_000), new string('é', 10_000), "u", "=", "-"];
        await using var store = await OpenAsync();
        SpendKey[] keys = [.. names.SelectMany(n => new SpendKey[] { new(n, "m", "u", null, "f"), new("p", n, "u", null, "f"), new("p", "m", n, null, "f"), new("p", "m", "u", n, "f"), new("p", "m", "u", null, n) }).Distinct()];
        foreach (var partition in keys.GroupBy(k => store.PartitionOf(k)))
        {
            Assert.Equal(BatchStatus.Applied, (await store.ApplyAsync(new SpendBatch("first-1", partition.Key, 1, [.. partition.Select(k => Row(k, (0, Array.IndexOf(keys, k) + 1)))]), Stop)).Status);
        }

        var read = await ReadAsync(store, SpendGrain.Day, Everything);
        Assert.Equal(keys.Length, read.Count);
        Assert.All(read, row => Assert.Equal(Array.IndexOf(keys, row.Key) + 1, (int)row.Measures[0]));
        var users = await ReadAsync(store, SpendGrain.Month, [SpendDimension.User]);
        Assert.Equal(names.Order(StringComparer.Ordinal), users.Select(u => u.Key.User).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Increment_past_its_retention_is_counted_and_not_kept()
    {
        await using var store = await OpenAsync();
        var old = new SpendRow(Hour - 24 * 10, Day.AddDays(-10), Key(), Measures((0, 1)));
        var ancient = new SpendRow(Hour - 24 * 500, Day.AddDays(-500), Key(), Measures((0, 10)));
        var lost = new SpendRow(Hour - 24 * 4000, Day.AddDays(-4000), Key(), Measures((0, 100)));
        var reply = await ApplyAsync(store, 1, Row(Key(), (0, 1000)), old, ancient, lost);

        // old: its hour; ancient: its hour and day; lost: all three.
        Assert.Equal(new BatchReply(BatchStatus.Applied, 1, ExpiredRows: 6), reply);
        Assert.Equal(1000, await TotalAsync(store, 0, grain: SpendGrain.Hour));
        Assert.Equal(1001, await TotalAsync(store, 0));
        Assert.Equal(1011, await TotalAsync(store, 0, grain: SpendGrain.Month));
    }

    [Fact]
    public async Task Period_past_its_retention_is_not_read_any_more()
    {
        await using var store = await OpenAsync();
        await ApplyAsync(store, 1, Row(Key(), (0, 1)));
        Time.Advance(TimeSpan.FromDays(9));
        Assert.Empty(await ReadAsync(store, SpendGrain.Hour, Everything));
        Assert.Equal(1, await TotalAsync(store, 0));
    }

    [Fact]
    public async Task Opening_an_open_store_is_harmless()
    {
        await using var store = await OpenAsync();
        await ApplyAsync(store, 1, Row(Key(), (0, 1)));
        await store.OpenAsync(Stop);
        Assert.Equal(1, await TotalAsync(store, 0));
    }

    [Fact]
    public async Task Value_that_cannot_be_kept_changes_nothing()
    {
        await using var store = await OpenAsync();
        await ApplyAsync(store, 1, Row(Key(), (0, (Int128.One << 96) - 1)));
        await Assert.ThrowsAnyAsync<Exception>(() => ApplyAsync(store, 2, Row(Key(user: "other"), (0, 1)), Row(Key(), (0, 1))));
        Assert.Equal(BatchStatus.Applied, (await ApplyAsync(store, 2, Row(Key(), (1, 1)))).Status);
        Assert.Single(await ReadAsync(store, SpendGrain.Day, Everything));
    }

    [Theory]
    [InlineData("Asia/Tokyo")]
    [InlineData("America/New_York")]
    public async Task Clock_at_the_end_or_the_beginning_of_time_does_not_stop_its_batch(string zone)
    {
        await using var store = await OpenAsync(timeZone: TimeZoneInfo.FindSystemTimeZoneById(zone));
        var days = new LocalDays(TimeZoneInfo.FindSystemTimeZoneById(zone));
        var rows = new[] { DateTimeOffset.MaxValue, DateTimeOffset.MinValue }.Select(at => new SpendRow(days.Of(at).Hour, days.Of(at).Day, Key(), Measures((0, 1))));
        var reply = await ApplyAsync(store, 1, [.. rows, Row(Key(), (0, 5))]);
        Assert.Equal(BatchStatus.Applied, reply.Status);
        Assert.Equal(5, await TotalAsync(store, 0));
    }

    [Fact]
    public async Task Charges_are_kept_beside_costs_in_every_sum()
    {
        await using var store = await OpenAsync();
        var (one, other) = (Calls.Make(user: "ann", charge: 330_000_111), Calls.Make(user: "bob", charge: (Int128.One << 70) + 1));
        for (var number = 1; number <= 3; number++)
        {
            await ApplyAsync(store, number, Row(Key("ann"), Of(one)), Row(Key("bob"), Of(other)), Row(Key("eve"), Of(Calls.Make(user: "eve"))));
        }

        foreach (var grain in SpendPeriods.Grains)
        {
            foreach (var by in new SpendDimension[][] { [], [SpendDimension.User], [SpendDimension.Feature, SpendDimension.Model], Everything })
            {
                Assert.Equal(3 * (one.ChargePico!.Value + other.ChargePico!.Value), await TotalAsync(store, SpendMeasure.Charged, by, grain));
                Assert.Equal(6, await TotalAsync(store, SpendMeasure.ChargedCalls, by, grain));
                Assert.Equal(9, await TotalAsync(store, SpendMeasure.Calls, by, grain));
                Assert.Equal(9 * one.Cost.Pico(UsageBucket.Input), await TotalAsync(store, SpendMeasure.Cost(UsageBucket.Input), by, grain));
            }
        }

        static (byte, Int128)[] Of(UsageEvent call)
        {
            var measures = new SpendMeasures();
            measures.Add(in call);
            return [.. Enumerable.Range(0, measures.Count).Select(i => measures.At(i)).Where(m => m.Value != 0)];
        }
    }

    [Fact]
    public async Task Cancelled_call_ends_as_cancelled()
    {
        await using var store = await OpenAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => store.ApplyAsync(new SpendBatch("first-1", store.PartitionOf(Key()), 1, [Row(Key(), (0, 1))]), new CancellationToken(canceled: true)));
    }

    private protected static SpendKey Key(string? user = "ann", string? model = "claude", string? feature = "chat", string? tenant = null) => new("anthropic", model, user, tenant, feature);

    private protected static SpendMeasures Measures(params (byte Id, Int128 Value)[] values)
    {
        var measures = new SpendMeasures();
        foreach (var (id, value) in values)
        {
            measures.Add(id, value);
        }

        return measures;
    }

    private protected SpendRow Row(SpendKey key, params (byte Id, Int128 Value)[] values) => new(Hour, Day, key, Measures(values));

    private protected async Task<ISpendStore> OpenAsync(string? address = null, TimeZoneInfo? timeZone = null, TimeProvider? time = null, TimeSpan? timeout = null)
    {
        var settings = new StoreSettings(
            KeyPrefix, timeZone ?? TimeZoneInfo.Utc, TimeSpan.FromDays(8), TimeSpan.FromDays(400), TimeSpan.FromDays(3653), timeout ?? TimeSpan.FromSeconds(10), time ?? Time);
        var store = SpendStores.Create(StoreAddress.Parse(address ?? Address), settings);
        try
        {
            await store.OpenAsync(Stop);
            return store;
        }
        catch
        {
            await store.DisposeAsync();
            throw;
        }
    }

    private protected static Task<BatchReply> ApplyAsync(ISpendStore store, long number, params SpendRow[] rows) => ApplyAsync(store, number, "first-1", rows);

    private protected static Task<BatchReply> ApplyAsync(ISpendStore store, long number, string instance, params SpendRow[] rows) =>
        store.ApplyAsync(new SpendBatch(instance, store.PartitionOf(rows[0].Key), number, rows), Stop);

    private protected static async Task<List<SpendAggregate>> ReadAsync(ISpendStore store, SpendGrain grain, params SpendDimension[] by)
    {
        var rows = new List<SpendAggregate>();
        await foreach (var row in store.ReadAsync(new SpendRead(grain, DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue, by.ToHashSet()), Stop))
        {
            rows.Add(row);
        }

        return rows;
    }

    private protected static async Task<Int128> TotalAsync(ISpendStore store, byte measure, SpendDimension[]? by = null, SpendGrain grain = SpendGrain.Day) =>
        (await ReadAsync(store, grain, by ?? [])).Aggregate((Int128)0, (sum, row) => sum + row.Measures[measure]);

    private static DateTimeOffset Midnight(DateOnly day) => new(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);

    private static string? Value(SpendKey key, SpendDimension dimension) => dimension switch
    {
        SpendDimension.Provider => key.Provider,
        SpendDimension.Model => key.Model,
        SpendDimension.User => key.User,
        SpendDimension.Tenant => key.Tenant,
        _ => key.Feature,
    };
}
