using System.Diagnostics.Metrics;
using LlmTelemetry.Budgets;
using LlmTelemetry.CostExporter;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Service;

/// <summary>What <c>/metrics</c> says: the numbers of the reports and of the list of budgets, read in the background, and what this process counts itself.</summary>
internal sealed class LedgerExposition : IHostedService, IAsyncDisposable
{
    private static readonly TimeSpan Often = TimeSpan.FromSeconds(15);

    // It reads weeks of days, and changes slowly.
    private static readonly TimeSpan Seldom = TimeSpan.FromMinutes(5);

    private readonly ServedLedger _ledger;
    private readonly TimeProvider _time;
    private readonly IReadOnlyList<Measurement<double>> _budgets;
    private readonly ProcessMeters _meters = new();

    public LedgerExposition(ServedLedger ledger, StoreState state, ILogger<LedgerExposition> logger)
    {
        (_ledger, _time) = (ledger, ledger.Options.TimeProvider);
        _budgets = DailyBudget.ToMeasurements(ledger.Options.DailyBudgets);
        var limit = ledger.Options.StoreTimeout;
        Readings =
        [
            new("The ledger", Often, LedgerReading.LimitOf(ledger.Options), state.Opened, SpendAsync, _time, logger),
            new("The ledger's totals", Often, limit, state.Opened, StateAsync, _time, logger),
            new("Budgets", Often, limit, state.Opened, BudgetsAsync, _time, logger),
            new("The forecast", Seldom, limit * 4, state.Opened, ForecastAsync, _time, logger),
        ];
    }

    internal IReadOnlyList<BackgroundReading> Readings { get; }

    public Task StartAsync(CancellationToken cancellationToken)
    {
        foreach (var reading in Readings)
        {
            reading.Start();
        }

        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        foreach (var reading in Readings)
        {
            await reading.DisposeAsync().ConfigureAwait(false);
        }
    }

    public ValueTask DisposeAsync()
    {
        _meters.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>All that is known now.</summary>
    public string Write() => PrometheusText.Write([.. OfLedger(), .. _meters.Read()]);

    /// <summary>Of it what the ledger and its settings say, without what this process counts.</summary>
    internal IEnumerable<MetricFamily> OfLedger() => [.. Readings.SelectMany(reading => reading.Fresh), .. Own()];

    private IEnumerable<MetricFamily> Own()
    {
        var prices = _ledger.Options.Prices;
        var age = _time.GetUtcNow() - new DateTimeOffset(prices.Date.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);
        yield return MetricFamily.Gauge(
            Metrics.PriceAge, Units.Second, "Time since the day that the prices are of.", [new Measurement<double>(Math.Floor(age.TotalSeconds), new KeyValuePair<string, object?>(Attributes.PriceVersion, prices.Version))]);
        yield return MetricFamily.Gauge(Metrics.LedgerBudget, Units.Usd, "Budgets, to compare the ledger's spend with.", _budgets);
    }

    private async Task<IReadOnlyList<MetricFamily>> SpendAsync(CancellationToken cancellationToken)
    {
        var reading = await LedgerReading.TakeAsync(_ledger.Store, _ledger.Options, cancellationToken).ConfigureAwait(false);
        return
        [
            .. LedgerCut.All.SelectMany(cut => Of(cut, reading[cut])),
            MetricFamily.Gauge(Metrics.LedgerReset, Units.Second, LedgerPeriod.ResetHelp, reading.Reset(_time.GetUtcNow())),
        ];
    }

    private static IEnumerable<MetricFamily> Of(LedgerCut cut, LedgerPoints points) =>
    [
        MetricFamily.Gauge(cut.Spend, Units.Usd, cut.Describe("Spend"), points.Spend),
        MetricFamily.Gauge(cut.Calls, Units.Call, cut.Describe("Calls"), points.Calls),
        MetricFamily.Gauge(cut.Tokens, Units.Token, cut.Describe("Input and output tokens"), points.Tokens),
    ];

    private async Task<IReadOnlyList<MetricFamily>> StateAsync(CancellationToken cancellationToken)
    {
        List<Measurement<double>> shares = [];
        foreach (var (period, query) in new[] { (Periods.Day, _ledger.Reports.ThisDay()), (Periods.Month, _ledger.Reports.ThisMonth()) })
        {
            var total = (await _ledger.Reports.QueryAsync(query, cancellationToken).ConfigureAwait(false)).Total;
            if (total.UnpricedShare is { } share)
            {
                shares.Add(new((double)share, new KeyValuePair<string, object?>(Attributes.LedgerPeriod, period)));
            }
        }

        // What was recorded before the oldest of their last beats is all there. Those that are overdue hold nobody up: doctor and llm.exporter.gaps tell of them.
        var now = _time.GetUtcNow();
        var live = (await _ledger.Store.ReadBeatsAsync(cancellationToken).ConfigureAwait(false)).Where(beat => now - beat.At <= BeatText.Overdue(beat)).ToArray();
        return
        [
            MetricFamily.Gauge(Metrics.LedgerUnpriced, Units.Ratio, "The part of the calls whose price is not known, today and this month to date.", shares),
            MetricFamily.Gauge(
                Metrics.LedgerLag, Units.Second, "Time since the live exporter that is furthest behind had sent all that it recorded.",
                live.Length == 0 ? [] : [new Measurement<double>(Math.Max(0, (now - live.Min(beat => beat.At)).TotalSeconds))]),
            MetricFamily.Gauge(Metrics.LedgerExporters, Units.Exporter, "Live exporters that write this ledger.", [new Measurement<long>(live.Length)]),
        ];
    }

    private async Task<IReadOnlyList<MetricFamily>> BudgetsAsync(CancellationToken cancellationToken)
    {
        var reading = await BudgetReading.TakeAsync(_ledger.Budgets, _time.GetTimestamp(), cancellationToken).ConfigureAwait(false);
        return
        [
            MetricFamily.Gauge(Metrics.BudgetLimit, Units.Value, "How much a limit allows, in its unit. No point where it is unlimited.", reading.Limit),
            MetricFamily.Gauge(Metrics.BudgetSpent, Units.Value, "How much of it was used, in its unit.", reading.Spent),
            MetricFamily.Gauge(Metrics.BudgetHeld, Units.Value, "How much calls under way may still use, in its unit.", reading.Held),
            MetricFamily.Gauge(Metrics.BudgetRemaining, Units.Value, "How much is left, in its unit. No point where it is unlimited.", reading.Remaining),
            MetricFamily.Gauge(Metrics.BudgetReset, Units.Second, "How long until what was used stops counting.", reading.Reset(_time.GetUtcNow())),
        ];
    }

    private async Task<IReadOnlyList<MetricFamily>> ForecastAsync(CancellationToken cancellationToken)
    {
        var forecast = await _ledger.Reports.ForecastAsync(cancellationToken: cancellationToken).ConfigureAwait(false);
        return
        [
            MetricFamily.Gauge(Metrics.LedgerForecast, Units.Usd, "What today and this month are expected to have cost when they are over. No point while too little is known.", Of(Periods.Day, forecast.Day).Concat(Of(Periods.Month, forecast.Month))),
        ];

        static IEnumerable<Measurement<double>> Of(string period, CostForecast forecast) =>
            forecast.Expected is { } usd ? [new((double)usd, new KeyValuePair<string, object?>(Attributes.LedgerPeriod, period))] : [];
    }
}
