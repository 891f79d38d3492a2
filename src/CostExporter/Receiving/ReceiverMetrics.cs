using System.Diagnostics.Metrics;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.CostExporter;

/// <summary>What became of what was delivered, over all receivers of the process.</summary>
internal static class ReceiverMetrics
{
    private static readonly Meter Meter = new(Receiver);

    private static readonly Counter<long> Deliveries = Meter.CreateCounter<long>(
        Metrics.ReceiverDeliveries, Units.Delivery, "Deliveries by what was answered.");

    private static readonly Counter<long> Booked = Meter.CreateCounter<long>(
        Metrics.ReceiverBooked, Units.Item, "Calls, and points of metrics, that added to the ledger.");

    private static readonly Counter<long> Duplicates = Meter.CreateCounter<long>(
        Metrics.ReceiverDuplicates, Units.Item, "Calls that were booked before, and points that add nothing to what was booked before.");

    private static readonly Counter<long> Ignored = Meter.CreateCounter<long>(
        Metrics.ReceiverIgnored, Units.Item, "Calls and points that say nothing that is to be booked, by reason.");

    private static readonly Counter<long> Rejected = Meter.CreateCounter<long>(
        Metrics.ReceiverRejected, Units.Item, "Calls and points that can never be booked, by reason: their sender was told.");

    private static readonly Counter<long> Conflicts = Meter.CreateCounter<long>(
        Metrics.ReceiverConflicts, Units.Receipt, "Bookings that were worked out again because another receiver had been there first.");

    private static readonly Counter<long> Rebooked = Meter.CreateCounter<long>(
        Metrics.ReceiverRebooked, Units.Item, "Calls and points that were booked anew because the store was restarted and may have lost them.");

    private static readonly Histogram<double> Duration = Meter.CreateHistogram<double>(
        Metrics.ReceiverBookingDuration, Units.Second, "From taking a delivery in until it was in the store, of those that were booked.");

    private static readonly Lock Gate = new();

    // Replaced as a whole under Gate.
    private static volatile ReceiverGate[] _live = [];

    static ReceiverMetrics() => Meter.CreateObservableUpDownCounter(
        Metrics.ReceiverWaiting, static () => _live.Sum(gate => (long)gate.Waiting), Units.Delivery, "Deliveries that were taken in and are not answered yet.");

    public static void CountDelivery(string result) => Deliveries.Add(1, Tag(Attributes.ReceiverResult, result));

    public static void CountBooked(UsageSourceKind form, long items = 1) => Booked.Add(items, Form(form));

    public static void CountDuplicates(UsageSourceKind form, long items = 1) => Duplicates.Add(items, Form(form));

    /// <param name="form">Null: it is of none.</param>
    /// <param name="reason">A word of <see cref="IgnoredReasons"/>.</param>
    /// <param name="items">How many.</param>
    public static void CountIgnored(UsageSourceKind? form, string reason, long items = 1)
    {
        if (form is { } known)
        {
            Ignored.Add(items, Form(known), Tag(Attributes.ReceiverReason, reason));
        }
        else
        {
            Ignored.Add(items, Tag(Attributes.ReceiverReason, reason));
        }
    }

    /// <inheritdoc cref="CountIgnored"/>
    public static void CountRejected(UsageSourceKind form, string reason, long items = 1) => Rejected.Add(items, Form(form), Tag(Attributes.ReceiverReason, reason));

    public static void CountConflict() => Conflicts.Add(1);

    public static void CountRebooked(long items) => Rebooked.Add(items);

    public static void RecordBooking(TimeSpan taken) => Duration.Record(taken.TotalSeconds);

    public static void Watch(ReceiverGate gate)
    {
        lock (Gate)
        {
            _live = [.. _live, gate];
        }
    }

    public static void Unwatch(ReceiverGate gate)
    {
        lock (Gate)
        {
            _live = Array.FindAll(_live, one => !ReferenceEquals(one, gate));
        }
    }

    private static KeyValuePair<string, object?> Form(UsageSourceKind form) => Tag(Attributes.ReceiverForm, form switch
    {
        UsageSourceKind.Events => TelemetryForms.Events,
        UsageSourceKind.Booked => TelemetryForms.Booked,
        UsageSourceKind.OwnMetrics => TelemetryForms.OwnMetrics,
        UsageSourceKind.TokenUsage => TelemetryForms.TokenUsage,
        UsageSourceKind.InferenceCounters => TelemetryForms.InferenceCounters,
        UsageSourceKind.Spans => TelemetryForms.Spans,
        UsageSourceKind.FrameworkMetrics => TelemetryForms.FrameworkMetrics,
        _ => TelemetryForms.Durations,
    });

    private static KeyValuePair<string, object?> Tag(string name, string value) => new(name, value);
}
