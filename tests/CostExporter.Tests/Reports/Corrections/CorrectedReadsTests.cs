using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter.Tests;

public sealed class CorrectedReadsTests : IAsyncLifetime
{
    private static readonly DateOnly Day = new(2026, 11, 22);
    private static readonly long Hour = Calls.Noon.ToUnixTimeSeconds() / 3600;
    private static readonly SpendKey Ada = new("anthropic", "claude", "ada", "acme", "chat");

    private readonly ManualTime _time = new();
    private readonly ISpendStore _store;

    public CorrectedReadsTests() =>
        _store = SpendStores.Create(StoreAddress.Parse("sqlite::memory:"), new CostExporterOptions { TimeProvider = _time }.ToStoreSettings());

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await _store.OpenAsync(Stop);
        await _store.ApplyAsync(new SpendBatch("exporter-1", _store.PartitionOf(Ada), 1, [new SpendRow(Hour, Day, Ada, Measures((SpendMeasure.Calls, 3), (SpendMeasure.Cost(UsageBucket.Input), 500), (SpendMeasure.Cost(UsageBucket.Output), 40)))]), Stop);
    }

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task Less_of_one_bucket_and_more_of_another_count_once_the_correction_is_in_force()
    {
        var rows = Rows(Measures((SpendMeasure.Cost(UsageBucket.Input), 500), (SpendMeasure.Cost(UsageBucket.Output), 40)), Measures((SpendMeasure.Cost(UsageBucket.Input), 100), (SpendMeasure.Cost(UsageBucket.Output), 70)));
        await CorrectionWriter.WriteAsync(_store, "c1", rows, Stop);
        Assert.Equal((3L, 540), await ReadAsync());

        Assert.True(await _store.SetCorrectionAsync(Correction("c1"), inForce: true, Stop));
        Assert.False(await _store.SetCorrectionAsync(Correction("c1"), inForce: true, Stop));
        Assert.Equal((3L, 170), await ReadAsync());

        Assert.True(await _store.SetCorrectionAsync(Correction("c1"), inForce: false, Stop));
        Assert.False(await _store.SetCorrectionAsync(Correction("c1"), inForce: false, Stop));
        Assert.Equal((3L, 540), await ReadAsync());
    }

    [Fact]
    public async Task Correction_is_no_metric_and_what_borrows_its_name_corrects_nothing()
    {
        await _store.SetCorrectionAsync(Correction("c1"), inForce: true, Stop);
        var key = Ada with { More = SpendKeyMore.Of(new SpendKeyParts(Metric: CorrectedReads.MetricOf("c1"))) };
        await _store.ApplyAsync(new SpendBatch("stranger-1", _store.PartitionOf(key), 1, [new SpendRow(Hour, Day, key, Measures((SpendMeasure.Figures, 1), (SpendMeasure.FigurePlus, 9), (SpendMeasure.Calls, 7)))]), Stop);

        Assert.Equal((3L, 540), await ReadAsync());
        Assert.Empty((await Reports().QueryMetricsAsync(new() { From = Day, To = Day }, cancellationToken: Stop)).Rows);
    }

    [Fact]
    public async Task Corrections_come_in_the_order_they_were_put_in_force_with_who_when_and_why()
    {
        await _store.SetCorrectionAsync(Correction("b"), inForce: true, Stop);
        await _store.SetCorrectionAsync(Correction("a"), inForce: true, Stop);
        await _store.SetCorrectionAsync(Correction("b"), inForce: false, Stop);
        await _store.SetCorrectionAsync(Correction("b"), inForce: true, Stop);

        Assert.Equal([Correction("a"), Correction("b")], await _store.CorrectionsAsync(Stop));
    }

    [Fact]
    public async Task Correction_on_top_of_another_than_it_was_made_on_is_refused()
    {
        var rows = Rows(Measures((SpendMeasure.Cost(UsageBucket.Input), 500)), Measures((SpendMeasure.Cost(UsageBucket.Input), 100)));
        await _store.SetCorrectionAsync(Correction("other"), inForce: true, Stop);

        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => CorrectionWriter.ApplyAsync(_store, Correction("c1"), rows, basis: [], Stop));

        Assert.Contains("Nothing was changed", refusal.Message);
        Assert.Equal((3L, 540), await ReadAsync());
    }

    [Fact]
    public async Task Gauges_read_what_reports_read()
    {
        await CorrectionWriter.ApplyAsync(_store, Correction("c1"), Rows(Measures((SpendMeasure.Cost(UsageBucket.Input), 500)), Measures((SpendMeasure.Cost(UsageBucket.Input), 100))), [], Stop);

        var reading = await LedgerReading.TakeAsync(_store, new CostExporterOptions { TimeProvider = _time }, Stop);

        // Once as of the hour, once as of the day, once as of the month, whatever it is cut up by.
        Assert.All(LedgerCut.All, cut => Assert.Equal([140.0, 140.0, 140.0], reading[cut].Spend.Select(point => Math.Round(point.Value * Cost.PicoPerUsd, 3))));
        Assert.Equal(140, (await ReadAsync()).Pico);
    }

    private static (SpendSlot, SpendMeasures)[] Rows(SpendMeasures before, SpendMeasures after) =>
        [(new SpendSlot(Hour, Day, Ada, IsOfDay: false), CorrectionMeasures.Between(before, after)!)];

    private static SpendCorrection Correction(string id) => new(id, Calls.Noon, "ada|b", "why: 50 % | é");

    private static SpendMeasures Measures(params (byte Measure, Int128 Amount)[] amounts)
    {
        var measures = new SpendMeasures();
        foreach (var (measure, amount) in amounts)
        {
            measures.Add(measure, amount);
        }

        return measures;
    }

    private UsageReports Reports() => new(_store, TimeZoneInfo.Utc, _time);

    // The total, by the month's rows, by the day's and by the hour's, which must agree.
    private async Task<(long Calls, decimal Pico)> ReadAsync()
    {
        UsageReportQuery[] queries = [new() { From = new(2026, 11, 1), To = new(2026, 11, 30) }, new() { From = Day, To = Day, By = [SpendDimension.User] }, new() { From = Day, To = Day, By = [SpendDimension.Session] }];
        var totals = new List<(long, decimal)>();
        foreach (var query in queries)
        {
            var total = (await Reports().QueryAsync(query, Stop)).Total;
            totals.Add((total.Calls, total.Cost!.Value * Cost.PicoPerUsd));
        }

        return Assert.Single(totals.Distinct());
    }
}
