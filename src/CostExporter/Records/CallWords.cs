using LlmTelemetry.Usage;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.CostExporter;

/// <summary>The words for how a call ended and how well its cost is known.</summary>
internal static class CallWords
{
    private static readonly string[] OutcomeWords = [Outcomes.Completed, Outcomes.Failed, Outcomes.Cancelled, Outcomes.Abandoned];

    private static readonly string[] QualityWords = [Qualities.Reported, Qualities.Partial, Qualities.Estimated, Qualities.Unpriced, Qualities.Unmeasured];

    public static string AllOutcomes => string.Join(", ", OutcomeWords);

    public static string AllQualities => string.Join(", ", QualityWords);

    /// <remarks>What is none counts as the ledger counts it: as a failure.</remarks>
    public static string Word(this CallOutcome outcome) => outcome <= CallOutcome.Abandoned ? OutcomeWords[(int)outcome] : Outcomes.Failed;

    /// <remarks>What is none: as not measured.</remarks>
    public static string Word(this CostQuality quality) => quality <= CostQuality.Unmeasured ? QualityWords[(int)quality] : Qualities.Unmeasured;

    public static bool TryParse(string? word, out CallOutcome outcome)
    {
        var at = Array.IndexOf(OutcomeWords, word);
        outcome = (CallOutcome)Math.Max(at, 0);
        return at >= 0;
    }

    public static bool TryParse(string? word, out CostQuality quality)
    {
        var at = Array.IndexOf(QualityWords, word);
        quality = (CostQuality)Math.Max(at, 0);
        return at >= 0;
    }
}
