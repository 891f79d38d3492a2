using System.Diagnostics.Metrics;

namespace LlmTelemetry.Service;

/// <summary>Adds up the counters of this process that an operator of the service watches: those of the receiver, and what the exporter's parts in it count. Thread-safe.</summary>
internal sealed class ProcessMeters : IDisposable
{
    // Tags are ours and few; this bounds a mistake.
    private const int MostPoints = 1_000;

    private readonly MeterListener _listener = new();
    private readonly Lock _gate = new();

    // Under the gate.
    private readonly Dictionary<Instrument, Dictionary<string, MetricPoint>> _sums = [];

    public ProcessMeters()
    {
        _listener.InstrumentPublished = static (instrument, listener) =>
        {
            if (IsWatched(instrument))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Take(instrument, value, tags));
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Take(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Take(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>The counts so far, and the gauges as they are now.</summary>
    public IReadOnlyList<MetricFamily> Read()
    {
        _listener.RecordObservableInstruments();
        lock (_gate)
        {
            return [.. _sums.GroupBy(sum => sum.Key.Name, StringComparer.Ordinal).OrderBy(sums => sums.Key, StringComparer.Ordinal).Select(Family)];
        }
    }

    public void Dispose() => _listener.Dispose();

    // Of the exporter only what counts: its gauges are of exporters that run in this process, and none does.
    private static bool IsWatched(Instrument instrument) => instrument.Meter.Name switch
    {
        Vocabulary.Receiver => !IsHistogram(instrument),
        Vocabulary.CostExporter => IsCounter(instrument),
        _ => false,
    };

    private static bool IsCounter(Instrument instrument) => instrument is Counter<long> or Counter<int> or Counter<double>;

    private static bool IsHistogram(Instrument instrument) => instrument is Histogram<long> or Histogram<int> or Histogram<double>;

    private static bool IsGauge(Instrument instrument) => instrument.IsObservable || instrument is Gauge<long> or Gauge<int> or Gauge<double>;

    private static MetricFamily Family(IGrouping<string, KeyValuePair<Instrument, Dictionary<string, MetricPoint>>> sums)
    {
        var first = sums.First().Key;

        // Several meters of a name are several parts of one count.
        var points = sums.SelectMany(sum => sum.Value).GroupBy(point => point.Key, StringComparer.Ordinal)
            .Select(same => new MetricPoint(same.Sum(point => point.Value.Value), same.First().Value.Tags));
        return new MetricFamily(first.Name, first.Unit, IsCounter(first) ? MetricKind.Counter : MetricKind.Gauge, first.Description ?? first.Name, [.. points]);
    }

    private void Take(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var ordered = tags.ToArray();
        Array.Sort(ordered, static (a, b) => string.CompareOrdinal(a.Key, b.Key));
        var key = string.Join('\n', ordered.Select(tag => $"{tag.Key}={tag.Value}"));
        lock (_gate)
        {
            if (!_sums.TryGetValue(instrument, out var points))
            {
                _sums.Add(instrument, points = new(StringComparer.Ordinal));
            }

            if (points.TryGetValue(key, out var point))
            {
                points[key] = point with { Value = IsGauge(instrument) ? value : point.Value + value };
            }
            else if (points.Count < MostPoints)
            {
                points.Add(key, new MetricPoint(value, ordered));
            }
        }
    }
}
