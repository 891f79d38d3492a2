namespace LlmTelemetry.CostExporter;

/// <summary>Which parts of a ledger the exporter keeps that opened it last: so that nothing found is told from nothing kept.</summary>
/// <param name="Aggregates">See <see cref="CostExporterOptions.Aggregates"/>.</param>
/// <param name="LiveSessions">See <see cref="CostExporterOptions.LiveSessions"/>.</param>
internal sealed record LedgerParts(bool Aggregates, bool LiveSessions)
{
    public static readonly LedgerParts All = new(Aggregates: true, LiveSessions: true);

    /// <summary>What the ledger says; where it does not, an earlier version wrote it, which kept all.</summary>
    public static LedgerParts Of(StoreKeeps? keeps) => new(keeps?.Aggregates ?? true, keeps?.LiveSessions ?? true);

    /// <exception cref="InvalidOperationException">Nothing was found, and nothing is kept.</exception>
    public void CheckSums(bool isEmpty)
    {
        if (isEmpty && !Aggregates)
        {
            throw new InvalidOperationException($"This ledger keeps no sums: {nameof(CostExporterOptions.Aggregates)} is off in the exporter that opened it last. Single calls are in the records, where these are kept.");
        }
    }

    /// <exception cref="InvalidOperationException">It was not found, and none is kept.</exception>
    public void CheckSession(bool isFound)
    {
        if (!isFound && !LiveSessions)
        {
            throw new InvalidOperationException(
                $"This ledger keeps no single sessions: {nameof(CostExporterOptions.LiveSessions)} is off in the exporter that opened it last. {(Aggregates ? "A report by session has them, as far back as hours are kept." : "Single calls are in the records, where these are kept.")}");
        }
    }
}
