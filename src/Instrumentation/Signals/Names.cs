using LlmTelemetry.Usage;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation;

/// <summary>The attribute values of <see cref="CostQuality"/>.</summary>
internal static class QualityNames
{
    public static string Of(CostQuality quality) => quality switch
    {
        CostQuality.Reported => Qualities.Reported,
        CostQuality.Partial => Qualities.Partial,
        CostQuality.Estimated => Qualities.Estimated,
        CostQuality.Unpriced => Qualities.Unpriced,
        _ => Qualities.Unmeasured,
    };

    /// <summary>The worse one: what is known of several calls together.</summary>
    /// <param name="before">The value so far; null: none.</param>
    /// <param name="quality">That of the next call.</param>
    public static string Worse(string? before, CostQuality quality)
    {
        var worse = CostQuality.Unmeasured;
        while (worse > quality && Of(worse) != before)
        {
            worse--;
        }

        return Of(worse);
    }
}

/// <summary>The attribute values of <see cref="CallOutcome"/>.</summary>
internal static class OutcomeNames
{
    public static string Of(CallOutcome outcome) => outcome switch
    {
        CallOutcome.Completed => Outcomes.Completed,
        CallOutcome.Failed => Outcomes.Failed,
        CallOutcome.Cancelled => Outcomes.Cancelled,
        _ => Outcomes.Abandoned,
    };
}
