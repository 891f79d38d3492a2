namespace LlmTelemetry.Usage;

/// <summary>When a price set holds: from a day on, at some hours of the day, or both; in UTC. The default always holds.</summary>
/// <param name="From">The first moment.</param>
/// <param name="Daily">The time of day, half-open; past midnight where it ends before it starts. Null: all day.</param>
internal readonly record struct PricePeriod(DateTimeOffset From, (TimeSpan Start, TimeSpan End)? Daily)
{
    public bool Contains(DateTimeOffset when) =>
        when >= From && (Daily is not { } daily || IsWithin(when.UtcDateTime.TimeOfDay, daily.Start, daily.End));

    private static bool IsWithin(TimeSpan time, TimeSpan start, TimeSpan end) =>
        start <= end ? time >= start && time < end : time >= start || time < end;
}
