using System.Globalization;

namespace LlmTelemetry.CostExporter;

/// <summary>What a store says of itself, and whether this exporter may write to it.</summary>
internal static class StoreIdentity
{
    /// <summary>Goes up when what is stored changes in a way that older versions cannot read.</summary>
    public const string Schema = "1";

    public const string SchemaName = "schema";
    public const string TimeZoneName = "time_zone";

    /// <summary>Seconds that hour rows are kept. Not compared: the exporter that opened the store last says it, and readers go by it.</summary>
    public const string HourRetentionName = "hour_retention";

    public static void Check(string store, string? schema, string? timeZone, TimeZoneInfo configured)
    {
        if (schema != Schema)
        {
            throw new SpendStoreMismatchException(
                $"{store} is of schema '{schema}', this version of LlmTelemetry reads and writes schema '{Schema}'. Use the version that wrote it, or another store.");
        }

        if (!IsSame(timeZone, configured))
        {
            throw new SpendStoreMismatchException(
                $"{store} keeps days of the time zone '{timeZone}', but '{configured.Id}' is configured. Configure '{timeZone}', or use another store: one store has one zone.",
                timeZone);
        }
    }

    /// <summary>The retention that a store's settings say; null where an earlier version wrote them.</summary>
    public static TimeSpan? HourRetention(string? stored) =>
        long.TryParse(stored, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds <= TimeSpan.MaxValue.TotalSeconds ? TimeSpan.FromSeconds(seconds) : null;

    // Another name of the same rules (Etc/UTC for UTC) makes the same days.
    private static bool IsSame(string? stored, TimeZoneInfo configured) =>
        stored == configured.Id
        || (stored is not null && TimeZoneInfo.TryFindSystemTimeZoneById(stored, out var zone) && zone.HasSameRules(configured) && zone.BaseUtcOffset == configured.BaseUtcOffset);
}
