namespace LlmTelemetry.Usage;

/// <summary>What is wrong with counts that a provider reported.</summary>
public enum UsageIssue : byte
{
    /// <summary>Nothing: they agree.</summary>
    None = 0,

    /// <summary>
    /// Cached and audio (or image, or video) input are both there, but not how much of the audio came from the cache. It is taken as none; harmless
    /// unless the model has a price of its own for cached audio.
    /// </summary>
    UnknownOverlap = 1,

    /// <summary>A count is below zero; it is left out.</summary>
    Negative = 2,

    /// <summary>A part is larger than its whole; the part is believed.</summary>
    PartExceedsWhole = 3,

    /// <summary>A part was reported without its whole.</summary>
    MissingWhole = 4,

    /// <summary>Counts that should agree do not: input and output do not add up to the provider's own total, or one thing is counted in two ways.</summary>
    TotalMismatch = 5,

    /// <summary>What stands in the place of a count is none (a text, a fraction, a number beyond Int64); it is left out.</summary>
    NotACount = 6,
}
