using System.Diagnostics.Metrics;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Budgets;

/// <summary>
/// Publishes where all limits stand: the numbers of the list, for dashboards and alerts. The store is read in the background; a collection only sees the last reading, and
/// none once it is too old to be true.
/// </summary>
internal sealed class BudgetGauges : IAsyncDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Stale = TimeSpan.FromMinutes(1);

    private readonly Meter _meter = new(Vocabulary.Budgets);
    private readonly BudgetGuard _guard;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _running;
    private volatile BudgetReading? _last;

    private BudgetGauges(BudgetGuard guard)
    {
        (_guard, _time) = (guard, guard.Options.TimeProvider);
        _meter.CreateObservableGauge(Metrics.BudgetLimit, () => Fresh()?.Limit ?? [], Units.Value, "How much a limit allows, in its unit. No point where it is unlimited.");
        _meter.CreateObservableGauge(Metrics.BudgetSpent, () => Fresh()?.Spent ?? [], Units.Value, "How much of it was used, in its unit.");
        _meter.CreateObservableGauge(Metrics.BudgetHeld, () => Fresh()?.Held ?? [], Units.Value, "How much calls under way may still use, in its unit.");
        _meter.CreateObservableGauge(Metrics.BudgetRemaining, () => Fresh()?.Remaining ?? [], Units.Value, "How much is left, in its unit. No point where it is unlimited.");
        _meter.CreateObservableGauge(Metrics.BudgetReset, () => Fresh()?.Reset(_time.GetUtcNow()) ?? [], Units.Second, "How long until what was used stops counting.");
        _running = Task.Run(RunAsync);
    }

    public static BudgetGauges Start(BudgetGuard guard) => new(guard);

    public async ValueTask DisposeAsync()
    {
        _meter.Dispose();
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        _stopping.Dispose();
    }

    private BudgetReading? Fresh() => _last is { } last && _time.GetElapsedTime(last.At) < Stale ? last : null;

    private async Task RunAsync()
    {
        using var timer = new PeriodicTimer(Period, _time);
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
        try
        {
            var at = _time.GetTimestamp();
            _last = await BudgetReading.TakeAsync(_guard, at, _stopping.Token).ConfigureAwait(false);
        }
        catch (Exception cause) // A store that is down is read again at the next tick; whoever stops waits for this loop and must not meet it.
        {
            SelfDiagnostics.Log.Failed(cause, "One reading of the limits for their gauges is missing.");
        }
    }
}
