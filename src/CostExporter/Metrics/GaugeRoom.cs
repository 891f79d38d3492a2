using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.CostExporter;

/// <summary>
/// How much room the metrics SDK has left for the labels of a cut's gauges. It keeps 2,000 sets of labels of a metric for as long as that lives, also those that are long
/// gone, and puts what comes later under no label at all. So gauges begin anew when they are full, though not often: of metrics the SDK keeps 1,000, those that are gone
/// included. In between, who is new is a part of <c>_other</c>.
/// </summary>
/// <param name="time">The clock.</param>
internal sealed class GaugeRoom(TimeProvider time)
{
    // Of 2,000; and one of the others for each period, which must fit in any case.
    internal const int MostLabels = 1_990;
    private const int MostBeginnings = 80;
    private static readonly TimeSpan BetweenBeginnings = TimeSpan.FromHours(6);

    private readonly HashSet<string> _labels = new(StringComparer.Ordinal);
    private long _begunAt = time.GetTimestamp();
    private int _beginnings;

    /// <summary>Whether the gauges are to begin anew for these points: they do not fit, and that may be. After that they fit.</summary>
    public bool BeginsAnewFor(LedgerPoints points)
    {
        if (points.Calls.All(point => _labels.Contains(TextOf(point.Tags))) || Fits(points) || _beginnings >= MostBeginnings || time.GetElapsedTime(_begunAt) < BetweenBeginnings)
        {
            return false;
        }

        _labels.Clear();
        _begunAt = time.GetTimestamp();
        _beginnings++;
        return true;
    }

    /// <summary>The points as far as there is room, and what there is none for under <c>_other</c>.</summary>
    public LedgerPoints Fold(LedgerPoints points)
    {
        foreach (var period in new[] { Periods.Hour, Periods.Day, Periods.Month })
        {
            _labels.Add(TextOf(points.Others(period)));
        }

        // Months come last, and are what matters most.
        foreach (var point in points.Calls.AsEnumerable().Reverse().TakeWhile(_ => _labels.Count < MostLabels))
        {
            _labels.Add(TextOf(point.Tags));
        }

        return points.Calls.All(point => _labels.Contains(TextOf(point.Tags))) ? points : points.Fold(tags => _labels.Contains(TextOf(tags)));
    }

    private bool Fits(LedgerPoints points) => _labels.Union(points.Calls.Select(point => TextOf(point.Tags))).Count() <= MostLabels;

    private static string TextOf(ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var text = new System.Text.StringBuilder();
        foreach (var (name, value) in tags)
        {
            // With its length, so that no value can look like two.
            text.Append(name).Append('=').Append(((string?)value)?.Length ?? 0).Append(':').Append(value);
        }

        return text.ToString();
    }
}
