namespace LlmTelemetry.CostExporter;

/// <summary>
/// The forms in which a service's telemetry tells of the same calls, the best first: of a service that sends several, one is booked. Numbers are kept in stores.
/// </summary>
internal enum UsageSourceKind
{
    /// <summary>Our usage events: exact, with all that is known of a call.</summary>
    Events = 1,

    /// <summary>
    /// The gauge <c>llm.usage.booked</c>: the process books its calls itself. What its metrics and spans say is booked already; usage events that it sends all the same are meant to be.
    /// </summary>
    Booked = 2,

    /// <summary>The metrics <c>llm.usage.*</c>: exact sums with a bounded attribution.</summary>
    OwnMetrics = 3,

    /// <summary>The histogram <c>gen_ai.client.token.usage</c> of other libraries (semantic conventions 1.41), priced here.</summary>
    TokenUsage = 4,

    /// <summary>The counters <c>gen_ai.client.inference.usage.*</c> of newer conventions, priced here.</summary>
    InferenceCounters = 5,

    /// <summary>Spans with <c>gen_ai.usage.*</c>, priced here.</summary>
    Spans = 6,

    /// <summary>What a framework counts of its own functions (Semantic Kernel): some of the calls that the forms above would tell of.</summary>
    FrameworkMetrics = 7,

    /// <summary>Durations alone: that there were calls, and nothing of what they used. Booked beside metrics of tokens, whose calls they count.</summary>
    Durations = 8,
}

/// <summary>Which forms go together.</summary>
internal static class UsageSourceKinds
{
    /// <summary>Whether telemetry of a form is booked for an hour for which <see cref="IReceiptStore.ClaimAsync"/> said <paramref name="booked"/>.</summary>
    /// <param name="booked">What the store said.</param>
    /// <param name="sent">The form of a call or point.</param>
    public static bool Takes(this UsageSourceKind booked, UsageSourceKind sent) => booked == sent || (booked, sent) switch
    {
        // Events are sent to be booked, whatever else the process does with its calls.
        (UsageSourceKind.Booked, UsageSourceKind.Events) => true,

        // Durations say nothing of tokens, so neither counts what the other does, whichever came first in a source's first hour.
        (UsageSourceKind.TokenUsage or UsageSourceKind.InferenceCounters or UsageSourceKind.FrameworkMetrics, UsageSourceKind.Durations) => true,
        (UsageSourceKind.Durations, UsageSourceKind.TokenUsage or UsageSourceKind.InferenceCounters or UsageSourceKind.FrameworkMetrics) => true,
        _ => false,
    };
}
