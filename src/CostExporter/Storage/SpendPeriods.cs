namespace LlmTelemetry.CostExporter;

/// <summary>Which periods a row belongs to, and how long each is kept. A period is named by its start: a UTC hour, or midnight (offset 0) of its first day.</summary>
internal sealed class SpendPeriods(StoreSettings settings)
{
    public static readonly IReadOnlyList<SpendGrain> Grains = [SpendGrain.Hour, SpendGrain.Day, SpendGrain.Month];

    private readonly LocalDays _days = new(settings.TimeZone);

    // A caller may ask for all time: rows further ahead than this are nobody's clock skew any more.
    private static readonly TimeSpan Ahead = TimeSpan.FromDays(31);

    public static DateTimeOffset Of(SpendGrain grain, in SpendRow row) => grain switch
    {
        SpendGrain.Hour => DateTimeOffset.UnixEpoch.AddHours(row.Hour),
        SpendGrain.Day => Midnight(row.Day),
        _ => Midnight(new DateOnly(row.Day.Year, row.Day.Month, 1)),
    };

    /// <summary>The row's day, where it is not the one that its hour begins in: only in zones that are off the hour.</summary>
    public DateOnly? LaterDay(in SpendRow row) => _days.Of(Of(SpendGrain.Hour, row)).Day is var first && first != row.Day ? row.Day : null;

    /// <summary>Until when a session is kept to which something is added now.</summary>
    public DateTimeOffset SessionExpiry()
    {
        var now = settings.Time.GetUtcNow();
        return settings.HourRetention < DateTimeOffset.MaxValue - now ? now + settings.HourRetention : DateTimeOffset.MaxValue;
    }

    /// <summary>The first period that has not ended longer ago than it is kept.</summary>
    public DateTimeOffset FirstKept(SpendGrain grain)
    {
        var now = settings.Time.GetUtcNow();
        var retention = Retention(grain);
        return retention < now - DateTimeOffset.MinValue.AddDays(2) ? Containing(grain, now - retention) : DateTimeOffset.MinValue;
    }

    /// <summary>When a period is past its retention. A zone's doubtful midnights (DST) may make it an hour off.</summary>
    public DateTimeOffset Expiry(SpendGrain grain, DateTimeOffset period)
    {
        var end = Next(grain, period);
        if (grain != SpendGrain.Hour)
        {
            end -= settings.TimeZone.GetUtcOffset(DateTime.SpecifyKind(end.DateTime, DateTimeKind.Unspecified));
        }

        var retention = Retention(grain);
        return retention < DateTimeOffset.MaxValue - end ? end + retention : DateTimeOffset.MaxValue;
    }

    /// <summary>The asked periods that may hold rows, in their order.</summary>
    public IEnumerable<DateTimeOffset> Between(SpendRead read)
    {
        var (from, to) = Clip(read);
        for (var period = from; period <= to; period = Next(read.Grain, period))
        {
            yield return period;
        }
    }

    /// <summary>The asked range without what is past its retention or absurdly far ahead.</summary>
    public (DateTimeOffset From, DateTimeOffset To) Clip(SpendRead read)
    {
        var kept = FirstKept(read.Grain);
        var last = Containing(read.Grain, settings.Time.GetUtcNow() + Ahead);
        return (read.From < kept ? kept : read.From, read.To > last ? last : read.To);
    }

    /// <summary>Every period that may hold rows.</summary>
    public IEnumerable<DateTimeOffset> All(SpendGrain grain) => Between(new SpendRead(grain, DateTimeOffset.MinValue, DateTimeOffset.MaxValue, new HashSet<SpendDimension>()));

    /// <summary>The first period that did not end before a day of the zone begins.</summary>
    public DateTimeOffset FirstNotBefore(SpendGrain grain, DateOnly day) =>
        Floor(grain, grain == SpendGrain.Hour ? ReportPlan.StartOf(day, settings.TimeZone, latest: false) : Midnight(day));

    /// <summary>The hours that lie in a day of the zone, wholly or in part.</summary>
    public IEnumerable<DateTimeOffset> HoursOf(DateTimeOffset day)
    {
        var date = DateOnly.FromDateTime(day.UtcDateTime);
        var end = date == DateOnly.MaxValue ? DateTimeOffset.MaxValue : ReportPlan.StartOf(date.AddDays(1), settings.TimeZone, latest: true);
        for (var hour = Floor(SpendGrain.Hour, ReportPlan.StartOf(date, settings.TimeZone, latest: false)); hour < end; hour = hour.AddHours(1))
        {
            yield return hour;
        }
    }

    /// <summary>The days (of the zone) in which a UTC hour lies: one, or two where the zone is off the hour.</summary>
    public IEnumerable<DateTimeOffset> DaysOf(DateTimeOffset hour) =>
        new[] { Containing(SpendGrain.Day, hour), Containing(SpendGrain.Day, hour.AddHours(1).AddTicks(-1)) }.Distinct();

    private static DateTimeOffset Next(SpendGrain grain, DateTimeOffset period) => grain switch
    {
        SpendGrain.Hour => period.AddHours(1),
        SpendGrain.Day => period.AddDays(1),
        _ => period.AddMonths(1),
    };

    private static DateTimeOffset Floor(SpendGrain grain, DateTimeOffset time) => grain switch
    {
        SpendGrain.Hour => new DateTimeOffset(time.Year, time.Month, time.Day, time.Hour, 0, 0, TimeSpan.Zero),
        SpendGrain.Day => new DateTimeOffset(time.Year, time.Month, time.Day, 0, 0, 0, TimeSpan.Zero),
        _ => new DateTimeOffset(time.Year, time.Month, 1, 0, 0, 0, TimeSpan.Zero),
    };

    private static DateTimeOffset Midnight(DateOnly day) => new(day.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);

    private DateTimeOffset Containing(SpendGrain grain, DateTimeOffset instant) =>
        Floor(grain, grain == SpendGrain.Hour ? instant : TimeZoneInfo.ConvertTime(instant, settings.TimeZone));

    private TimeSpan Retention(SpendGrain grain) => grain switch
    {
        SpendGrain.Hour => settings.HourRetention,
        SpendGrain.Day => settings.DayRetention,
        _ => settings.MonthRetention,
    };
}
