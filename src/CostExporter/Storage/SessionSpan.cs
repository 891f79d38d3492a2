namespace LlmTelemetry.CostExporter;

/// <summary>When the first and the last call of a session ended, in Unix seconds.</summary>
internal readonly record struct SessionSpan(long First, long Last)
{
    private const int SecondsPerHour = 3600;

    /// <summary>That of one row: its whole hour where its calls did not say.</summary>
    public static SessionSpan Of(in SpendRow row)
    {
        var (first, last) = row.Measures.Seen ?? (0, SecondsPerHour - 1);
        return new SessionSpan((row.Hour * SecondsPerHour) + first, (row.Hour * SecondsPerHour) + last);
    }

    public SessionSpan With(SessionSpan other) => new(Math.Min(First, other.First), Math.Max(Last, other.Last));

    public StoredSession ToSession(string? tenant, IReadOnlyList<(SpendKey Key, SpendMeasures Measures)> rows) =>
        new(tenant, DateTimeOffset.FromUnixTimeSeconds(First), DateTimeOffset.FromUnixTimeSeconds(Last), rows);
}
