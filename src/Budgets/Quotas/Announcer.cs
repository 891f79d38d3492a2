using Microsoft.Extensions.Logging;

namespace LlmTelemetry.Budgets;

/// <summary>
/// Writes down in the store what limits this process has, for readers without its configuration: at its start, each hour, and when they change. Never in anybody's way; what
/// fails is done the next time.
/// </summary>
internal sealed class Announcer : IAsyncDisposable
{
    private static readonly TimeSpan Period = TimeSpan.FromHours(1);

    // A store that is down at the start is not asked to wait an hour.
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(30);

    // Time limits of the store may be minutes.
    private static readonly TimeSpan LongestEnd = TimeSpan.FromSeconds(1);

    private readonly BudgetGuard _guard;
    private readonly ILogger _logger;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stopping = new();
    private readonly SemaphoreSlim _changed = new(0);
    private readonly TaskCompletionSource _tried = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _running;

    // Used by the loop alone: what this process said last.
    private Dictionary<string, KnownLimit> _said = [];
    private readonly Dictionary<string, string> _texts = new(StringComparer.Ordinal);

    private Announcer(BudgetGuard guard, ILogger logger)
    {
        (_guard, _logger, _time) = (guard, logger, guard.Options.TimeProvider);
        _running = Task.Run(RunAsync);
    }

    public static Announcer Start(BudgetGuard guard, ILogger logger) => new(guard, logger);

    /// <summary>Announces what there is now, soon.</summary>
    public void Changed() => _changed.Release();

    public async ValueTask DisposeAsync()
    {
        try
        {
            // What a short-lived process used is of no use to a reader that does not know the limit.
            var timeout = _guard.Options.StoreTimeout;
            await _tried.Task.WaitAsync(timeout < LongestEnd ? timeout : LongestEnd, _time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // The store is not there; the end does not wait for it.
        }

        await _stopping.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        _stopping.Dispose();
        _changed.Dispose();
    }

    private async Task RunAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            var pause = Period;
            try
            {
                await AnnounceAsync(_stopping.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
            {
                return;
            }
            catch (Exception cause) // Calls are decided without it; only readers elsewhere know less.
            {
                pause = AfterFailure;
                SelfDiagnostics.Log.Failed(cause, "The limits are not announced yet.");
                _logger.LogWarning(cause, "The limits could not be announced in {Store}, and are again in {Pause}: {Message}", _guard.Ledger.Place, pause, cause.Message);
            }

            _tried.TrySetResult();
            await PauseAsync(pause).ConfigureAwait(false);
        }
    }

    // Until the time is over, or somebody says that something changed.
    private async Task PauseAsync(TimeSpan pause)
    {
        using var over = new CancellationTokenSource(pause, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(over.Token, _stopping.Token);
        try
        {
            await _changed.WaitAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
        }
    }

    private async Task AnnounceAsync(CancellationToken cancellationToken)
    {
        var settings = _guard.Settings;
        var timeout = settings.Options.StoreTimeout;
        var limits = KnownLimit.Of(settings.Options, settings.Limits).ToDictionary(known => known.Limit.Name, StringComparer.Ordinal);
        if (limits.Count + _said.Count == 0)
        {
            return;
        }

        var announced = await _guard.Store.CallAsync((ledger, _) => ledger.AnnouncedAsync(cancellationToken), timeout, cancellationToken).ConfigureAwait(false);
        var now = _time.GetUtcNow();
        var texts = limits.ToDictionary(pair => pair.Key, pair => LimitText.Write(pair.Value, now), StringComparer.Ordinal);
        Compare(texts, announced, now);
        foreach (var (name, known) in _said.Where(pair => !limits.ContainsKey(pair.Key)))
        {
            // Another process that has it says so again within the hour.
            texts[name] = LimitText.Write(known, DateTimeOffset.UnixEpoch);
        }

        await _guard.Store.CallAsync(
            async (ledger, _) =>
            {
                await ledger.AnnounceAsync(texts, cancellationToken).ConfigureAwait(false);
                return true;
            },
            timeout,
            cancellationToken).ConfigureAwait(false);
        _said = limits;
        _texts.Clear();
        foreach (var (name, text) in texts)
        {
            _texts[name] = text;
        }
    }

    // What this process itself said before is its own change.
    private void Compare(Dictionary<string, string> texts, IReadOnlyDictionary<string, string> announced, DateTimeOffset now)
    {
        foreach (var (name, text) in texts)
        {
            if (announced.TryGetValue(name, out var there) && !LimitText.AreSame(there, text)
                && !(_texts.TryGetValue(name, out var own) && LimitText.AreSame(there, own))
                && LimitText.Read(name, there, now) is not { IsCurrent: false })
            {
                _logger.LogWarning(
                    "Limit {Limit} was announced otherwise within the last day, by another process or by one before this: {There}. Here it is: {Here}. Where unit, window or zone differ, each process counts for itself.",
                    name, there, text);
            }
        }
    }
}
