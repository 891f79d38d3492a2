namespace LlmTelemetry.CostExporter;

/// <summary>The list of the exporters that live.</summary>
internal static class SqliteBeats
{
    /// <summary>See <see cref="ISpendStore.BeatAsync"/>.</summary>
    public static IReadOnlyList<ExporterBeat> Beat(SqliteSession session, ExporterBeat beat) =>
        throw new NotImplementedException($"{session} {beat}");
}
