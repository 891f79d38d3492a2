using System.Globalization;

namespace LlmTelemetry.CostExporter;

/// <summary>What time a report is of: whole days of a zone, or whole hours.</summary>
public sealed record ReportPeriod
{
    private const int ShareDecimals = 6;

    internal ReportPeriod(DateOnly from, DateOnly to, TimeZoneInfo zone, DateTimeOffset start, DateTimeOffset end, DateTimeOffset now, bool isOfHours)
    {
        (From, To, TimeZone, IsOfHours) = (from, to, zone, isOfHours);
        (Start, End) = (TimeZoneInfo.ConvertTime(start, zone), TimeZoneInfo.ConvertTime(end, zone));
        Elapsed = now >= end ? 1 : now <= start ? 0 : Math.Round((decimal)(now - start).Ticks / (end - start).Ticks, ShareDecimals, MidpointRounding.ToEven);
    }

    /// <summary>The first day; of hours: the day that the first one begins in.</summary>
    public DateOnly From { get; }

    /// <summary>The last day, inclusive; of hours: the day that the last one ends in.</summary>
    public DateOnly To { get; }

    /// <summary>The zone whose days these are.</summary>
    public TimeZoneInfo TimeZone { get; }

    /// <summary>The moment it begins, in the time of <see cref="TimeZone"/>. Where clocks leave midnight out, the first one of the day.</summary>
    public DateTimeOffset Start { get; }

    /// <summary>The moment it ends, exclusive, in the time of <see cref="TimeZone"/>.</summary>
    public DateTimeOffset End { get; }

    /// <summary>Whether it is of whole UTC hours from <see cref="Start"/> to <see cref="End"/>, and not of whole days.</summary>
    public bool IsOfHours { get; }

    /// <summary>How much of it has passed, from 0 to 1, to the millionth. Below 1 the figures are those so far.</summary>
    public decimal Elapsed { get; }

    /// <summary>As a heading says it, in the zone's time.</summary>
    public override string ToString() => IsOfHours
        ? string.Create(CultureInfo.InvariantCulture, $"{Start:yyyy-MM-dd HH:mm} to {End:yyyy-MM-dd HH:mm} ({TimeZone.Id})")
        : string.Create(CultureInfo.InvariantCulture, $"{From:yyyy-MM-dd} to {To:yyyy-MM-dd} ({TimeZone.Id})");
}
