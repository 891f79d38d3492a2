using System.Globalization;

namespace LlmTelemetry.CostExporter;

/// <summary>Which part of a period is compared with which part of the one before it.</summary>
/// <param name="Current">The part of the period.</param>
/// <param name="Previous">The part of the one before.</param>
/// <param name="Basis">What they are, in words.</param>
internal sealed record TrendPlan(TrendSpan Current, TrendSpan Previous, string Basis)
{
    /// <exception cref="ArgumentException">The period has not begun, or none is before it.</exception>
    public static TrendPlan Of(DateOnly from, DateOnly to, DateTimeOffset now, DateOnly firstDayOfHours, TimeZoneInfo zone)
    {
        var local = TimeZoneInfo.ConvertTime(now, zone);
        var today = DateOnly.FromDateTime(local.DateTime);
        if (from > today)
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{from:yyyy-MM-dd} has not come yet: there is nothing to compare."));
        }

        var (previousFrom, previousTo) = Before(from, to);
        if (to < today)
        {
            return new TrendPlan(new(from, to), new(previousFrom, previousTo), "The whole periods are compared.");
        }

        var over = today.DayNumber - from.DayNumber;
        if (over > previousTo.DayNumber - previousFrom.DayNumber)
        {
            // A longer month is past the end of the one before.
            var last = from.AddDays(previousTo.DayNumber - previousFrom.DayNumber);
            return new TrendPlan(new(from, last), new(previousFrom, previousTo), "The period before is shorter: as many days of this one are compared with it.");
        }

        var counterpart = previousFrom.AddDays(over);
        var hour = now.AddTicks(-(now.UtcTicks % TimeSpan.TicksPerHour)).ToUniversalTime();
        if (counterpart >= firstDayOfHours && hour > ReportPlan.StartOf(today, zone, latest: false))
        {
            return new TrendPlan(new(from, today, hour), new(previousFrom, counterpart, SameTime(hour, counterpart, zone)), "Both until the same time of the clock, in whole hours: the period is not over.");
        }

        return over == 0
            ? new TrendPlan(new(from, from.AddDays(-1)), new(previousFrom, previousFrom.AddDays(-1)), "Nothing can be compared yet: no day of the period is over, and its hours, or those of the day before it, are not there.")
            : new TrendPlan(new(from, today.AddDays(-1)), new(previousFrom, counterpart.AddDays(-1)), "The finished days of both are compared: the period is not over, and the hours of the one before are not kept any more.");
    }

    private static (DateOnly From, DateOnly To) Before(DateOnly from, DateOnly to)
    {
        var days = to.DayNumber - from.DayNumber + 1;
        var isWholeMonths = from.Day == 1 && to.Day == DateTime.DaysInMonth(to.Year, to.Month);
        var months = ((to.Year - from.Year) * 12) + to.Month - from.Month + 1;
        if (from.DayNumber < days || (isWholeMonths && from.Year <= (months / 12) + 1))
        {
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"There is no period before {from:yyyy-MM-dd} that is as long."));
        }

        return (isWholeMonths ? from.AddMonths(-months) : from.AddDays(-days), from.AddDays(-1));
    }

    // Where clocks were changed by half an hour in between, the hour that it lies in is left out as a whole.
    private static DateTimeOffset SameTime(DateTimeOffset hour, DateOnly day, TimeZoneInfo zone)
    {
        var time = day.ToDateTime(TimeOnly.FromDateTime(TimeZoneInfo.ConvertTime(hour, zone).DateTime));
        var at = new DateTimeOffset(DateTime.SpecifyKind(time, DateTimeKind.Utc)) - zone.GetUtcOffset(time);
        return at.AddTicks(-(at.UtcTicks % TimeSpan.TicksPerHour));
    }
}

/// <summary>Some days; of the last one, where <paramref name="Until"/> says so, only the hours before that.</summary>
internal sealed record TrendSpan(DateOnly From, DateOnly To, DateTimeOffset? Until = null)
{
    public bool IsEmpty => To < From;
}
