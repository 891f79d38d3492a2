namespace LlmTelemetry.Usage;

/// <summary>How well a call's cost is known.</summary>
public enum CostQuality : byte
{
    /// <summary>The provider reported the usage and the price is known.</summary>
    Reported = 0,

    /// <summary>The provider reported some of the usage: a stream cut after a usage update.</summary>
    Partial = 1,

    /// <summary>The usage was guessed, only where that is switched on, or buckets were missing in foreign telemetry.</summary>
    Estimated = 2,

    /// <summary>The usage is known, the price is not: the cost is null, never 0.</summary>
    Unpriced = 3,

    /// <summary>No usage was reported: tokens and cost are null.</summary>
    Unmeasured = 4,
}
