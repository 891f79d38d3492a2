using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter.Tests;

/// <summary>By user, by feature and by tenant the gauges show the same money: that of the report.</summary>
[Collection(LedgerGaugesTests.Meter)]
public sealed class LedgerCutTests(SharedRedis redis) : IClassFixture<SharedRedis>
{
    private static readonly string?[] Names = [null, "", "a", "b", "_other", "ü", "c\"\\"];

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("sqlite::memory:", "UTC")]
    [InlineData("sqlite::memory:", "Asia/Kolkata")]
    [InlineData("redis", "UTC")]
    [InlineData("redis", "Asia/Kolkata")]
    public async Task Every_cut_of_every_period_adds_up_to_the_report(string store, string zone)
    {
        var now = new DateTimeOffset(2026, 11, 22, 18, 40, 0, TimeSpan.Zero); // In Kolkata the day began within this hour.
        await using var ledger = await LedgerAsync(store, now, zone);
        var seed = Environment.TickCount;
        var random = new Random(seed);
        for (var i = 0; i < 600; i++)
        {
            var call = Random(random, now.AddMinutes(-random.Next(random.Next(3) == 0 ? 60_000 : 100)));
            ledger.Publish(in call);
        }

        Assert.Null((await ledger.Host.FlushAsync(Stop)).Error);
        var points = await CollectAsync(ledger, zone, options => options.LedgerGaugeUsers = 2);

        foreach (var (period, total) in await TotalsAsync(ledger, now))
        {
            Assert.True(total.Calls > 0, $"seed {seed}: nothing in the {period}");
            foreach (var cut in new[] { "", "feature.", "tenant." })
            {
                var (spend, calls, tokens) = (Sum(points, $"llm.ledger.{cut}spend", period), Sum(points, $"llm.ledger.{cut}calls", period), Sum(points, $"llm.ledger.{cut}tokens", period));
                var wrong = $"seed {seed}, {period} by '{cut}': {spend}, {calls}, {tokens} instead of {total.Cost}, {total.Calls}, {total.Tokens}";
                Assert.True(Math.Abs(spend - (double)total.Cost) <= 1e-9 * (double)total.Cost && calls == total.Calls && tokens == total.Tokens, wrong);
            }
        }

        Assert.All(points, point => Assert.All(point.Tags, tag => Assert.NotEqual("", tag.Value)));
        Assert.Equal(points.Count, points.Select(point => (point.Instrument, string.Join('|', point.Tags.Select(tag => tag.Key + "=" + tag.Value)))).Distinct().Count());
    }

    [Theory]
    [InlineData("sqlite::memory:")]
    [InlineData("redis")]
    public async Task What_the_ledger_does_not_keep_apart_has_no_gauge_rather_than_a_false_one(string store)
    {
        await using var ledger = await LedgerAsync(store, Calls.Noon, "UTC", options => options.Dimensions = new HashSet<SpendDimension> { SpendDimension.Model, SpendDimension.User, SpendDimension.Tenant });
        var call = Calls.Make(tenant: "acme", feature: "search");
        ledger.Publish(in call);
        Assert.Null((await ledger.Host.FlushAsync(Stop)).Error);

        // The gauges of a process that is told nothing of the ledger's dimensions.
        var points = await CollectAsync(ledger, "UTC", _ => { });

        Assert.DoesNotContain(points, point => point.Instrument.StartsWith("llm.ledger.feature.", StringComparison.Ordinal));
        Assert.Equal(["acme", "acme", "acme"], points.Where(point => point.Instrument == "llm.ledger.tenant.calls").Select(point => point.Tags["llm.tenant"]));
        Assert.Equal(3, points.Count(point => point.Instrument == "llm.ledger.spend"));
    }

    [Fact]
    public async Task A_store_that_does_not_say_what_it_keeps_is_taken_at_the_exporters_word()
    {
        await using var store = new RowStore();
        store.Add(new(2026, 11, 22), new("p", "m", "u", null, null), (SpendMeasure.Calls, 2));
        var options = new CostExporterOptions { TimeProvider = new ManualTime(), Dimensions = new HashSet<SpendDimension> { SpendDimension.User } };

        var reading = await LedgerReading.TakeAsync(store, options, Stop);

        Assert.NotEmpty(reading[LedgerCut.Users].Calls);
        Assert.All(LedgerCut.All.Skip(1), cut => Assert.Empty(reading[cut].Calls));
    }

    [Fact]
    public async Task A_feature_whose_price_is_not_known_has_calls_and_no_spend()
    {
        await using var ledger = await LedgerAsync("sqlite::memory:", Calls.Noon, "UTC");
        foreach (var call in new[] { Calls.Make(feature: "secret", quality: CostQuality.Unpriced), Calls.Make(feature: "open") })
        {
            ledger.Publish(in call);
        }

        Assert.Null((await ledger.Host.FlushAsync(Stop)).Error);
        var points = await CollectAsync(ledger, "UTC", _ => { });

        Assert.Equal(["open", "secret"], Features("llm.ledger.feature.calls"));
        Assert.Equal(["open", "secret"], Features("llm.ledger.feature.tokens"));
        Assert.Equal(["open"], Features("llm.ledger.feature.spend"));

        IEnumerable<object?> Features(string gauge) => points.Where(point => point.Instrument == gauge && point.Tags["llm.ledger.period"] is "hour").Select(point => point.Tags["llm.feature"]).Order();
    }

    [Fact]
    public async Task An_hour_is_shown_however_short_hours_are_kept_and_begins_anew_with_the_next()
    {
        var now = Calls.Noon.AddMinutes(59);
        await using var ledger = await LedgerAsync("sqlite::memory:", now, "UTC", options => options.HourRetention = TimeSpan.FromSeconds(1));
        var call = Calls.Make(at: Calls.Noon);
        ledger.Publish(in call);
        Assert.Null((await ledger.Host.FlushAsync(Stop)).Error);
        var before = await CollectAsync(ledger, "UTC", _ => { });
        ledger.Time.Advance(TimeSpan.FromMinutes(2));
        var after = await CollectAsync(ledger, "UTC", _ => { });

        Assert.Equal((1, 1), (Sum(before, "llm.ledger.calls", "hour"), Sum(before, "llm.ledger.feature.calls", "hour")));
        Assert.Equal((0, 1), (Sum(after, "llm.ledger.calls", "hour"), Sum(after, "llm.ledger.calls", "day")));
        Assert.Equal((60, 59 * 60), (Sum(before, "llm.ledger.reset", "hour"), Sum(after, "llm.ledger.reset", "hour")));
    }

    private static UsageEvent Random(Random random, DateTimeOffset at) => Calls.Make(
        user: Names[random.Next(Names.Length)],
        at: at,
        input: random.Next(100_000),
        output: random.Next(5_000),
        picoPerInput: random.Next(75_000_000),
        tenant: Names[random.Next(Names.Length)],
        model: random.Next(2) == 0 ? "sonnet" : "haiku",
        feature: Names[random.Next(Names.Length)],
        quality: random.Next(5) == 0 ? CostQuality.Unpriced : CostQuality.Reported);

    private static double Sum(IEnumerable<Measured> points, string gauge, string period) =>
        points.Where(point => point.Instrument == gauge && period.Equals(point.Tags["llm.ledger.period"])).Sum(point => point.Value);

    // What the gauges of a process say that reads the ledger.
    private static async Task<List<Measured>> CollectAsync(ReportLedger ledger, string zone, Action<CostExporterOptions> configure)
    {
        var options = new CostExporterOptions { TimeProvider = ledger.Time, TimeZone = TimeZoneInfo.FindSystemTimeZoneById(zone) };
        configure(options);
        await using var gauges = LedgerGauges.Start(ledger.Host.Store, options);
        using var recorder = new MeasurementRecorder("LlmTelemetry.CostExporter");
        await Eventually.HoldsAsync(() => Task.FromResult(recorder.Of("llm.ledger.reset").Count == 3), "the ledger was read");
        return [.. LedgerCut.All.SelectMany(cut => new[] { cut.Spend, cut.Calls, cut.Tokens }).Append("llm.ledger.reset").SelectMany(recorder.Of)];
    }

    private static async Task<List<(string Period, (decimal Cost, long Calls, long Tokens) Total)>> TotalsAsync(ReportLedger ledger, DateTimeOffset now)
    {
        var hour = ledger.Reports.ThisDay() with { Since = ReportPlan.HourOf(now), Until = ReportPlan.HourOf(now).AddHours(1) };
        List<(string, (decimal, long, long))> totals = [];
        foreach (var (period, query) in new[] { ("hour", hour), ("day", ledger.Reports.ThisDay()), ("month", ledger.Reports.ThisMonth()) })
        {
            var total = (await ledger.Reports.QueryAsync(query, Stop)).Total;
            totals.Add((period, (total.Cost!.Value, total.Calls, total.InputTokens + total.OutputTokens)));
        }

        return totals;
    }

    private async Task<ReportLedger> LedgerAsync(string store, DateTimeOffset now, string zone, Action<CostExporterOptions>? configure = null)
    {
        if (store == "redis")
        {
            await redis.StartAsync();
        }

        return await ReportLedger.StartAsync(store == "redis" ? redis.Address : store, now, options =>
        {
            options.TimeZone = TimeZoneInfo.FindSystemTimeZoneById(zone);
            options.KeyPrefix = "cuts:" + Guid.NewGuid().ToString("N");
            configure?.Invoke(options);
        });
    }
}
