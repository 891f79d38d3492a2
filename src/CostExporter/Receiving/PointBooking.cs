using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter;

/// <summary>Turns increments of points into rows: our own metrics as they are, those of other libraries priced, all points of one request together.</summary>
internal static class PointBooking
{
    /// <summary>The rows' keys, measures and moments; a key and hour may come several times.</summary>
    /// <param name="source">Who sent them.</param>
    /// <param name="points">Points of one form of telemetry, with what each adds (<see cref="SeriesState.Advance"/>).</param>
    /// <param name="now">The service's clock: no call ended after it.</param>
    /// <param name="prices">Prices what other libraries count.</param>
    /// <param name="markup">What is charged on; null for nothing.</param>
    public static IEnumerable<(DateTimeOffset At, SpendKey Key, SpendMeasures Measures)> ToRows(
        TelemetrySource source, IReadOnlyList<(ReceivedPoint Point, PointSum Increment)> points, DateTimeOffset now, PriceBook prices, MarkupRules? markup) =>
        throw new NotImplementedException("series");
}
