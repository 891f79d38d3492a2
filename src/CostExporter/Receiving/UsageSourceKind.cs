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

    /// <summary>What a framework counts of its own functions (Semantic Kernel): some of the calls that the forms above would tell of.</summary>
    FrameworkMetrics = 6,

    /// <summary>Durations alone: that there were calls, and nothing of what they used. Booked beside metrics of tokens, whose calls they count.</summary>
    Durations = 7,
}

/// <summary>Which forms go together.</summary>
internal static class UsageSourceKinds
{
    /// <summary>Whether telemetry of a form is booked for an hour for which <see cref="IReceiptStore.ClaimAsync"/> said <paramref name="booked"/>.</summary>
    /// <param name="booked">What the store said.</param>
    /// <param name="sent">The form of a call or point.</param>
    public static bool Takes(this UsageSourceKind booked, UsageSourceKind sent) => booked == sent || (booked, sent) switch
    {
        // Durations say nothing of tokens, so neither counts what the other does, whichever came first in a source's first hour.
        (UsageSourceKind.TokenUsage or UsageSourceKind.InferenceCounters or UsageSourceKind.FrameworkMetrics, UsageSourceKind.Durations) => true,
        (UsageSourceKind.Durations, UsageSourceKind.TokenUsage) => true,
        _ => false,
    };
}
