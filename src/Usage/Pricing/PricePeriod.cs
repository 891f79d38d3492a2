namespace LlmTelemetry.Usage;

/// <summary>When a price set holds: from a day on, at some hours of the day, on some days of the week; all in UTC. The default always holds.</summary>
/// <param name="From">The first moment.</param>
/// <param name="Daily">The time of day, half-open; past midnight where it ends before it starts. Null: all day.</param>
/// <param name="Weekdays">Bit n is <see cref="DayOfWeek"/> n. 0: every day.</param>
internal readonly record struct PricePeriod(DateTimeOffset From, (TimeSpan Start, TimeSpan End)? Daily, int Weekdays)
{
    public bool Contains(DateTimeOffset when)
    {
        if (when < From)
        {
            return false;
        }

        var utc = when.UtcDateTime;
        if (Weekdays != 0 && (Weekdays >> (int)utc.DayOfWeek & 1) == 0)
        {
            return false;
        }

        return Daily is not { } daily || IsWithin(utc.TimeOfDay, daily.Start, daily.End);
    }

    private static bool IsWithin(TimeSpan time, TimeSpan start, TimeSpan end) =>
        start <= end ? time >= start && time < end : time >= start || time < end;
}
