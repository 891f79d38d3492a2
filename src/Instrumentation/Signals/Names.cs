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

/// <summary>Whether anything was reported about a side of the call; 0 that was reported is something.</summary>
internal static class UsageSides
{
    public static bool HasInputTokens(this in CallUsage usage) => Has(in usage, input: true);

    public static bool HasOutputTokens(this in CallUsage usage) => Has(in usage, input: false);

    private static bool Has(in CallUsage usage, bool input)
    {
        foreach (var bucket in usage)
        {
            if (input ? bucket.IsInputTokens() : bucket.IsOutputTokens())
            {
                return true;
            }
        }

        return false;
    }
}
