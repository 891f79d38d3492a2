namespace LlmTelemetry.Demo;

/// <summary>Panels that are empty as long as nothing goes wrong, or nothing of the kind is in use: nothing of it is in the demo.</summary>
internal static class QuietPanels
{
    // Of the pipeline's health all but these: whatever else it shows is of troubles that the demo does not have.
    private static readonly HashSet<string> HealthAtWork = ["Not yet written", "Without a price today", "Age of the prices", "Exporters alive", "How well cost is known", "Flushes", "Behind"];

    private static readonly HashSet<string> Elsewhere =
    [
        "Saved by your own caches",
        "Let through unasked", // Redis is always there.
        "Expected this month", // Of a month whose first weeks nobody knows, no forecast is made.
    ];

    /// <summary>All titles that it names.</summary>
    public static IEnumerable<string> Named => HealthAtWork.Concat(Elsewhere);

    public static bool Has(Panel panel) => panel.Dashboard == "llm-pipeline" ? !HealthAtWork.Contains(panel.Title) : Elsewhere.Contains(panel.Title);
}
