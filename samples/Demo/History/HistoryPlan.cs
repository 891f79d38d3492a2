namespace LlmTelemetry.Demo;

/// <summary>What history is wanted.</summary>
/// <param name="Days">How long.</param>
/// <param name="End">Until when.</param>
/// <param name="Folder">Where Prometheus' data goes.</param>
/// <param name="Store">The ledger, as the exporter takes it.</param>
/// <param name="ServiceAddress">Host and port that Prometheus will scrape the service at: its series go on there.</param>
/// <param name="KeepsText">Whether the OpenMetrics text stays.</param>
internal sealed record HistoryPlan(double Days, DateTimeOffset End, string Folder, string Store, string ServiceAddress, bool KeepsText)
{
    // Prometheus forgets a series after five minutes without a sample.
    private static readonly TimeSpan Coarse = TimeSpan.FromMinutes(4);
    private static readonly TimeSpan Fine = TimeSpan.FromMinutes(2);

    /// <summary>The moments at which Prometheus would have had samples, the last day's closer together; the last is the end.</summary>
    public IEnumerable<DateTimeOffset> Moments()
    {
        for (var at = Begin; at < End; at += at < End.AddDays(-1) ? Coarse : Fine)
        {
            yield return at;
        }

        yield return End;
    }

    /// <summary>When it begins.</summary>
    public DateTimeOffset Begin => End - TimeSpan.FromDays(Days);
}
