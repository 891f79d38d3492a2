using System.Diagnostics.Metrics;

namespace LlmTelemetry.TestKit;

/// <summary>What one meter measured: each record of a histogram or counter, and what observable counters say when asked.</summary>
public sealed class MeasurementRecorder : IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<Measured> _measured = [];
    private readonly MeterListener _listener = new();

    /// <param name="meterName">The meter to listen to.</param>
    /// <param name="instruments">The instruments to listen to; none: all.</param>
    public MeasurementRecorder(string meterName, params string[] instruments)
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == meterName && (instruments.Length == 0 || instruments.Contains(instrument.Name)))
            {
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Keep(instrument, value, tags));
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => Keep(instrument, value, tags));
        _listener.Start();
    }

    /// <summary>The records of an instrument so far; for an observable one, what it says now.</summary>
    public IReadOnlyList<Measured> Of(string instrument)
    {
        lock (_gate)
        {
            _measured.RemoveAll(m => m.IsObservable);
        }

        _listener.RecordObservableInstruments();
        lock (_gate)
        {
            return [.. _measured.Where(m => m.Instrument == instrument)];
        }
    }

    public void Dispose() => _listener.Dispose();

    private void Keep(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        var measured = new Measured(instrument.Name, instrument.Unit, value, tags.ToArray().ToDictionary(t => t.Key, t => t.Value), instrument.IsObservable);
        lock (_gate)
        {
            _measured.Add(measured);
        }
    }
}

/// <summary>One measurement.</summary>
public sealed record Measured(string Instrument, string? Unit, double Value, IReadOnlyDictionary<string, object?> Tags, bool IsObservable);
