using System.Diagnostics.Metrics;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.CostExporter;

/// <summary>How usage events get out of this process, over all of its senders.</summary>
internal static class EventMetrics
{
    private static readonly Lock Gate = new();

    private static readonly Counter<long> Sent = ExporterMetrics.Meter.CreateCounter<long>(
        Metrics.EventsSent, Units.Event, "Usage events that the receiver of OTLP took, or that the OTLP exporter keeps on disk for it.");

    private static readonly Counter<long> Dropped = ExporterMetrics.Meter.CreateCounter<long>(
        Metrics.EventsDropped, Units.Event, "Usage events that will not reach the receiver of OTLP, by reason.");

    // Replaced as a whole under Gate.
    private static volatile EventQueue[] _live = [];

    static EventMetrics() => ExporterMetrics.Meter.CreateObservableGauge(
        Metrics.EventsQueued, static () => _live.Sum(queue => (long)queue.Count), Units.Event, "Usage events that wait to be sent over OTLP.");

    public static void CountSent(long events) => Sent.Add(events);

    public static void CountDropped(string reason, long events) => Dropped.Add(events, new KeyValuePair<string, object?>(Attributes.Reason, reason));

    public static void Watch(EventQueue queue)
    {
        lock (Gate)
        {
            _live = [.. _live, queue];
        }
    }

    public static void Unwatch(EventQueue queue)
    {
        lock (Gate)
        {
            _live = Array.FindAll(_live, q => !ReferenceEquals(q, queue));
        }
    }
}
