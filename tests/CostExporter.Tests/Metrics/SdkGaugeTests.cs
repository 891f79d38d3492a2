using LlmTelemetry.TestKit;
using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace LlmTelemetry.CostExporter.Tests;

/// <summary>What the real metrics SDK makes of the ledger's gauges.</summary>
[Collection(LedgerGaugesTests.Meter)]
public sealed class SdkGaugeTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Sdk_keeps_every_point_of_more_users_features_and_tenants_than_it_has_room_for()
    {
        await using var ledger = await ReportLedger.StartAsync();
        for (var i = 0; i < 900; i++)
        {
            var call = Calls.Make(user: "user" + (i % 300), model: "model" + (i % 9), tenant: "tenant" + i, feature: "feature" + i, input: i + 1);
            ledger.Publish(in call);
        }

        await using var sdk = await SdkReader.StartAsync(ledger);
        var points = sdk.Collect();

        var total = (await ledger.Reports.QueryAsync(ledger.Reports.ThisDay(), Stop)).Total;
        foreach (var cut in LedgerCut.All)
        {
            foreach (var period in new[] { "hour", "day", "month" })
            {
                Assert.Equal(total.Calls, points.Where(point => point.Metric == cut.Calls && point.Period == period).Sum(point => point.Value));
                Assert.Equal((double)total.Cost!.Value, points.Where(point => point.Metric == cut.Spend && point.Period == period).Sum(point => point.Value), 1e-9 * (double)total.Cost.Value);
            }
        }
    }

    [Fact]
    public async Task Sdk_shows_nothing_more_of_an_hour_that_is_over()
    {
        await using var ledger = await ReportLedger.StartAsync();
        var call = Calls.Make(user: "ada");
        ledger.Publish(in call);
        await using var sdk = await SdkReader.StartAsync(ledger);
        Assert.Single(sdk.Collect(), point => point.Metric == "llm.ledger.calls" && point.Period == "hour");

        ledger.Time.Advance(TimeSpan.FromHours(1));
        await sdk.ReadAgainAsync();

        Assert.DoesNotContain(sdk.Collect(), point => point.Metric == "llm.ledger.calls" && point.Period == "hour");
        Assert.Single(sdk.Collect(), point => point.Metric == "llm.ledger.calls" && point.Period == "day");
    }

    [Fact]
    public void Sdk_never_forgets_a_label_which_is_why_gauges_begin_anew()
    {
        using var meter = new System.Diagnostics.Metrics.Meter("room." + Guid.NewGuid().ToString("N"));
        var round = 0;
        meter.CreateObservableGauge("room", () => Enumerable.Range(0, 900).Select(i => new System.Diagnostics.Metrics.Measurement<long>(1, new KeyValuePair<string, object?>("name", $"{round}-{i}"))));
        var points = new Points();
        using var provider = Sdk.CreateMeterProviderBuilder().AddMeter(meter.Name).AddReader(new BaseExportingMetricReader(points)).Build();
        List<int> counts = [];
        for (; round < 4; round++)
        {
            points.All.Clear();
            provider.ForceFlush();
            counts.Add(points.All.Count);
        }

        // Of the third round what fits in 2,000, and of the fourth the one point of all that does not.
        Assert.Equal([900, 900, 201, 1], counts);
    }

    [Fact]
    public async Task Sdk_has_room_for_the_users_of_one_hour_after_another()
    {
        await using var ledger = await ReportLedger.StartAsync();
        await using var sdk = await SdkReader.StartAsync(ledger);
        List<(LedgerCut Cut, int Points)> named = [];
        for (var hour = 0; hour < 12; hour++)
        {
            for (var i = 0; i < 300; i++)
            {
                var call = Calls.Make(user: $"user{hour}-{i}", at: ledger.Time.GetUtcNow(), tenant: $"tenant{hour}-{i}", feature: $"feature{hour}-{i}", input: i + 1);
                ledger.Publish(in call);
            }

            Assert.Null((await ledger.Host.FlushAsync(Stop)).Error);
            await sdk.ReadAgainAsync();
            var points = sdk.Collect();
            foreach (var cut in LedgerCut.All)
            {
                // Nothing is missing at any time; after some hours, all of them are named again.
                var shown = points.Where(point => point.Metric == cut.Calls && point.Period == "hour").ToArray();
                Assert.Equal((cut.Calls, hour, 300.0), (cut.Calls, hour, shown.Sum(point => point.Value)));
                named.Add((cut, shown.Length));
            }

            Assert.DoesNotContain(points, point => point.Period is null && point.Metric != "llm.ledger.budget" && point.Metric.StartsWith("llm.ledger.", StringComparison.Ordinal));
            ledger.Time.Advance(TimeSpan.FromHours(1));
            await sdk.ReadAgainAsync();
        }

        // 200 names and the others: at first, and when the gauges have begun anew; in between nobody new.
        Assert.All(LedgerCut.All, cut => Assert.Equal((201, true, true), (named.First(one => one.Cut == cut).Points, named.Exists(one => one.Cut == cut && one.Points < 201), named.Where(one => one.Cut == cut).Skip(5).Any(one => one.Points == 201))));
    }

    private sealed class SdkReader : IAsyncDisposable
    {
        private readonly ReportLedger _ledger;
        private readonly LedgerGauges _gauges;
        private readonly Points _points = new();
        private readonly MeterProvider _provider;

        private SdkReader(ReportLedger ledger)
        {
            _ledger = ledger;
            _gauges = LedgerGauges.Start(ledger.Host.Store, new CostExporterOptions { TimeProvider = ledger.Time });
#pragma warning disable CA2000 // The provider disposes it.
            _provider = Sdk.CreateMeterProviderBuilder().AddMeter("LlmTelemetry.CostExporter").AddReader(new BaseExportingMetricReader(_points)).Build();
#pragma warning restore CA2000
        }

        public static async Task<SdkReader> StartAsync(ReportLedger ledger)
        {
            Assert.Null((await ledger.Host.FlushAsync(Stop)).Error);
            var reader = new SdkReader(ledger);
            await Eventually.HoldsAsync(() => Task.FromResult(reader.Collect().Any(point => point.Metric == "llm.ledger.reset")), "the ledger was read");
            return reader;
        }

        public List<(string Metric, string? Period, double Value)> Collect()
        {
            _points.All.Clear();
            Assert.True(_provider.ForceFlush());
            return [.. _points.All];
        }

        /// <summary>Lets time pass until a reading is published that began after this.</summary>
        public Task ReadAgainAsync()
        {
            var now = _ledger.Time.GetTimestamp();
            return Eventually.HoldsAsync(
                () =>
                {
                    _ledger.Time.Advance(TimeSpan.FromSeconds(1));
                    return Task.FromResult(_gauges.Last is { } last && last.At > now);
                },
                "the ledger was read again");
        }

        public async ValueTask DisposeAsync()
        {
            _provider.Dispose();
            await _gauges.DisposeAsync();
        }
    }

    private sealed class Points : BaseExporter<Metric>
    {
        public List<(string Metric, string? Period, double Value)> All { get; } = [];

        public override ExportResult Export(in Batch<Metric> batch)
        {
            foreach (var metric in batch)
            {
                if (metric.MetricType is not (MetricType.DoubleGauge or MetricType.LongGauge))
                {
                    continue;
                }

                foreach (ref readonly var point in metric.GetMetricPoints())
                {
                    string? period = null;
                    foreach (var (name, value) in point.Tags)
                    {
                        period = name == "llm.ledger.period" ? (string?)value : period;
                    }

                    All.Add((metric.Name, period, metric.MetricType == MetricType.LongGauge ? point.GetGaugeLastValueLong() : point.GetGaugeLastValueDouble()));
                }
            }

            return ExportResult.Success;
        }
    }
}
