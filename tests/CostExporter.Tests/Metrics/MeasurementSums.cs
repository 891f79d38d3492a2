using System.Diagnostics.Metrics;

namespace LlmTelemetry.CostExporter.Tests;

/// <summary>Adds up what one counter records from now on, by the value of one tag.</summary>
internal sealed class MeasurementSums : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly SortedDictionary<string, long> _sums = new(StringComparer.Ordinal);

    public MeasurementSums(string meter, string counter, string tag)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == meter && instrument.Name == counter)
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((_, value, tags, _) =>
        {
            foreach (var (name, text) in tags)
            {
                if (name == tag)
                {
                    Add((string)text!, value);
                }
            }
        });
        _listener.Start();
    }

    public (string Value, long Sum)[] ByTag
    {
        get
        {
            lock (_sums)
            {
                return [.. _sums.Select(pair => (pair.Key, pair.Value))];
            }
        }
    }

    public void Dispose() => _listener.Dispose();

    private void Add(string value, long amount)
    {
        lock (_sums)
        {
            _sums[value] = _sums.GetValueOrDefault(value) + amount;
        }
    }
}
