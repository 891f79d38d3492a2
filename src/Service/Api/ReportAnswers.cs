using LlmTelemetry.CostExporter;

namespace LlmTelemetry.Service;

/// <summary>Answers of the ledger's sums: what the verbs of the command line print.</summary>
internal static class ReportAnswers
{
    private const int DefaultTop = 20;
    private const int DefaultBreakdown = 10;
    private const int MostBreakdown = 1_000;

    private static readonly ApiParameter Limit = new(ApiParameter.Limit, "The first so many rows; the others are summed in one row more.");

    public static IReadOnlyList<ApiParameter> OfStatistics { get; } = [.. ApiParameter.Filters, .. ApiParameter.Times, ApiParameter.Order, Limit];

    public static IReadOnlyList<ApiParameter> OfReport { get; } =
    [
        ApiParameter.Columns, .. ApiParameter.Filters, .. ApiParameter.Times, ApiParameter.Order, Limit, ApiParameter.Forms,
        new(ApiParameter.TimeZone, "Zone of the days, as Europe/Berlin; another than the ledger's reaches as far back as hours are kept."),
        new(ApiParameter.Sessions, "true: also how many sessions ended, and how long they lasted."),
    ];

    public static IReadOnlyList<ApiParameter> OfTop { get; } =
        [new(ApiParameter.Of, $"Of what: {SpendDimensions.KeptWords}."), .. ApiParameter.Filters, .. ApiParameter.Times, Limit, ApiParameter.Forms];

    public static IReadOnlyList<ApiParameter> OfTrend { get; } = [ApiParameter.Columns, .. ApiParameter.Filters, .. ApiParameter.Times];

    public static IReadOnlyList<ApiParameter> OfForecast => ApiParameter.Filters;

    public static async Task<IResult> StatisticsAsync(HttpContext http, ServedLedger ledger, CancellationToken cancellationToken)
    {
        var query = new ApiQuery(http.Request, OfStatistics);
        var period = query.Period(ledger.Reports) ?? ReportWhen.Reachable(Filtered(ledger.Reports.ThisMonth(), query, http), ledger.Reports);
        period = Filtered(period, query, http) with { Sort = query.Read(ApiParameter.Sort, ReportArguments.Sort), Top = query.Count(ApiParameter.Limit, MostBreakdown) ?? DefaultBreakdown };
        return ApiAnswers.Json(UsageStatisticsJson.Render(await UsageStatistics.ReadAsync(ledger.Reports, period, cancellationToken).ConfigureAwait(false)));
    }

    public static async Task<IResult> ReportAsync(HttpContext http, ServedLedger ledger, CancellationToken cancellationToken)
    {
        var query = new ApiQuery(http.Request, OfReport);
        var (columns, zone, format) = (query.Columns(), query.Read(ApiParameter.TimeZone, ReportArguments.Zone), query.Word(ApiParameter.Format, ReportFormat.Json, ReportFormat.Csv));
        var said = query.Period(ledger.Reports, zone);
        var asked = Filtered(said ?? ReportWhen.Days(null, null, ledger.Reports, zone), query, http) with
        {
            By = columns.By,
            ByTags = columns.Tags,
            Sort = query.Read(ApiParameter.Sort, ReportArguments.Sort),
            Top = query.Count(ApiParameter.Limit, ApiAnswers.MostRows),
            Sessions = query.Flag(ApiParameter.Sessions) ?? false,
        };
        var isOpen = query.One(ApiParameter.From) is null && query.One(ApiParameter.Period) is null;
        var report = await ledger.Reports.QueryAsync(isOpen ? ReportWhen.Reachable(asked, ledger.Reports) : asked, cancellationToken).ConfigureAwait(false);
        return ApiAnswers.Report(report, format, "report");
    }

    public static async Task<IResult> TopAsync(HttpContext http, ServedLedger ledger, CancellationToken cancellationToken)
    {
        var query = new ApiQuery(http.Request, OfTop);
        if (query.One(ApiParameter.Of) is null)
        {
            throw new ApiArgumentException(ApiParameter.Of, $"Say of what: of={SpendDimensions.KeptWords.Replace(", ", ", of=", StringComparison.Ordinal)}.");
        }

        var format = query.Word(ApiParameter.Format, ReportFormat.Json, ReportFormat.Csv);
        var asked = Filtered(Outlook(query, ledger.Reports), query, http) with
        {
            By = [query.Read(ApiParameter.Of, ReportArguments.Kept)],
            Top = query.Count(ApiParameter.Limit, ApiAnswers.MostRows) ?? DefaultTop,
        };
        return ApiAnswers.Report(await ledger.Reports.QueryAsync(asked, cancellationToken).ConfigureAwait(false), format, "top");
    }

    public static async Task<IResult> TrendAsync(HttpContext http, ServedLedger ledger, CancellationToken cancellationToken)
    {
        var query = new ApiQuery(http.Request, OfTrend);
        var columns = query.Columns();
        var asked = Filtered(Outlook(query, ledger.Reports), query, http) with { By = columns.By, ByTags = columns.Tags };
        var trend = await ledger.Reports.TrendAsync(asked, cancellationToken).ConfigureAwait(false);
        ApiAnswers.CheckRows(trend.Rows.Count, " Filter it, or break it down by less.");
        return ApiAnswers.Json(trend.ToJson() + "\n");
    }

    public static async Task<IResult> ForecastAsync(HttpContext http, ServedLedger ledger, CancellationToken cancellationToken)
    {
        var filters = new ApiQuery(http.Request, OfForecast).Filters(http.Caller());
        if (filters.Succeeded is not null)
        {
            throw new ApiArgumentException(ApiParameter.Success, "A forecast is of all calls, however they ended.");
        }

        return ApiAnswers.Json((await ledger.Reports.ForecastAsync(filters.Where, filters.Tags, cancellationToken).ConfigureAwait(false)).ToJson() + "\n");
    }

    // As the verbs top and trend have it: this month as a whole, and from a day on until today.
    private static UsageReportQuery Outlook(ApiQuery query, UsageReports reports)
    {
        if (query.One(ApiParameter.Period) is not null && query.Period(reports) is { } period)
        {
            return period;
        }

        var (from, to) = PeriodOptions.Read(query.Read(ApiParameter.From, ReportArguments.Day), query.Read(ApiParameter.To, ReportArguments.Day), reports.Today);
        return new UsageReportQuery { From = from, To = to };
    }

    private static UsageReportQuery Filtered(UsageReportQuery asked, ApiQuery query, HttpContext http)
    {
        var filters = query.Filters(http.Caller());
        return asked with { Where = filters.Where, WhereTags = filters.Tags, Succeeded = filters.Succeeded };
    }
}
