using System.Diagnostics.Metrics;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.CostExporter;

/// <summary>
/// Publishes what the ledger holds of this hour, of today and of this month, and the daily budgets, as gauges: the numbers of the report for dashboards and
/// alerts. The store is read in the background; a collection only sees the last reading, and none once it is too old to be true.
/// </summary>
internal sealed class LedgerGauges : IAsyncDisposable
{
    private const int ReadingsUntilStale = 4;
    private static readonly TimeSpan DefaultPeriod = TimeSpan.FromSeconds(15);

    private readonly Meter _meter = new(Vocabulary.CostExporter);

    // After the constructor used by the reading loop alone, and after that by who waited for it.
    private readonly Dictionary<LedgerCut, (Meter Meter, GaugeRoom Room)> _cuts = [];
    private readonly ISpendStore _store;
    private readonly CostExporterOptions _options;
    private readonly TimeSpan _period;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _running;
    private volatile LedgerReading? _last;

    private LedgerGauges(ISpendStore store, CostExporterOptions options)
    {
        _store = store;
        _options = options;
        _period = options.Interval == Timeout.InfiniteTimeSpan ? DefaultPeriod : options.Interval;
        var limits = DailyBudget.ToMeasurements(options.DailyBudgets);
        foreach (var cut in LedgerCut.All)
        {
            _cuts[cut] = (Publish(cut), new GaugeRoom(options.TimeProvider));
        }

        _meter.CreateObservableGauge(Metrics.LedgerReset, () => Fresh()?.Reset(options.TimeProvider.GetUtcNow()) ?? [], Units.Second, LedgerPeriod.ResetHelp);
        if (limits.Length != 0)
        {
            _meter.CreateObservableGauge(Metrics.LedgerBudget, () => limits, Units.Usd, "Budgets, to compare the ledger's spend with.");
        }

        _running = Task.Run(RunAsync);
    }

    /// <summary>The last reading, however old; null: there was none.</summary>
    internal LedgerReading? Last => _last;

    /// <exception cref="ArgumentException">A budget's key is none.</exception>
    public static LedgerGauges Start(ISpendStore store, CostExporterOptions options) => new(store, options);

    public async ValueTask DisposeAsync()
    {
        _meter.Dispose();
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        foreach (var (meter, _) in _cuts.Values)
        {
            meter.Dispose();
        }

        _stopping.Dispose();
    }

    private Meter Publish(LedgerCut cut)
    {
        var meter = new Meter(Vocabulary.CostExporter);
        meter.CreateObservableGauge(cut.Spend, () => Fresh()?[cut].Spend ?? [], Units.Usd, cut.Describe("Spend"));
        meter.CreateObservableGauge(cut.Calls, () => Fresh()?[cut].Calls ?? [], Units.Call, cut.Describe("Calls"));
        meter.CreateObservableGauge(cut.Tokens, () => Fresh()?[cut].Tokens ?? [], Units.Token, cut.Describe("Input and output tokens"));
        return meter;
    }

    private LedgerReading? Fresh() =>
        _last is { } last && _options.TimeProvider.GetElapsedTime(last.At) < (_period * ReadingsUntilStale) + LedgerReading.LimitOf(_options) ? last : null;

    private async Task RunAsync()
    {
        using var timer = new PeriodicTimer(_period, _options.TimeProvider);
        try
        {
            do
            {
                await ReadAsync().ConfigureAwait(false);
            }
            while (await timer.WaitForNextTickAsync(_stopping.Token).ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task ReadAsync()
    {
        using var timeUp = new CancellationTokenSource(LedgerReading.LimitOf(_options), _options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeUp.Token, _stopping.Token);
        try
        {
            Show(await LedgerReading.TakeAsync(_store, _options, either.Token).ConfigureAwait(false));
        }
        catch (Exception cause) // A store that is down is read again at the next tick; whoever stops waits for this loop and must not meet it.
        {
            SelfDiagnostics.Log.Failed(cause, "one reading of the ledger for its gauges");
        }
    }

    private void Show(LedgerReading reading)
    {
        LedgerCut[] full = [.. LedgerCut.All.Where(cut => _cuts[cut].Room.BeginsAnewFor(reading[cut]))];
        foreach (var cut in full)
        {
            // Before the reading is there and its successor after it: none of them ever shows the points of the other.
            _cuts[cut].Meter.Dispose();
        }

        _last = LedgerCut.All.Aggregate(reading, (shown, cut) => shown.With(cut, _cuts[cut].Room.Fold(shown[cut])));
        foreach (var cut in full)
        {
            _cuts[cut] = (Publish(cut), _cuts[cut].Room);
        }
    }
}
