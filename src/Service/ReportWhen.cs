using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;
using LlmTelemetry.CostExporter;

namespace LlmTelemetry.Service;

/// <summary>The options of <c>report</c> that say what time it is of: one way of saying it at a time.</summary>
internal sealed class ReportWhen
{
    private const int MonthsInYear = 12;
    private const int DaysInWeek = 7;

    private readonly Option<DateOnly?> _from = new("--from") { Description = "First day, as 2026-11-01 (default: the first of this month).", CustomParser = ReportArguments.Day, HelpName = "day" };

    private readonly Option<DateOnly?> _to = new("--to") { Description = "Last day, inclusive (default: today).", CustomParser = ReportArguments.Day, HelpName = "day" };

    private readonly Option<bool> _today = new("--today") { Description = "This day, so far." };

    private readonly Option<DateOnly?> _month = new("--month")
    {
        Description = "A month, as 2026-10; without one this month, so far.",
        CustomParser = result => Date(result, "yyyy-MM", "'{0}' is not a month: write it as 2026-10."),
        Arity = ArgumentArity.ZeroOrOne,
        HelpName = "month",
    };

    private readonly Option<DateOnly?> _year = new("--year")
    {
        Description = "A year, as 2026; without one this year, so far.",
        CustomParser = result => Date(result, "yyyy", "'{0}' is not a year: write it as 2026."),
        Arity = ArgumentArity.ZeroOrOne,
        HelpName = "year",
    };

    private readonly Option<ReportSpan?> _last = new("--last")
    {
        Description = "The time up to now: 24h, 7d, 4w, 3mo or 1y. By whole hours as far back as hours are kept, else by whole days; the heading says since when.",
        CustomParser = Span,
        HelpName = "time",
    };

    public IReadOnlyList<Option> Options => [_from, _to, _today, _month, _year, _last];

    public bool IsSaid(ParseResult arguments) => Options.Any(option => IsGiven(arguments, option));

    /// <summary>Whether it is of a period, which may not be over.</summary>
    public bool IsCurrent(ParseResult arguments) => Options.Any(option => option != _from && option != _to && IsGiven(arguments, option));

    /// <summary>Whether the first day is nobody's choice: then it is the first that can be answered.</summary>
    public bool IsOpen(ParseResult arguments) => !Options.Any(option => option != _to && IsGiven(arguments, option));

    /// <exception cref="ArgumentException">Two of them say different things.</exception>
    public void Check(ParseResult arguments)
    {
        var given = Options.Where(option => IsGiven(arguments, option)).ToArray();
        if (given.Length > 1 && !given.All(option => option == _from || option == _to))
        {
            throw new ArgumentException($"{given[0].Name} and {given[^1].Name} both say what time the report is of: give one of --today, --month, --year and --last, or --from and --to.");
        }
    }

    public UsageReportQuery Query(ParseResult arguments, UsageReports reports, TimeZoneInfo? zone)
    {
        if (arguments.GetValue(_today))
        {
            return reports.ThisDay(zone);
        }

        if (IsGiven(arguments, _month))
        {
            return arguments.GetValue(_month) is { } month ? OfMonth(month, zone) : reports.ThisMonth(zone);
        }

        if (IsGiven(arguments, _year))
        {
            return arguments.GetValue(_year) is { } year ? OfYear(year, zone) : reports.ThisYear(zone);
        }

        return arguments.GetValue(_last) is { } last ? Last(last, reports, zone) : Days(arguments.GetValue(_from), arguments.GetValue(_to), reports, zone);
    }

    public static UsageReportQuery OfMonth(DateOnly month, TimeZoneInfo? zone) => Range(month, month.AddDays(DateTime.DaysInMonth(month.Year, month.Month) - 1), zone);

    public static UsageReportQuery OfYear(DateOnly year, TimeZoneInfo? zone) => Range(year, new DateOnly(year.Year, MonthsInYear, 31), zone);

    /// <summary>The time up to now.</summary>
    public static UsageReportQuery Last(ReportSpan last, UsageReports reports, TimeZoneInfo? zone)
    {
        var today = reports.TodayIn(zone ?? reports.TimeZone);
        return last.Time is { } span ? reports.Last(span, zone) : Range(today.AddMonths(-last.Months), today, zone);
    }

    /// <summary>From a day to a day: from the first of the last one's month, to today.</summary>
    public static UsageReportQuery Days(DateOnly? from, DateOnly? to, UsageReports reports, TimeZoneInfo? zone)
    {
        var today = reports.TodayIn(zone ?? reports.TimeZone);
        to ??= from > today ? from : today;
        return Range(from ?? new DateOnly(to.Value.Year, to.Value.Month, 1), to.Value, zone);
    }

    /// <summary>A query of which nobody said from when: what is still known, and the answer says since when that is.</summary>
    public static UsageReportQuery Reachable(UsageReportQuery query, UsageReports reports)
    {
        var isOfHours = query.IsOfHours || (query.TimeZone is { } zone && !reports.IsOwn(zone));
        return isOfHours && reports.FirstDayOfHoursIn(query.TimeZone ?? reports.TimeZone) is var first && first > query.From && first <= query.To ? query with { From = first } : query;
    }

    /// <summary>A time up to now, as <c>7d</c>; null: it is none.</summary>
    public static ReportSpan? FindSpan(string text)
    {
        var digits = text.TakeWhile(char.IsAsciiDigit).Count();
        if (!int.TryParse(text.AsSpan(0, digits), NumberStyles.None, CultureInfo.InvariantCulture, out var count) || count is < 1 or > 100_000)
        {
            return null;
        }

        return text[digits..] switch
        {
            "h" => new ReportSpan(TimeSpan.FromHours(count), 0),
            "d" => new ReportSpan(TimeSpan.FromDays(count), 0),
            "w" when count <= 10_000 => new ReportSpan(TimeSpan.FromDays(count * DaysInWeek), 0),
            "mo" when count <= 12_000 => new ReportSpan(null, count),
            "y" when count <= 1_000 => new ReportSpan(null, count * MonthsInYear),
            _ => null,
        };
    }

    private static UsageReportQuery Range(DateOnly first, DateOnly last, TimeZoneInfo? zone) => new() { From = first, To = last, TimeZone = zone };

    private static bool IsGiven(ParseResult arguments, Option option) => arguments.GetResult(option) is { Implicit: false };

    private static DateOnly? Date(ArgumentResult result, string format, string wrong)
    {
        if (result.Tokens.Count == 0)
        {
            return null;
        }

        var text = result.Tokens[^1].Value;
        if (DateOnly.TryParseExact(text, format, CultureInfo.InvariantCulture, DateTimeStyles.None, out var date))
        {
            return date;
        }

        result.AddError(string.Format(CultureInfo.InvariantCulture, wrong, text));
        return null;
    }

    private static ReportSpan? Span(ArgumentResult result)
    {
        var text = result.Tokens[^1].Value;
        if (FindSpan(text) is { } span)
        {
            return span;
        }

        result.AddError($"'{text}' is not a time: write it as 24h, 7d, 4w, 3mo or 1y. An hour is the least that is kept apart.");
        return null;
    }
}

/// <summary>How long a time up to now is.</summary>
/// <param name="Time">Null: months.</param>
/// <param name="Months">How many.</param>
internal sealed record ReportSpan(TimeSpan? Time, int Months);
