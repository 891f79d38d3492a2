namespace LlmTelemetry.CostExporter;

/// <summary>
/// Which form of a source's telemetry is booked for an hour. The store decides, once; what it said is kept. Each form is claimed even where the hour is decided: it counts for the
/// next one. Thread-safe.
/// </summary>
internal sealed class SourceClaims(TimedStore store, IReceiptStore receipts, int limit)
{
    private readonly RecentCache<(string Source, long Hour, UsageSourceKind Kind), Task<UsageSourceKind>> _decided = new(limit);

    /// <exception cref="Exception">The store's.</exception>
    public async Task<UsageSourceKind> OfAsync(string source, long hour, UsageSourceKind kind, CancellationToken cancellationToken)
    {
        if (_decided.Find((source, hour, kind)) is { IsCompletedSuccessfully: true } known)
        {
            return await known.ConfigureAwait(false);
        }

        var claim = store.CallAsync(token => receipts.ClaimAsync(source, hour, kind, token), cancellationToken);
        var decided = await claim.ConfigureAwait(false);
        _decided.Put((source, hour, kind), claim);
        return decided;
    }

    /// <summary>The store may have lost what it decided.</summary>
    public void Forget() => _decided.Clear();
}
