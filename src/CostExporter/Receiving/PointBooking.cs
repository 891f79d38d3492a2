using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter;

/// <summary>Turns increments of points into rows: our own metrics as they are, those of other libraries priced, all points of one request together.</summary>
internal static class PointBooking
{
    // A time before this is none: seconds where nanoseconds are meant, say.
    private static readonly DateTimeOffset Earliest = new(2000, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>When a point's increment is booked: at its time, or now where it has none, or one that is not yet or cannot be.</summary>
    /// <param name="point">The point.</param>
    /// <param name="now">The service's clock.</param>
    public static DateTimeOffset MomentOf(in ReceivedPoint point, DateTimeOffset now) =>
        UnixTime.ToMoment(point.Time) is var time && time >= Earliest && time < now ? time : now;

    /// <summary>The best by which these points count calls; null: by none. To be claimed for a source and hour before <see cref="ToRows"/>.</summary>
    /// <param name="points">All points of one source and hour that are booked.</param>
    public static CallsFrom? CallsOf(IReadOnlyList<(ReceivedPoint Point, PointSum Increment)> points)
    {
        CallsFrom? best = null;
        foreach (var (point, _) in points)
        {
            if (point.Kind is not UsageSourceKind.OwnMetrics && !ForeignMetrics.IsAroundCalls(point.Tags.Operation))
            {
                best = PointRows.Better(best, ForeignMetrics.CallsOf(point.Metric, point.Tags));
            }
        }

        return best;
    }

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
    /// <param name="ignored">Told for each point that is of no use, and why: a word of <see cref="Vocabulary.IgnoredReasons"/>.</param>
    /// <param name="booked">The form that is booked for the hour: with durations alone, nothing tells what their calls used.</param>
    public static IReadOnlyList<(DateTimeOffset At, SpendKey Key, SpendMeasures Measures)> ToRows(
        in TelemetrySource source,
        IReadOnlyList<(ReceivedPoint Point, PointSum Increment)> points,
        CallsFrom? calls,
        DateTimeOffset now,
        PriceBook prices,
        MarkupRules? markup,
        Action<string> ignored,
        UsageSourceKind booked)
    {
        var rows = new PointRows(prices, markup, ignored);
        foreach (var (point, increment) in points)
        {
            if (increment.IsZero)
            {
                continue;
            }

            var tags = point.Tags;
            tags = tags with { Client = tags.Client ?? source.Client, Environment = tags.Environment ?? source.Environment };
            var at = MomentOf(in point, now);
            if (point.Kind is UsageSourceKind.OwnMetrics)
            {
                rows.AddOwn(point.Metric, in tags, in increment, at);
            }
            else
            {
                rows.AddForeign(point.Metric, in tags, in increment, at);
            }
        }

        return [.. rows.ToRows(calls, isMeasured: booked is not UsageSourceKind.Durations)];
    }
}
