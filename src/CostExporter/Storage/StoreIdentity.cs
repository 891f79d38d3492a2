using System.Globalization;

namespace LlmTelemetry.CostExporter;

/// <summary>What a store says of itself, and whether this exporter may write to it.</summary>
internal static class StoreIdentity
{
    /// <summary>Goes up when what is stored changes in a way that older versions cannot read, or must not write any more.</summary>
    public const string Schema = "2";

    /// <summary>Of versions that kept neither sums by model and by feature, nor lists of what costs the most. It can be read; a writer raises it.</summary>
    public const string EarlierSchema = "1";

    /// <summary>The first day whose sums and lists are whole, where an earlier version wrote before; not there: every day's are.</summary>
    public const string ListsSinceName = "lists_since";

    public const string SchemaName = "schema";
    public const string TimeZoneName = "time_zone";

    /// <summary>Seconds that hour rows are kept. Not compared: the exporter that opened the store last says it, and readers go by it.</summary>
    public const string HourRetentionName = "hour_retention";

    private const string Off = "0";
    private const string DayFormat = "yyyyMMdd";
    private const string DayRetentionName = "day_retention";
    private const string MonthRetentionName = "month_retention";
    private const string DimensionsName = "dimensions";
    private const string TagsName = "tags";
    private const string AggregatesName = "aggregates";
    private const string LiveSessionsName = "live_sessions";

    /// <summary>Names of all that <see cref="Keeps"/> reads.</summary>
    public static readonly string[] KeepsNames =
        [HourRetentionName, DayRetentionName, MonthRetentionName, DimensionsName, TagsName, AggregatesName, LiveSessionsName, PrunedName(SpendGrain.Hour), PrunedName(SpendGrain.Day), PrunedName(SpendGrain.Month)];

    /// <summary>Where it is written, in Unix seconds, which period is the first of a grain that was not pruned. Exporters do not say it.</summary>
    public static string PrunedName(SpendGrain grain) => grain switch
    {
        SpendGrain.Hour => "hours_from",
        SpendGrain.Day => "days_from",
        _ => "months_from",
    };

    /// <summary>What is kept, as exporters write it beside schema and zone, in the order in which <see cref="KeepsNames"/> begins.</summary>
    public static string[] Said(StoreKeeps keeps) =>
    [
        Seconds(keeps.Hours), Seconds(keeps.Days), Seconds(keeps.Months),
        List((keeps.Dimensions ?? SpendDimensions.Kept).Order().Select(dimension => dimension.Name())), List(keeps.Tags ?? []),
        Text(keeps.Aggregates ?? true), Text(keeps.LiveSessions ?? true),
    ];

    /// <param name="stored">What is written, in the order of <see cref="KeepsNames"/>; null: nothing, as by an earlier version.</param>
    public static StoreKeeps Keeps(IReadOnlyList<string?> stored) => new(
        HourRetention(stored[0]),
        HourRetention(stored[1]),
        HourRetention(stored[2]),
        stored[3]?.Split(',').Select(SpendDimensions.Find).OfType<SpendDimension>().ToHashSet(),
        stored[4]?.Split(',', StringSplitOptions.RemoveEmptyEntries),
        stored[5] is { } aggregates ? aggregates != Off : null,
        stored[6] is { } sessions ? sessions != Off : null,
        From(stored[7]),
        From(stored[8]),
        From(stored[9]));

    public static void Check(string store, string? schema, string? timeZone, TimeZoneInfo configured, bool readOnly)
    {
        if (schema != Schema && !(readOnly && schema == EarlierSchema))
        {
            throw new SpendStoreMismatchException(
                $"{store} is of schema '{schema}', this version of LlmTelemetry reads schemas '{EarlierSchema}' and '{Schema}' and writes '{Schema}'. Use the version that wrote it, or another store.");
        }

        if (!IsSame(timeZone, configured))
        {
            throw new SpendStoreMismatchException(
                $"{store} keeps days of the time zone '{timeZone}', but '{configured.Id}' is configured. Configure '{timeZone}', or use another store: one store has one zone.",
                timeZone);
        }
    }

    /// <summary>
    /// What <see cref="ListsSinceName"/> is set to when a store is raised: not the next day, since what earlier versions still run look at the schema once a day.
    /// </summary>
    public static string ListsSince(DateOnly today) => today.AddDays(2).ToString(DayFormat, CultureInfo.InvariantCulture);

    /// <summary>The first day whose sums and lists are whole.</summary>
    public static DateOnly ListsSince(string? schema, string? stored) =>
        schema != Schema ? DateOnly.MaxValue
        : stored is null ? DateOnly.MinValue
        : DateOnly.TryParseExact(stored, DayFormat, CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day : DateOnly.MaxValue;

    private static string Text(bool isOn) => isOn ? "1" : Off;

    /// <summary>The retention that a store's settings say; null where an earlier version wrote them.</summary>
    public static TimeSpan? HourRetention(string? stored) =>
        long.TryParse(stored, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds <= TimeSpan.MaxValue.TotalSeconds ? TimeSpan.FromSeconds(seconds) : null;

    private static DateTimeOffset? From(string? stored) =>
        long.TryParse(stored, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var seconds) ? DateTimeOffset.FromUnixTimeSeconds(seconds) : null;

    private static string Seconds(TimeSpan? kept) => ((long)(kept ?? TimeSpan.MaxValue).TotalSeconds).ToString(CultureInfo.InvariantCulture);

    // With a comma behind each, and one alone where there is none: an empty text may be one that is not there.
    private static string List(IEnumerable<string> names) => string.Join(',', names) + ',';

    // Another name of the same rules (Etc/UTC for UTC) makes the same days.
    private static bool IsSame(string? stored, TimeZoneInfo configured) =>
        stored == configured.Id
        || (stored is not null && TimeZoneInfo.TryFindSystemTimeZoneById(stored, out var zone) && zone.HasSameRules(configured) && zone.BaseUtcOffset == configured.BaseUtcOffset);
}
