using LlmTelemetry.CostExporter;

namespace LlmTelemetry.Service;

/// <summary>Whether writes reach the ledger's store. Thread-safe; however many ask, the store is asked once a second.</summary>
internal sealed class StoreProbe(ServedLedger ledger)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

    // The store's own limit should strike first: its message says more.
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(1);

    private readonly TimedStore _store = new(ledger.Store, ledger.Options.StoreTimeout + Grace, ledger.Options.TimeProvider);
    private readonly Lock _gate = new();

    // Under the gate.
    private StoreCanary? _canary;
    private Task<Answer>? _last;
    private long _at;

    /// <summary>Opens the store.</summary>
    public Task OpenAsync(CancellationToken cancellationToken) => _store.OpenAsync(cancellationToken);

    /// <summary>Writes nothing, the way of everything else, and says whether that was acknowledged. Never throws but for the token.</summary>
    public Task<Answer> AskAsync(CancellationToken cancellationToken)
    {
        var time = ledger.Options.TimeProvider;
        lock (_gate)
        {
            if (_last is null || (_last.IsCompleted && time.GetElapsedTime(_at) >= Fresh))
            {
                _canary ??= new StoreCanary(_store, ledger.Options.StoreTimeout, time);
                _at = time.GetTimestamp();
                _last = SendAsync(_canary, time);
            }

            return _last.WaitAsync(cancellationToken);
        }
    }

    private static async Task<Answer> SendAsync(StoreCanary canary, TimeProvider time)
    {
        var begun = time.GetTimestamp();
        try
        {
            await canary.SendAsync(CancellationToken.None).ConfigureAwait(false);
            return new Answer(null, time.GetElapsedTime(begun));
        }
        catch (Exception cause) // It is what was asked for.
        {
            return new Answer($"{cause.GetType().Name}: {cause.Message}", time.GetElapsedTime(begun));
        }
    }

    /// <summary>What became of it.</summary>
    /// <param name="Error">Why it was not acknowledged; null: it was. For the log and for who may read: it may name the store.</param>
    /// <param name="Took">How long it took.</param>
    internal sealed record Answer(string? Error, TimeSpan Took)
    {
        public bool IsReady => Error is null;
    }
}
