using System.Diagnostics.Metrics;
using System.Globalization;
using System.Text;
using OpenTelemetry.Metrics;

namespace LlmTelemetry.CostExporter;

/// <summary>
/// Where the counters of our meter stood when an exporter began. They are the process's own and count from its start, so the first
/// collection of every meter provider reports all of it: what an earlier provider or sink has booked must not be booked again.
/// </summary>
internal sealed class EarlierCalls
{
    // Taken out at the series' first point. Used by one export at a time.
    private readonly Dictionary<string, double> _stood = [];

    public static EarlierCalls Read()
    {
        var earlier = new EarlierCalls();
        using var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument is { IsObservable: true, Meter.Name: Vocabulary.Instrumentation })
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => earlier.Add(instrument.Name, value, tags));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => earlier.Add(instrument.Name, value, tags));
        listener.Start();
        listener.RecordObservableInstruments();
        return earlier;
    }

    /// <summary>
    /// The point's sum without what was there before; later points are sums since the last collection already. A metric's overflow point must
    /// come last: it has whatever has no point of its own.
    /// </summary>
    public PointSum Without(PointSum sum, Metric metric, in MetricPoint point, bool isOverflow)
    {
        if (_stood.Count == 0)
        {
            return sum;
        }

        if (isOverflow)
        {
            return sum.Less(TakeRest(metric.Name + '\0'));
        }

        var tags = new List<KeyValuePair<string, object?>>();
        foreach (var tag in point.Tags)
        {
            tags.Add(tag);
        }

        return _stood.Remove(Series(metric.Name, [.. tags]), out var stood) ? sum.Less(stood) : sum;
    }

    private double TakeRest(string prefix)
    {
        var rest = 0.0;
        foreach (var (series, stood) in _stood.Where(series => series.Key.StartsWith(prefix, StringComparison.Ordinal)).ToArray())
        {
            rest += stood;
            _stood.Remove(series);
        }

        return rest;
    }

    private void Add(string name, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        if (value > 0)
        {
            _stood[Series(name, tags)] = value;
        }
    }

    private static string Series(string name, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var text = new StringBuilder(name);
        foreach (var (key, value) in tags.ToArray().OrderBy(tag => tag.Key, StringComparer.Ordinal))
        {
            text.Append('\0').Append(key).Append('\0').Append(Convert.ToString(value, CultureInfo.InvariantCulture));
        }

        return text.ToString();
    }
}
