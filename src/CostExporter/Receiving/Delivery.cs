namespace LlmTelemetry.CostExporter;

/// <summary>What one OTLP request says of usage, as far as it is understood; what is not was counted where it was read.</summary>
internal sealed class Delivery
{
    /// <summary>One entry for each service that the request tells of.</summary>
    public List<SourceDelivery> Sources { get; } = [];

    /// <summary>The tenant of the key that the request came with: all is booked under it, whatever the telemetry says. Null: as the telemetry says.</summary>
    public string? Tenant { get; init; }
}

/// <summary>What one service of a delivery says.</summary>
internal sealed class SourceDelivery(TelemetrySource source)
{
    public TelemetrySource Source => source;

    /// <summary>Single calls: of usage events and of spans.</summary>
    public List<ReceivedCall> Calls { get; } = [];

    /// <summary>Points of metrics.</summary>
    public List<ReceivedPoint> Points { get; } = [];
}

/// <summary>Who sent telemetry, as its resource says.</summary>
/// <param name="Namespace"><c>service.namespace</c>.</param>
/// <param name="Service"><c>service.name</c>; <c>unknown_service</c> where it is not said.</param>
/// <param name="Instance"><c>service.instance.id</c>.</param>
/// <param name="Environment"><c>deployment.environment.name</c>, or the older <c>deployment.environment</c>.</param>
internal readonly record struct TelemetrySource(string? Namespace, string Service, string? Instance, string? Environment)
{
    /// <summary>The service as the dimension client has it; null: nobody named it. SDKs may put the program's name behind the word that says so.</summary>
    public string? Client => Service is "" or Vocabulary.Resources.UnknownService || Service.StartsWith(Vocabulary.Resources.UnknownService + ":", StringComparison.Ordinal) ? null : Service;
}

/// <summary>One call that a usage event or a span tells of.</summary>
/// <param name="Kind">Which of the two.</param>
/// <param name="Record">The call, clean and priced as far as a price is known; its id is the same each time it is delivered.</param>
internal sealed record ReceivedCall(UsageSourceKind Kind, UsageRecord Record);

/// <summary>One point of one series of a metric.</summary>
/// <param name="Kind">Which form of telemetry the metric is.</param>
/// <param name="Metric">The metric's name.</param>
/// <param name="Tags">The attributes that the ledger knows.</param>
/// <param name="Series">Identifies the series within its source: a hash of scope, metric, unit, type and all attributes in their order by name.</param>
/// <param name="IsDelta">Whether the value is what was added since the start; false: all that was since the start.</param>
/// <param name="Start">Unix nanoseconds; 0: not said.</param>
/// <param name="Time">Unix nanoseconds; 0: not said.</param>
/// <param name="Value">The value.</param>
internal readonly record struct ReceivedPoint(
    UsageSourceKind Kind, string Metric, PointTags Tags, UInt128 Series, bool IsDelta, ulong Start, ulong Time, PointSum Value);
