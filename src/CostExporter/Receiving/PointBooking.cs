using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter;

/// <summary>Turns increments of points into rows: our own metrics as they are, those of other libraries priced, all points of one request together.</summary>
internal static class PointBooking
{
    /// <summary>When a point's increment is booked: at its time, or now where it has none, or one that is not yet.</summary>
    /// <param name="point">The point.</param>
    /// <param name="now">The service's clock.</param>
    public static DateTimeOffset MomentOf(in ReceivedPoint point, DateTimeOffset now) => throw new NotImplementedException("series");

    /// <summary>The best by which these points count calls; null: by none. To be claimed for a source and hour before <see cref="ToRows"/>.</summary>
    /// <param name="points">All points of one source and hour that are booked.</param>
    public static CallsFrom? CallsOf(IReadOnlyList<(ReceivedPoint Point, PointSum Increment)> points) => throw new NotImplementedException("series");

    /// <summary>The rows' keys, measures and moments; a key and hour may come several times.</summary>
    /// <param name="source">Who sent them.</param>
    /// <param name="points">
    /// All points of one request, source and UTC hour (<see cref="MomentOf"/>) that are booked for it, with what each adds (<see cref="SeriesState.Advance"/>): input, output and parts of the same
    /// calls are priced together.
    /// </param>
    /// <param name="calls">What the hour's calls are counted by (<see cref="CallsFrom"/>); null where <see cref="CallsOf"/> is.</param>
    /// <param name="now">The service's clock: no call ended after it.</param>
    /// <param name="prices">Prices what other libraries count.</param>
    /// <param name="markup">What is charged on; null for nothing.</param>
    /// <param name="ignored">Told for each point that adds nothing, and why: a word of <see cref="Vocabulary.IgnoredReasons"/>.</param>
    public static IReadOnlyList<(DateTimeOffset At, SpendKey Key, SpendMeasures Measures)> ToRows(
        in TelemetrySource source,
        IReadOnlyList<(ReceivedPoint Point, PointSum Increment)> points,
        CallsFrom? calls,
        DateTimeOffset now,
        PriceBook prices,
        MarkupRules? markup,
        Action<string> ignored) => throw new NotImplementedException("series");
}
