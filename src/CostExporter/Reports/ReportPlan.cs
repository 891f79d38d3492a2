namespace LlmTelemetry.CostExporter;

/// <summary>Which rows of the store answer a range of days: months where they are whole and no day is asked for, days for the rest.</summary>
internal static class ReportPlan
{
    // No zone is further from UTC than this.
    private static readonly TimeSpan MostOff = TimeSpan.FromHours(14);

    public static IReadOnlyList<SpendRead> Reads(DateOnly from, DateOnly to, bool byDay, IReadOnlySet<SpendDimension> by, IReadOnlyCollection<string>? tags = null)
    {
        var firstMonth = from.Day == 1 ? MonthOf(from) : MonthOf(from) + 1;
        var lastMonth = to.Day == DateTime.DaysInMonth(to.Year, to.Month) ? MonthOf(to) : MonthOf(to) - 1;
        if (byDay || firstMonth > lastMonth)
        {
            return [Read(SpendGrain.Day, from, to, by, tags)];
        }

        List<SpendRead> reads = [Read(SpendGrain.Month, FirstDay(firstMonth), FirstDay(lastMonth), by, tags)];
        if (MonthOf(from) < firstMonth)
        {
            reads.Add(Read(SpendGrain.Day, from, FirstDay(firstMonth).AddDays(-1), by, tags));
        }

        if (MonthOf(to) > lastMonth)
        {
            reads.Add(Read(SpendGrain.Day, FirstDay(lastMonth + 1), to, by, tags));
        }

        return reads;
    }

    /// <summary>
    /// The hours of a range of days. The first and the last may also lie in the days beside it, and where clocks were put forward or back at
    /// midnight so may one more: the reader looks at each hour's day.
    /// </summary>
    public static SpendRead Hours(DateOnly from, DateOnly to, TimeZoneInfo zone, IReadOnlySet<SpendDimension> by, IReadOnlyCollection<string> tags)
    {
        var first = StartOf(from, zone, latest: false);
        var last = to == DateOnly.MaxValue ? DateTimeOffset.MaxValue : StartOf(to.AddDays(1), zone, latest: true).AddTicks(-1);
        return new SpendRead(SpendGrain.Hour, HourOf(first), HourOf(last), by, tags);
    }

    /// <summary>When a day of a zone begins: the earliest or the latest moment where its midnight is in doubt.</summary>
    public static DateTimeOffset StartOf(DateOnly day, TimeZoneInfo zone, bool latest)
    {
        var midnight = Midnight(day);
        if (midnight - DateTimeOffset.MinValue <= MostOff || DateTimeOffset.MaxValue - midnight <= MostOff)
        {
            return midnight;
        }

        var (before, after) = (zone.GetUtcOffset(midnight - MostOff), zone.GetUtcOffset(midnight + MostOff));
        return midnight - ((before > after) == latest ? after : before);
    }

    /// <summary>The first moment of a day of a zone; of a day that was left out: of the one behind it.</summary>
    public static DateTimeOffset StartOf(DateOnly day, TimeZoneInfo zone)
    {
        var first = StartOf(day, zone, latest: false);
        return DayOf(first, zone) >= day ? first : StartOf(day, zone, latest: true);
    }

    /// <summary>The first moment behind a day of a zone.</summary>
    public static DateTimeOffset EndOf(DateOnly day, TimeZoneInfo zone) => day == DateOnly.MaxValue ? DateTimeOffset.MaxValue : StartOf(day.AddDays(1), zone);

    /// <summary>The day of a zone that a moment lies in.</summary>
    public static DateOnly DayOf(DateTimeOffset time, TimeZoneInfo zone) => DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(time, zone).DateTime);

    /// <summary>The UTC hour that a moment lies in.</summary>
    public static DateTimeOffset HourOf(DateTimeOffset time) => new(time.UtcTicks - (time.UtcTicks % TimeSpan.TicksPerHour), TimeSpan.Zero);

    private static int MonthOf(DateOnly day) => (day.Year * 12) + day.Month - 1;

    private static DateOnly FirstDay(int month) => new(month / 12, (month % 12) + 1, 1);

    private static SpendRead Read(SpendGrain grain, DateOnly from, DateOnly to, IReadOnlySet<SpendDimension> by, IReadOnlyCollection<string>? tags) =>
        new(grain, Midnight(from), Midnight(to), by, tags);

    private static DateTimeOffset Midnight(DateOnly day) => new(day, TimeOnly.MinValue, TimeSpan.Zero);
}
