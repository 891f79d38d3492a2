namespace LlmTelemetry.Usage;

/// <summary>
/// Where trackers and sinks meet: each event published is handed to every sink that is subscribed at that moment, once.
/// <see cref="Default"/> is the process-wide one that both sides use unless told otherwise. Thread-safe.
/// </summary>
public sealed class UsageHub
{
    private readonly Lock _gate = new();

    // Copied on write, so that publishing takes no lock.
    private volatile IUsageSink[] _sinks = [];

    /// <summary>The process-wide hub.</summary>
    public static UsageHub Default { get; } = new();

    /// <summary>Whether anybody would take an event.</summary>
    public bool HasSinks => _sinks.Length != 0;

    /// <summary>Whether one of the sinks sees to it that calls are booked (<see cref="IUsageSink.IsLedger"/>).</summary>
    public bool HasLedger
    {
        get
        {
            foreach (var sink in _sinks)
            {
                if (sink.IsLedger)
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>Hands every later event to the sink, until the returned object is disposed. A sink that is subscribed already is not added again.</summary>
    public IDisposable Subscribe(IUsageSink sink)
    {
        ArgumentNullException.ThrowIfNull(sink);
        lock (_gate)
        {
            if (Array.IndexOf(_sinks, sink) < 0)
            {
                _sinks = [.. _sinks, sink];
            }
        }

        return new Subscription(this, sink);
    }

    /// <summary>Hands the event to every sink.</summary>
    /// <param name="usageEvent">The finished call.</param>
    /// <param name="onError">Told of what a sink threw; the other sinks still get the event.</param>
    public void Publish(in UsageEvent usageEvent, Action<IUsageSink, Exception>? onError = null)
    {
        foreach (var sink in _sinks)
        {
            try
            {
                sink.Record(in usageEvent);
            }
            catch (Exception cause) // A sink must not harm the call or its neighbours.
            {
                onError?.Invoke(sink, cause);
            }
        }
    }

    /// <summary>Hands the figure to every sink.</summary>
    /// <inheritdoc cref="Publish(in UsageEvent, Action{IUsageSink, Exception}?)"/>
    /// <param name="metricEvent">The figure.</param>
    /// <param name="onError">Told of what a sink threw; the other sinks still get the figure.</param>
    public void Publish(in MetricEvent metricEvent, Action<IUsageSink, Exception>? onError = null)
    {
        foreach (var sink in _sinks)
        {
            try
            {
                sink.Record(in metricEvent);
            }
            catch (Exception cause) // As for a call's event.
            {
                onError?.Invoke(sink, cause);
            }
        }
    }

    private void Remove(IUsageSink sink)
    {
        lock (_gate)
        {
            _sinks = Array.FindAll(_sinks, s => !ReferenceEquals(s, sink));
        }
    }

    private sealed class Subscription(UsageHub hub, IUsageSink sink) : IDisposable
    {
        private UsageHub? _hub = hub;

        // Only the first time: by the second the sink may be subscribed anew.
        public void Dispose() => Interlocked.Exchange(ref _hub, null)?.Remove(sink);
    }
}
