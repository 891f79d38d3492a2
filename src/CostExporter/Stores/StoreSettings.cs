namespace LlmTelemetry.CostExporter.Stores;

/// <summary>What every store is opened with.</summary>
/// <param name="KeyPrefix">Starts every key in Redis; other stores may use it to keep two ledgers apart.</param>
/// <param name="TimeZone">The zone of the day and month rows; kept in the store and compared at opening.</param>
/// <param name="HourRetention">How long after its end an hour row is kept.</param>
/// <param name="DayRetention">How long after its end a day row is kept.</param>
/// <param name="MonthRetention">How long after its end a month row is kept.</param>
/// <param name="Timeout">Time limit of each call.</param>
/// <param name="Time">The clock.</param>
/// <param name="ReadOnly">Whether a store that is not there yet is refused instead of made, and nothing is ever written to it.</param>
public sealed record StoreSettings(
    string KeyPrefix,
    TimeZoneInfo TimeZone,
    TimeSpan HourRetention,
    TimeSpan DayRetention,
    TimeSpan MonthRetention,
    TimeSpan Timeout,
    TimeProvider Time,
    bool ReadOnly = false)
{
    /// <summary>Whether sums are kept; where not, only what single sessions used, if that is. Default true.</summary>
    public bool Aggregates { get; init; } = true;

    /// <summary>Whether what single sessions used is kept. Default true.</summary>
    public bool LiveSessions { get; init; } = true;

    /// <summary>
    /// The first period that has not ended longer ago than it is kept, as of now: rows of earlier ones are neither taken nor read, and may be deleted.
    /// </summary>
    public DateTimeOffset FirstKept(SpendGrain grain) => new SpendPeriods(this).FirstKept(grain);

    /// <summary>What rows are apart by, for the store to say; null: not said.</summary>
    public IReadOnlySet<SpendDimension>? Dimensions { get; init; }

    /// <summary>The tags that they are apart by.</summary>
    public IReadOnlyCollection<string>? Tags { get; init; }

    /// <summary>What readers are told.</summary>
    public StoreKeeps Keeps => new(HourRetention, DayRetention, MonthRetention, Dimensions, Tags, Aggregates, LiveSessions);

    /// <summary>The same for a ledger that says what it keeps: who opens it to write and is no exporter leaves that as it is.</summary>
    internal StoreSettings As(StoreKeeps? said) => said is null
        ? this
        : this with
        {
            HourRetention = said.Hours ?? HourRetention,
            DayRetention = said.Days ?? DayRetention,
            MonthRetention = said.Months ?? MonthRetention,
            Dimensions = said.Dimensions ?? Dimensions,
            Tags = said.Tags ?? Tags,
            Aggregates = said.Aggregates ?? Aggregates,
            LiveSessions = said.LiveSessions ?? LiveSessions,
        };
}
