using System.Globalization;

namespace LlmTelemetry.CostExporter.Tests.Storage;

/// <summary>What every store that keeps lists of what costs the most must answer from them: what adding up all rows gives.</summary>
public abstract class SpendStoreTopTests : SpendStoreTests
{
    private static readonly SpendDimension[] Listed = [SpendDimension.User, SpendDimension.Model, SpendDimension.Feature];

    // Names that sort otherwise as a store may write them, and what says nothing.
    private static readonly string?[] Names = [null, "", "a", "b", "B", "a b", "a:b", "a;b", "a|", "%", "user:1", "user:10", "user:2", "z", "zz", "ü", "\uE000", "😀", "_other"];

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Lists_give_what_adding_up_all_rows_gives(int seed)
    {
        var random = new Random(seed);
        await using var store = await OpenAsync();
        var tally = new List<SpendRow>();
        for (var number = 1; number <= 12; number++)
        {
            foreach (var tenant in new string?[] { null, "acme", "{x}" })
            {
                var rows = Enumerable.Range(0, 30).Select(_ => RandomRow(random, tenant)).DistinctBy(row => (row.Day, row.Key)).ToArray();
                await ApplyAsync(store, number, $"writer-{tenant?.Length ?? 0}", rows);
                tally.AddRange(rows);
            }
        }

        foreach (var reads in Ranges())
        {
            foreach (var dimension in Listed)
            {
                foreach (var tenant in new[] { null, "acme", "nobody" })
                {
                    foreach (var count in new[] { 1, 2, 5, 13, 1000 })
                    {
                        var expected = Truth(tally, reads, dimension, tenant).Take(count).ToArray();
                        var top = await store.ReadTopAsync(new TopRead(dimension, reads, count, tenant), Stop);

                        Assert.NotNull(top);
                        Assert.Equal(expected.Select(row => row.Name), top.Select(row => dimension.Of(row.Key)));
                        Assert.Equal(expected.Select(row => Text(row.Sum)), top.Select(row => Text(row.Measures)));
                    }
                }
            }
        }
    }

    [Theory]
    [InlineData(5)]
    [InlineData(6)]
    public async Task Every_sum_of_the_same_range_agrees(int seed)
    {
        var random = new Random(seed);
        await using var store = await OpenAsync();
        var tally = new SpendMeasures();
        for (var number = 1; number <= 10; number++)
        {
            var rows = Enumerable.Range(0, 60).Select(_ => RandomRow(random, null)).DistinctBy(row => (row.Day, row.Key)).ToArray();
            await ApplyAsync(store, number, rows);
            Array.ForEach(rows, row => tally.Add(row.Measures));
        }

        foreach (var grain in new[] { SpendGrain.Day, SpendGrain.Month })
        {
            foreach (var by in new SpendDimension[][] { [], [SpendDimension.User], [SpendDimension.Model], [SpendDimension.Feature], [SpendDimension.User, SpendDimension.Model], [SpendDimension.Outcome], Everything })
            {
                var sum = new SpendMeasures();
                (await ReadAsync(store, grain, by)).ForEach(row => sum.Add(row.Measures));
                Assert.Equal(Text(tally), Text(sum));
            }
        }

        var reads = Ranges()[^1];
        foreach (var dimension in Listed)
        {
            var sum = new SpendMeasures();
            foreach (var row in (await store.ReadTopAsync(new TopRead(dimension, reads, 1000), Stop))!)
            {
                sum.Add(row.Measures);
            }

            Assert.Equal(Text(tally), Text(sum));
        }
    }

    [Fact]
    public async Task Ten_thousand_of_the_same_cost_come_by_name_and_those_beyond_doubles_by_the_last_digit()
    {
        await using var store = await OpenAsync();
        var big = (Int128.One << 70) + 5;
        for (var number = 1; number <= 20; number++)
        {
            await ApplyAsync(store, number, [.. Enumerable.Range(0, 100).Select(i => Row(Key(user: string.Create(CultureInfo.InvariantCulture, $"u{(i * 20) + number:D5}")), (0, 1), (64, 7)))]);
        }

        await ApplyAsync(store, 21, Row(Key(user: "third"), (64, big)), Row(Key(user: "first"), (64, big + 2)), Row(Key(user: "second"), (64, big + 1)), Row(Key(user: "alike"), (64, big)));
        var top = (await store.ReadTopAsync(new TopRead(SpendDimension.User, Ranges()[0], 6), Stop))!;

        Assert.Equal(["first", "second", "alike", "third", "u00001", "u00002"], top.Select(row => row.Key.User));
        Assert.Equal(big + 2, top[0].Measures[64]);
    }

