namespace LlmTelemetry.Demo;

/// <summary>What history is wanted.</summary>
/// <param name="Days">How long.</param>
/// <param name="End">Until when.</param>
/// <param name="Folder">Where Prometheus' data goes.</param>
/// <param name="Store">The ledger, as the exporter takes it.</param>
/// <param name="ServiceAddress">Host and port that Prometheus will scrape the service at: its series go on there.</param>
/// <param name="Rules">The folder of recording rules whose series are wanted too; null: none.</param>
/// <param name="KeepsText">Whether the OpenMetrics text stays.</param>
internal sealed record HistoryPlan(double Days, DateTimeOffset End, string Folder, string Store, string ServiceAddress, string? Rules, bool KeepsText)
{
    // Prometheus forgets a series after five minutes without a sample.
    private static readonly TimeSpan Coarse = TimeSpan.FromMinutes(4);

    // A rate needs two samples in Grafana's interval, which is four minutes where it shows up to three days.
    private static readonly TimeSpan Fine = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan FineDays = TimeSpan.FromDays(3);

    /// <summary>The moments at which Prometheus would have had samples, those of the last days closer together; the last is the end.</summary>
    public IEnumerable<DateTimeOffset> Moments()
    {
        for (var at = Begin; at < End; at += at < End - FineDays ? Coarse : Fine)
        {
            yield return at;
        }

        yield return End;
    }

    /// <summary>When it begins.</summary>
    public DateTimeOffset Begin => End - TimeSpan.FromDays(Days);
}
