using System.CommandLine;

namespace LlmTelemetry.Service;

/// <summary>The period of <c>trend</c> and <c>insights</c>: this month, unless something else is said.</summary>
internal sealed class PeriodOptions
{
    public Option<DateOnly?> From { get; } = new("--from") { Description = "First day, as 2026-11-01 (default: the first of this month).", CustomParser = ReportArguments.Day, HelpName = "day" };

    public Option<DateOnly?> To { get; } = new("--to") { Description = "Last day, inclusive (default: the last of this month; with --from: today).", CustomParser = ReportArguments.Day, HelpName = "day" };

    public (DateOnly From, DateOnly To) Read(ParseResult arguments, DateOnly today) => Read(arguments.GetValue(From), arguments.GetValue(To), today);

    /// <summary>The same of days from elsewhere.</summary>
    public static (DateOnly From, DateOnly To) Read(DateOnly? first, DateOnly? last, DateOnly today) => (first, last) switch
    {
        (null, null) => (new DateOnly(today.Year, today.Month, 1), new DateOnly(today.Year, today.Month, DateTime.DaysInMonth(today.Year, today.Month))),
        ({ } from, null) => (from, from > today ? from : today),
        (null, { } to) => (new DateOnly(to.Year, to.Month, 1), to),
        ({ } from, { } to) => (from, to),
    };
}
