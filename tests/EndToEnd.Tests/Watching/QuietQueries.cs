namespace LlmTelemetry.EndToEnd.Tests.Watching;

/// <summary>Queries that show nothing in the traffic of these tests, and why. Something else proves each of them.</summary>
internal static class QuietQueries
{
    private static readonly Dictionary<string, string> Reasons = new(StringComparer.Ordinal)
    {
    };

    /// <summary>Those that compare with an hour or days ago: HistoryTests has the days.</summary>
    public static IReadOnlyList<string> TakingHistory { get; } =
    [
    ];

    public static IEnumerable<string> Names => Reasons.Keys.Concat(TakingHistory);

    /// <summary>Whether a query is one: by its name, whatever a reader chose.</summary>
    public static bool IsOne(string name) => Names.Any(quiet => name == quiet || name.StartsWith(quiet + ", with ", StringComparison.Ordinal));
}
