namespace LlmTelemetry.EndToEnd.Tests.Watching;

/// <summary>Documented metrics that have nothing to say in the traffic of these tests, and why.</summary>
internal static class SilentMetrics
{
    private static readonly Dictionary<string, string> Reasons = new(StringComparer.Ordinal)
    {
    };

    public static IEnumerable<string> Names => Reasons.Keys;
}
