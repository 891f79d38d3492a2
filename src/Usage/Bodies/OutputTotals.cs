namespace LlmTelemetry.Usage;

/// <summary>Whether reasoning is part of the output: the provider's own total tells.</summary>
internal static class OutputTotals
{
    /// <summary>Reasoning added to the output where input, output and reasoning together, and they alone, give the total.</summary>
    public static InclusiveUsage WithReasoning(InclusiveUsage tokens, BodyReport report) =>
        tokens is { Reasoning: > 0 and var reasoning, Total: { } total }
            && (Int128)(tokens.Input ?? 0) + (tokens.Output ?? 0) + reasoning == total
            ? tokens with { Output = report.Sum(tokens.Output, reasoning) }
            : tokens;
}
