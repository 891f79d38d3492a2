namespace LlmTelemetry.Usage;

/// <summary>What the usage says that the call costs.</summary>
internal static class ReportedCosts
{
    private const decimal TicksPerUsd = 1e10m; // xAI

    public static void Read(BodyNode usage, BodyReport report) =>
        report.Cost = usage.Number("cost_in_usd_ticks") is { } ticks ? ticks / TicksPerUsd // xAI
            : new BodyNode(usage.Json)["cost"] is { IsObject: true } ? usage["cost"].Number("total_cost") // Perplexity
            : usage.Number("cost"); // OpenRouter
}
