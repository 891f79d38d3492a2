using System.Globalization;

namespace LlmTelemetry.CostExporter;

/// <summary>What is worked out from a row's sums, under the names of JSON and CSV. Null: there is nothing to divide by, or it is not known.</summary>
internal static class DerivedFigures
{
    public static IReadOnlyList<(string Name, Func<UsageReportRow, decimal?> Of)> All { get; } =
    [
        ("average_seconds", row => Seconds(row.AverageDuration)),
        ("average_cost", row => row.AverageCost),
        ("average_tokens", row => row.AverageTokens),
        ("cost_per_1k_tokens", row => row.CostPer1KTokens),
        ("cache_hit_ratio", row => row.CacheHitRatio),
        ("cache_read_saved", row => row.CacheReadSaved),
        ("app_cache_hit_ratio", row => row.AppCacheHitRatio),
        ("unpriced_share", row => row.UnpricedShare),
        ("unpriced_token_share", row => row.UnpricedTokenShare),
        ("sessions", row => row.Sessions),
        ("average_session_seconds", row => Seconds(row.AverageSession)),
    ];

    /// <summary>A figure with all its decimals.</summary>
    public static string Text(decimal figure) => figure.ToString("0.############", CultureInfo.InvariantCulture);

    private static decimal? Seconds(TimeSpan? time) => time is { } known ? (decimal)known.Ticks / TimeSpan.TicksPerSecond : null;
}