    [Fact]
    public async Task Unknown_cost_comes_last_and_behind_what_costs_nothing()
    {
        await using var store = await OpenAsync();
        await ApplyAsync(
            store, 1, Row(Key(user: "a"), (SpendMeasure.Calls, 1), (SpendMeasure.Unpriced, 1)), Row(Key(user: "free"), (SpendMeasure.Calls, 1)), Row(Key(user: "z"), (SpendMeasure.Calls, 1), (64, 1)));

        string[] expected = ["z", "free", "a"];
        for (var count = 1; count <= expected.Length; count++)
        {
            var top = (await store.ReadTopAsync(new TopRead(SpendDimension.User, Ranges()[0], count), Stop))!;
            Assert.Equal(expected.Take(count), top.Select(row => row.Key.User));
        }
    }

    [Fact]
    public async Task What_no_list_is_kept_of_is_not_answered()
    {
        await using var store = await OpenAsync();
        await ApplyAsync(store, 1, Row(Key(), (64, 1)));

        Assert.Null(await store.ReadTopAsync(new TopRead(SpendDimension.Provider, Ranges()[0], 1), Stop));
        Assert.Null(await store.ReadTopAsync(new TopRead(SpendDimension.User, [new SpendRead(SpendGrain.Hour, DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue, new HashSet<SpendDimension>())], 1), Stop));
    }

    private SpendRow RandomRow(Random random, string? tenant)
    {
        var measures = new SpendMeasures();
        measures.Add(SpendMeasure.Calls, 1);
        switch (random.Next(8))
        {
            case 0:
                measures.Add(SpendMeasure.Unpriced, 1);
                break;
            case 1:
                break; // It cost nothing.
            case 2:
                measures.Add(SpendMeasure.Cost(0), (Int128.One << 60) + random.Next(2));
                break;
            default:
                // Few values, so that many sums are the same.
                measures.Add(SpendMeasure.Cost(0), random.Next(1, 4));
                measures.Add((byte)(SpendMeasure.Cost(0) + 5), random.Next(0, 2));
                break;
        }

        var back = random.Next(0, 70);
        var more = random.Next(5) == 0 ? SpendKeyMore.Of(new(Tier: "gold", Outcome: "failed")) : null;
        return new SpendRow(Hour - (24 * back), Day.AddDays(-back), new SpendKey("p", Pick(), Pick(), tenant, Pick(), more), measures);

        string? Pick() => Names[random.Next(Names.Length)];
    }

    // Days; months; and both.
    private IReadOnlyList<SpendRead>[] Ranges()
    {
        var none = new HashSet<SpendDimension>();
        var month = new DateOnly(Day.Year, Day.Month, 1).AddMonths(-1);
        return
        [
            [new SpendRead(SpendGrain.Day, At(Day), At(Day), none)],
            [new SpendRead(SpendGrain.Day, At(Day.AddDays(-20)), At(Day.AddDays(-5)), none)],
            [new SpendRead(SpendGrain.Month, At(month), At(month), none), new SpendRead(SpendGrain.Day, At(month.AddMonths(1)), At(Day), none)],
            [new SpendRead(SpendGrain.Month, DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue, none)],
        ];

        static DateTimeOffset At(DateOnly day) => new(day, TimeOnly.MinValue, TimeSpan.Zero);
    }

    // Written apart from the stores' own sums and order.
    private static IEnumerable<(string? Name, SpendMeasures Sum)> Truth(List<SpendRow> rows, IReadOnlyList<SpendRead> reads, SpendDimension dimension, string? tenant) => rows
        .Where(row => tenant is null || row.Key.Tenant == tenant)
        .SelectMany(row => reads.Where(read => SpendPeriods.Of(read.Grain, row) is var period && period >= read.From && period <= read.To).Select(_ => row))
        .GroupBy(row => dimension.Of(row.Key))
        .Select(group =>
        {
            var sum = new SpendMeasures();
            foreach (var row in group)
            {
                sum.Add(row.Measures);
            }

            return (Name: group.Key, Sum: sum);
        })
        .OrderByDescending(row => IsUnknown(row.Sum) ? -1 : Cost(row.Sum))
        .ThenBy(row => row.Name, StringComparer.Ordinal);

    private static bool IsUnknown(SpendMeasures sum) => Cost(sum) == 0 && sum[SpendMeasure.Unpriced] > 0 && sum[SpendMeasure.Unpriced] >= sum[SpendMeasure.Calls];

    private static Int128 Cost(SpendMeasures sum) => sum[SpendMeasure.Cost(0)] + sum[(byte)(SpendMeasure.Cost(0) + 5)];

    private static string Text(SpendMeasures sum) =>
        string.Join(' ', Enumerable.Range(0, sum.Count).Select(sum.At).Where(one => one.Value != 0).Select(one => string.Create(CultureInfo.InvariantCulture, $"{one.Measure}:{one.Value}")));
}
