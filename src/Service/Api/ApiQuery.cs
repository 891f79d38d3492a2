using System.Globalization;
using LlmTelemetry.CostExporter;

namespace LlmTelemetry.Service;

/// <summary>The parameters of a request, read as the command line reads its options. What is wrong with one names it: <see cref="ApiArgumentException"/>.</summary>
internal sealed class ApiQuery
{
    private readonly IQueryCollection _query;

    /// <param name="request">The request.</param>
    /// <param name="known">All that the endpoint knows.</param>
    public ApiQuery(HttpRequest request, IReadOnlyList<ApiParameter> known)
    {
        _query = request.Query;
        foreach (var (name, values) in _query)
        {
            var parameter = known.FirstOrDefault(one => one.IsTag ? SpendDimensions.FindTag(name) is not null : one.Name == name)
                ?? throw new ApiArgumentException(name, $"'{name}' is not known here: {string.Join(", ", known.Select(one => one.Name))} are.");
            if (values.Count > 1 && !parameter.Repeats)
            {
                throw new ApiArgumentException(name, $"{name} is there {values.Count.ToString(CultureInfo.InvariantCulture)} times: say it once.");
            }
        }
    }

    /// <summary>The value of a parameter; null where it is not there.</summary>
    public string? One(string name) => _query.TryGetValue(name, out var values) ? values.ToString() : null;

    /// <summary>What a reader of the command line makes of a parameter; the default where it is not there.</summary>
    public T? Read<T>(string name, Func<string, Action<string>, T> read) => One(name) is { } text ? Read(name, problem => read(text, problem)) : default;

    public bool? Flag(string name) => One(name) switch
    {
        null => null,
        "true" => true,
        "false" => false,
        var text => throw new ApiArgumentException(name, $"'{text}' is neither true nor false."),
    };

    /// <summary>A number from 1 to the most; null where it is not there.</summary>
    public int? Count(string name, int most) => One(name) switch
    {
        null => null,
        var text when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count >= 1 && count <= most => count,
        var text => throw new ApiArgumentException(name, $"'{text}' is no {name}: write a whole number from 1 to {most.ToString(CultureInfo.InvariantCulture)}."),
    };

    /// <summary>One of some words; the first where it is not there.</summary>
    public string Word(string name, params string[] words) => One(name) is not { } text ? words[0]
        : words.Contains(text, StringComparer.Ordinal) ? text
        : throw new ApiArgumentException(name, $"'{text}' is no {name}: use {string.Join(" or ", words)}.");

    public ReportColumns Columns() => _query.TryGetValue(ApiParameter.By, out var values)
        ? Read(ApiParameter.By, problem => ReportArguments.Columns(values!, problem))
        : new ReportColumns([], []);

    /// <summary>Which calls; of a caller who sees one tenant only, that tenant's.</summary>
    /// <exception cref="ApiProblem">The caller asks for another tenant.</exception>
    public ReportFilters Filters(ApiCaller caller)
    {
        List<string> texts = [];
        foreach (var (name, values) in _query)
        {
            if (name is ApiParameter.Where or ApiParameter.Success || SpendDimensions.FindTag(name) is not null || (SpendDimensions.Find(name) is { } dimension && SpendDimensions.Kept.Contains(dimension)))
            {
                string[] own = [.. name == ApiParameter.Where ? values! : values.Select(value => $"{name}={value}")];
                _ = Read(name, problem => ReportArguments.Filters(own, text => problem(own.Any(IsOfDay) ? "Days are chosen with from and to, or with period." : text)));
                texts.AddRange(own);
            }
        }

        var filters = Read(ApiParameter.Where, problem => ReportArguments.Filters(texts, problem));
        return filters with { Where = caller.Within(filters.Where) };
    }

    /// <summary>The time that was asked for; null where nothing is said of it.</summary>
    public UsageReportQuery? Period(UsageReports reports, TimeZoneInfo? zone = null)
    {
        var (from, to) = (Read(ApiParameter.From, ReportArguments.Day), Read(ApiParameter.To, ReportArguments.Day));
        if (One(ApiParameter.Period) is not { } text)
        {
            return from is null && to is null ? null : ReportWhen.Days(from, to, reports, zone);
        }

        if (from is not null || to is not null)
        {
            throw new ApiArgumentException(ApiParameter.Period, "period and from or to both say which time: give one of them.");
        }

        return text switch
        {
            "today" => reports.ThisDay(zone),
            "month" => reports.ThisMonth(zone),
            "year" => reports.ThisYear(zone),
            _ when Date(text, "yyyy-MM-dd") is { } day => ReportWhen.Days(day, day, reports, zone),
            _ when Date(text, "yyyy-MM") is { } month => ReportWhen.OfMonth(month, zone),
            _ when Date(text, "yyyy") is { } year => ReportWhen.OfYear(year, zone),
            _ when ReportWhen.FindSpan(text) is { } span => ReportWhen.Last(span, reports, zone),
            _ => throw new ApiArgumentException(ApiParameter.Period, $"'{text}' is no period: write it as today, month, year, 2026-11-22, 2026-10, 2026, 24h, 7d, 4w, 3mo or 1y."),
        };
    }

    private static T Read<T>(string name, Func<Action<string>, T> read)
    {
        string? problem = null;
        var value = read(text => problem ??= text);
        return problem is null ? value : throw new ApiArgumentException(name, problem);
    }

    private static bool IsOfDay(string filter) => filter.StartsWith(SpendDimension.Day.Name() + "=", StringComparison.OrdinalIgnoreCase);

    private static DateOnly? Date(string text, string format) => DateOnly.TryParseExact(text, format, CultureInfo.InvariantCulture, DateTimeStyles.None, out var date) ? date : null;
}
