using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter;

/// <summary>Values of other sources than our trackers, which have cleaned theirs, made fit for a key.</summary>
internal static class CleanText
{
    /// <inheritdoc cref="Attribution.Clean"/>
    public static string? Of(string? value) => Attribution.Clean(value);
}
