namespace LlmTelemetry.CostExporter.Stores;

/// <summary>What a ledger keeps, as the exporter says that opened it last: so that a reader can tell nothing from what is not known.</summary>
/// <param name="Hours">How long hour rows are kept; null: not said.</param>
/// <param name="Days">The same of day rows.</param>
/// <param name="Months">The same of month rows.</param>
/// <param name="Dimensions">What rows are apart by; null: not said.</param>
/// <param name="Tags">The tags that they are apart by; null: not said.</param>
/// <param name="Aggregates">Whether sums are kept; null: not said.</param>
/// <param name="LiveSessions">Whether single sessions are kept; null: not said.</param>
/// <param name="HoursFrom">The first hour that was not pruned; null: none was.</param>
/// <param name="DaysFrom">The first day, at midnight (offset 0).</param>
/// <param name="MonthsFrom">The first month's first day, at midnight (offset 0).</param>
public sealed record StoreKeeps(
    TimeSpan? Hours = null,
    TimeSpan? Days = null,
    TimeSpan? Months = null,
    IReadOnlySet<SpendDimension>? Dimensions = null,
    IReadOnlyCollection<string>? Tags = null,
    bool? Aggregates = null,
    bool? LiveSessions = null,
    DateTimeOffset? HoursFrom = null,
    DateTimeOffset? DaysFrom = null,
    DateTimeOffset? MonthsFrom = null);
