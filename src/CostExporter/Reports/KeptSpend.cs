namespace LlmTelemetry.CostExporter;

/// <summary>What the ledger still knows: how far back each kind of row reaches, and what rows are apart by. Where a report falls short of it, it must say so.</summary>
internal sealed class KeptSpend(TimeZoneInfo timeZone, TimeProvider time, StoreKeeps? keeps)
{
    /// <summary>The first hour that is still kept.</summary>
    public DateTimeOffset FirstHour => new[]
    {
        Since(keeps?.Hours) is { } since ? since.AddTicks(-(since.UtcTicks % TimeSpan.TicksPerHour)) : DateTimeOffset.MinValue,
        keeps?.HoursFrom ?? DateTimeOffset.MinValue,
    }.Max();

    /// <summary>How long hours are kept; null: for ever.</summary>
    public TimeSpan? Hours => keeps?.Hours;

    /// <summary>The first day of a zone of which every hour is still kept.</summary>
    public DateOnly FirstDayOfHours(TimeZoneInfo zone)
    {
        var first = FirstHour;
        if (first == DateTimeOffset.MinValue)
        {
            return DateOnly.MinValue;
        }

        var day = ReportPlan.DayOf(first, zone);
        while (ReportPlan.StartOf(day, zone) < first)
        {
            day = day.AddDays(1);
        }

        return day;
    }

    /// <summary>The first day of which the rows of a grain are still kept: a day's or a month's.</summary>
    public DateOnly First(SpendGrain grain)
    {
        var pruned = (grain == SpendGrain.Month ? keeps?.MonthsFrom : keeps?.DaysFrom) is { } from ? DateOnly.FromDateTime(from.UtcDateTime) : DateOnly.MinValue;
        if (Since(Retention(grain)) is not { } since)
        {
            return pruned;
        }

        // A period is kept until its end is that old.
        var day = ReportPlan.DayOf(since, timeZone);
        day = grain == SpendGrain.Month ? day.AddDays(1 - day.Day) : day;
        return day > pruned ? day : pruned;
    }

    /// <summary>How long the rows of a grain are kept; null: for ever.</summary>
    public TimeSpan? Retention(SpendGrain grain) => grain switch
    {
        SpendGrain.Hour => keeps?.Hours,
        SpendGrain.Day => keeps?.Days,
        _ => keeps?.Months,
    };

    public bool Has(SpendDimension dimension) => dimension == SpendDimension.Day || keeps?.Dimensions?.Contains(dimension) != false;

    public bool HasTag(string tag) => keeps?.Tags?.Contains(tag) != false;

    /// <summary>
    /// The dimension's value. What rows say by saying nothing (a chat, a completed call) they say only where the dimension is kept: else nobody knows.
    /// </summary>
    public string? Of(SpendDimension dimension, in SpendKey key)
    {
        var value = dimension.Of(in key);
        return Has(dimension) || !dimension.HasUsual() || value != dimension.Of(default) ? value : null;
    }

    // Null: all that there ever was.
    private DateTimeOffset? Since(TimeSpan? retention)
    {
        var now = time.GetUtcNow();
        return retention is { } kept && kept < now - DateTimeOffset.MinValue.AddDays(40) ? now - kept : null;
    }
}
