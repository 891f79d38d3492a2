using System.Numerics;
using FsCheck;
using FsCheck.Fluent;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter.Tests;

/// <summary>From events with charges to reports, through real stores.</summary>
public sealed class ChargedLedgerTests
{
    private static readonly DateOnly Day = DateOnly.FromDateTime(Calls.Noon.UtcDateTime);

    // Users, features and percentages of 1/10,000; null: not charged on.
    private static readonly Gen<(string User, string Feature, long Input, int Price, int? Percent)> Events =
        from user in Gen.Elements("a", "b", "c")
        from feature in Gen.Elements("x", "y")
        from input in Gen.Choose(0, int.MaxValue)
        from price in Gen.Choose(0, 75_000_000)
        from percent in Gen.Choose(-1_000_000, 100_000_000)
        from isCharged in Gen.Choose(0, 3)
        select (user, feature, (long)input, price, isCharged == 0 ? null : (int?)percent);

    [Fact]
    public void Sum_of_the_charges_is_what_the_report_says_to_the_pico()
    {
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(40), Prop.ForAll(Gen.ListOf(Events).ToArbitrary(), events => ReportedAsync([.. events]).GetAwaiter().GetResult()));
    }

    [Fact]
    public async Task Redis_keeps_charges_over_restarts_and_two_writers()
    {
        await using var redis = await RedisServer.StartAsync();
        Int128 sum = 0;
        for (var writer = 0; writer < 2; writer++)
        {
            await using var exporter = await StartAsync(redis.Address, TimeProvider.System.GetUtcNow());
            for (var i = 0; i < 50; i++)
            {
                var charge = ((Int128)i * i * 1_000_000_007) + writer;
                sum += charge;
                Publish(exporter, Calls.Make(user: "u" + (i % 3), at: TimeProvider.System.GetUtcNow(), charge: charge));
            }

            Publish(exporter, Calls.Make(user: "free", at: TimeProvider.System.GetUtcNow()));
            Assert.Null((await exporter.Host.FlushAsync(TestContext.Current.CancellationToken)).Error);
        }

        await using var reports = await UsageReports.OpenAsync(redis.Address, cancellationToken: TestContext.Current.CancellationToken);
        var report = await reports.QueryAsync(new() { From = reports.Today.AddDays(-1), To = reports.Today, By = [SpendDimension.User] }, TestContext.Current.CancellationToken);

        Assert.Equal((102L, 100L, Cost.ToUsd(sum)), (report.Total.Calls, report.Total.ChargedCalls, report.Total.Charged));
        Assert.Null(Assert.Single(report.Rows, row => row[SpendDimension.User] == "free").Charged);
    }

    [Fact]
    public async Task Calls_charged_at_0_are_charged_and_those_not_charged_are_unknown()
    {
        await using var exporter = await StartAsync("sqlite::memory:", Calls.Noon);
        Publish(exporter, Calls.Make(user: "gift", charge: 0));
        Publish(exporter, Calls.Make(user: "none"));

        var report = await QueryAsync(exporter, SpendDimension.User);

        Assert.Equal([("gift", 0m, 1L), ("none", (decimal?)null, 0L)], report.Rows.Select(row => (row[SpendDimension.User]!, row.Charged, row.ChargedCalls)));
    }

    [Fact]
    public async Task Charge_beyond_belief_is_left_out_and_stops_nothing()
    {
        await using var exporter = await StartAsync("sqlite::memory:", Calls.Noon);
        Publish(exporter, Calls.Make(user: "ann", charge: Int128.MaxValue));
        Publish(exporter, Calls.Make(user: "ann", charge: 7));

        var total = (await QueryAsync(exporter)).Total;

        Assert.Equal((2L, 1L, (Int128?)7), (total.Calls, total.ChargedCalls, total.ChargedPico));
    }

    [Fact]
    public async Task Cost_beyond_belief_is_unpriced_and_stops_nothing()
    {
        await using var exporter = await StartAsync("sqlite::memory:", Calls.Noon);
        Publish(exporter, Calls.Make(user: "ann", input: long.MaxValue, picoPerInput: long.MaxValue));
        Publish(exporter, Calls.Make(user: "ann", input: 7, picoPerInput: 1, output: 0));

        var total = (await QueryAsync(exporter)).Total;

        Assert.Equal((2L, 1L, (Int128?)7), (total.Calls, total.Unpriced, total.CostPico));
        Assert.Equal((Int128)long.MaxValue + 10, total.Measures[SpendMeasure.UnpricedTokens]);
    }

    [Fact]
    public async Task Average_of_durations_beyond_belief_is_the_longest_there_is()
    {
        await using var exporter = await StartAsync("sqlite::memory:", Calls.Noon);
        Publish(exporter, Calls.Make() with { Duration = TimeSpan.MaxValue });
        Publish(exporter, Calls.Make() with { Duration = TimeSpan.MaxValue, Calls = 0 });

        Assert.Equal(TimeSpan.MaxValue, (await QueryAsync(exporter)).Total.AverageDuration);
    }

    // Each event's charge, computed apart from the rules' own arithmetic, and added up with plain additions.
    private static async Task<bool> ReportedAsync((string User, string Feature, long Input, int Price, int? Percent)[] events)
    {
        await using var exporter = await StartAsync("sqlite::memory:", Calls.Noon);
        var charges = new Dictionary<(string User, string Feature), BigInteger>();
        foreach (var (user, feature, input, price, percent) in events)
        {
            var priced = Calls.Make(user, input: input, output: 0, picoPerInput: price, feature: feature);
            var rules = new MarkupRules { Default = percent / 10_000m };
            Publish(exporter, Calls.Make(user, input: input, output: 0, picoPerInput: price, feature: feature, charge: rules.ChargePico(priced.Cost.TotalPico, feature, null, "anthropic")));
            if (percent is { } ten)
            {
                var (quotient, rest) = BigInteger.DivRem((BigInteger)input * price * (1_000_000 + ten), 1_000_000);
                charges[(user, feature)] = charges.GetValueOrDefault((user, feature)) + quotient + (rest * 2 > 1_000_000 || (rest * 2 == 1_000_000 && !quotient.IsEven) ? 1 : 0);
            }
        }

        var report = await QueryAsync(exporter, SpendDimension.User, SpendDimension.Feature);
        return report.Total.ChargedPico == (charges.Count == 0 ? null : (Int128)charges.Values.Aggregate(BigInteger.Zero, (sum, charge) => sum + charge))
            && report.Total.ChargedCalls == events.Count(e => e.Percent is not null)
            && report.Rows.All(row => row.ChargedPico == (charges.TryGetValue((row[SpendDimension.User]!, row[SpendDimension.Feature]!), out var charge) ? (Int128)charge : null));
    }

    private static async Task<Exporter> StartAsync(string store, DateTimeOffset now)
    {
        var options = new CostExporterOptions { Store = store, Hub = new UsageHub(), Interval = Timeout.InfiniteTimeSpan, TimeProvider = new ManualTime(now) };
        var host = new CostExporterHost(options);
        await host.StartAsync(subscribe: true, TestContext.Current.CancellationToken);
        return new Exporter(host, options.Hub);
    }

    private static void Publish(Exporter exporter, UsageEvent call) => exporter.Hub.Publish(in call);

    private static async Task<UsageReport> QueryAsync(Exporter exporter, params SpendDimension[] by)
    {
        Assert.Null((await exporter.Host.FlushAsync(TestContext.Current.CancellationToken)).Error);
        return await exporter.Host.Reports.QueryAsync(new() { From = Day, To = Day, By = by }, TestContext.Current.CancellationToken);
    }

    private sealed record Exporter(CostExporterHost Host, UsageHub Hub) : IAsyncDisposable
    {
        public ValueTask DisposeAsync() => Host.DisposeAsync();
    }
}
