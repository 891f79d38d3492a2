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
            _meter.CreateObservableGauge(cut.Spend, () => Fresh()?[cut].Spend ?? [], Units.Usd, cut.Describe("Spend"));
            _meter.CreateObservableGauge(cut.Calls, () => Fresh()?[cut].Calls ?? [], Units.Call, cut.Describe("Calls"));
            _meter.CreateObservableGauge(cut.Tokens, () => Fresh()?[cut].Tokens ?? [], Units.Token, cut.Describe("Input and output tokens"));
        }

        _meter.CreateObservableGauge(Metrics.LedgerReset, () => Fresh()?.Reset(options.TimeProvider.GetUtcNow()) ?? [], Units.Second, LedgerPeriod.ResetHelp);
        if (limits.Length != 0)
        {
            _meter.CreateObservableGauge(Metrics.LedgerBudget, () => limits, Units.Usd, "Budgets, to compare the ledger's spend with.");
        }

        _running = Task.Run(RunAsync);
    }

    /// <exception cref="ArgumentException">A budget's key is none.</exception>
    public static LedgerGauges Start(ISpendStore store, CostExporterOptions options) => new(store, options);

    public async ValueTask DisposeAsync()
    {
        _meter.Dispose();
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        _stopping.Dispose();
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
            _last = await LedgerReading.TakeAsync(_store, _options, either.Token).ConfigureAwait(false);
        }
        catch (Exception cause) // A store that is down is read again at the next tick; whoever stops waits for this loop and must not meet it.
        {
            SelfDiagnostics.Log.Failed(cause, "one reading of the ledger for its gauges");
        }
    }
}
