namespace LlmTelemetry.CostExporter;

/// <summary>
/// The forms in which a service's telemetry tells of the same calls, the best first: of a service that sends several, one is booked. Numbers are kept in stores.
/// </summary>
internal enum UsageSourceKind
{
    /// <summary>Our usage events: exact, with all that is known of a call.</summary>
    Events = 1,

    /// <summary>The metrics <c>llm.usage.*</c>: exact sums with a bounded attribution.</summary>
    OwnMetrics = 2,

    /// <summary>The histogram <c>gen_ai.client.token.usage</c> of other libraries (semantic conventions 1.41), priced here.</summary>
    TokenUsage = 3,

    /// <summary>The counters <c>gen_ai.client.inference.usage.*</c> of newer conventions, priced here.</summary>
    InferenceCounters = 4,

    /// <summary>Spans with <c>gen_ai.usage.*</c>, priced here.</summary>
    Spans = 5,
}
