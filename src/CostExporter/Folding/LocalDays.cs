namespace LlmTelemetry.CostExporter;

/// <summary>Which UTC hour and which day of a zone a moment lies in. Thread-safe; converts once an hour where the whole hour lies in one day.</summary>
internal sealed class LocalDays(TimeZoneInfo zone)
{
    // A clock gone wrong must not make a period that nothing comes after: its end is worked out, and the batch that it is in would stop all behind it.
    private static readonly DateTimeOffset Latest = new(9998, 12, 1, 0, 0, 0, TimeSpan.Zero);

    // By the hour's lowest bits: around the full hour calls of two hours come in turns. Entries are immutable and replaced as a whole.
    private readonly Entry?[] _recent = new Entry?[8];

    public (long Hour, DateOnly Day) Of(DateTimeOffset at)
    {
        at = at > Latest ? Latest : at;
        var ticks = at.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks;
        var hour = ticks / TimeSpan.TicksPerHour;
        if (ticks < 0 && ticks % TimeSpan.TicksPerHour != 0)
        {
            hour--;
        }

        ref var slot = ref _recent[hour & (_recent.Length - 1)];
        var entry = Volatile.Read(ref slot);
        if (entry is null || entry.Hour != hour)
        {
            entry = Look(hour);
            Volatile.Write(ref slot, entry);
        }

        return (hour, entry.Whole ? entry.Day : DayOf(at));
    }

    /// <summary>Whether the UTC hour that begins then lies in one day of the zone.</summary>
    public bool IsWhole(DateTimeOffset hour) => Look((hour.UtcTicks - DateTimeOffset.UnixEpoch.UtcTicks) / TimeSpan.TicksPerHour).Whole;

    private Entry Look(long hour)
    {
        var start = DateTimeOffset.UnixEpoch.AddTicks(hour * TimeSpan.TicksPerHour);
        var last = start.AddTicks(TimeSpan.TicksPerHour - 1);
        var day = DayOf(start);

        // The same day at both ends is not enough: where clocks go back just after midnight, the hour touches the next day in between.
        return new Entry(hour, day, day == DayOf(last) && zone.GetUtcOffset(start) == zone.GetUtcOffset(last));
    }

    private DateOnly DayOf(DateTimeOffset at) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(at, zone).DateTime);

    private sealed record Entry(long Hour, DateOnly Day, bool Whole);
}
