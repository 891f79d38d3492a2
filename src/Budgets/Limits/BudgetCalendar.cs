using LlmTelemetry.CostExporter;

namespace LlmTelemetry.Budgets;

/// <summary>The days and months of a zone, as ledgers are told them. Thread-safe; works each period out once.</summary>
internal sealed class BudgetCalendar(TimeZoneInfo zone)
{
    // Immutable, and replaced as a whole.
    private volatile Period? _day;
    private volatile Period? _month;

    public TimeZoneInfo Zone { get; } = zone;

    /// <summary>How a limit's time runs.</summary>
    /// <param name="limit">The limit.</param>
    /// <param name="now">The store's clock, in milliseconds since 1970.</param>
    public LedgerSpan SpanOf(BudgetLimit limit, long now) => limit.Window.Kind switch
    {
        WindowKind.Day => (_day is { } day && day.Has(now) ? day : _day = DayAt(now)).Span,
        WindowKind.Month => (_month is { } month && month.Has(now) ? month : _month = MonthAt(now)).Span,
        WindowKind.Session => new LedgerSpan(limit.Unit == BudgetUnit.SessionSeconds ? SpanKind.SessionAge : SpanKind.Session),
        _ => new LedgerSpan(SpanKind.Sliding, Length: (long)limit.Window.Length.TotalMilliseconds),
    };

    private Period DayAt(long now)
    {
        var day = DateAt(now);
        return Between(day, day.AddDays(1));
    }

    private Period MonthAt(long now)
    {
        var day = DateAt(now);
        var first = new DateOnly(day.Year, day.Month, 1);
        return Between(first, first.AddMonths(1));
    }

    // Where clocks go back across midnight, the first minutes of the next day come before the last of this one: a day begins once.
    private DateOnly DateAt(long now)
    {
        var at = DateTimeOffset.FromUnixTimeMilliseconds(now);
        var day = ReportPlan.DayOf(at, Zone);
        return at < ReportPlan.EndOf(day, Zone) ? day : day.AddDays(1);
    }

    private Period Between(DateOnly first, DateOnly next) =>
        new(ReportPlan.StartOf(first, Zone).ToUnixTimeMilliseconds(), ReportPlan.StartOf(next, Zone).ToUnixTimeMilliseconds());

    private sealed class Period(long start, long end)
    {
        public LedgerSpan Span { get; } = new(SpanKind.Calendar, start, end);

        public bool Has(long now) => now >= start && now < end;
    }
}
