using System.Text;
using LlmTelemetry.CostExporter;
using LlmTelemetry.Usage;
using Microsoft.AspNetCore.Http.Extensions;

namespace LlmTelemetry.Service;

/// <summary>Answers of the records of single calls.</summary>
internal static class RecordAnswers
{
    private const int MostRecords = 1_000;
    private const int DefaultRecords = 100;

    public static IReadOnlyList<ApiParameter> OfPage { get; } =
    [
        .. ApiParameter.Filters,
        new(ApiParameter.From, "Only calls that ended then or later: a day of the ledger's zone, as 2026-11-01, or a moment, as 2026-11-01T12:00:00Z."),
        new(ApiParameter.To, "Only calls that ended on that day or before it; with a moment: before it."),
        new(ApiParameter.ErrorType, "Only failures of this type, as 429."),
        new(ApiParameter.OldestFirst, "true: the earliest call first, instead of the latest."),
        new(ApiParameter.Limit, "How many at most, 1 to 1000 (default: 100)."),
        new(ApiParameter.After, "Where the page begins: next of the page before."),
        new(ApiParameter.Format, "json (default), jsonl or csv."),
    ];

    public static async Task<IResult> PageAsync(HttpContext http, ServedLedger ledger, CancellationToken cancellationToken)
    {
        var query = new ApiQuery(http.Request, OfPage);
        var format = query.Word(ApiParameter.Format, ExportFormat.Json, ExportFormat.JsonLines, ExportFormat.Csv);
        var asked = Asked(query, query.Filters(http.Caller()), ledger.Reports.TimeZone);
        if (ledger.Records is not { } records)
        {
            return NoneKept(http);
        }

        UsageRecordPage page;
        try
        {
            page = await records.QueryAsync(asked, cancellationToken).ConfigureAwait(false);
        }
        catch (ArgumentException cause) when (cause is { ParamName: "cursor" })
        {
            throw new ApiArgumentException(ApiParameter.After, $"'{asked.After}' is not where a page of this order ends: after takes next of the page before.");
        }

        if (page.Next is { } next)
        {
            http.Response.Headers.Link = $"<{PathOf(http.Request, next)}>; rel=\"next\"";
        }

        return format == ExportFormat.Json
            ? ApiAnswers.Json(RecordPageJson.Render(page))
            : await RowsAsync(page, format, ledger.Options.TimeProvider, cancellationToken).ConfigureAwait(false);
    }

    public static async Task<IResult> OneAsync(string id, HttpContext http, ServedLedger ledger, CancellationToken cancellationToken)
    {
        _ = new ApiQuery(http.Request, []);
        if (!Guid.TryParse(id, out var guid))
        {
            throw new ApiArgumentException("id", $"'{id}' is no id of a record, as 0199d1f4-6a2b-7c3d-8e4f-5a6b7c8d9e0f.");
        }

        if (ledger.Records is not { } records)
        {
            return NoneKept(http);
        }

        return await FindAsync(records, guid, Attribution.Clean(http.Caller().Tenant), cancellationToken).ConfigureAwait(false) is { } record
            ? ApiAnswers.Json(Encoding.UTF8.GetString(UsageRecordJson.Line(record)) + "\n")
            : ReadFailures.Problem(http, StatusCodes.Status404NotFound, $"There is no record '{guid}', or no more.");
    }

    // Another tenant's is not there for this one: that it exists is nobody's business. What was sent with a tenant's key is found by the id that its sender gave it, too.
    private static async Task<UsageRecord?> FindAsync(UsageRecords records, Guid id, string? tenant, CancellationToken cancellationToken)
    {
        foreach (var one in tenant is null ? [id] : new[] { id, SourceIdentity.CallOf(tenant, id) })
        {
            if (await records.GetAsync(one, cancellationToken).ConfigureAwait(false) is { } record && (tenant is null || record.Attribution.Tenant == tenant))
            {
                return record;
            }
        }

        return null;
    }

    private static UsageRecordQuery Asked(ApiQuery query, ReportFilters filters, TimeZoneInfo zone) => new()
    {
        From = query.Read(ApiParameter.From, RecordFilters.End)?.Begin(zone),
        To = query.Read(ApiParameter.To, RecordFilters.End)?.End(zone),
        Where = filters.Where,
        WhereTags = filters.Tags,
        Succeeded = filters.Succeeded,
        ErrorType = query.One(ApiParameter.ErrorType),
        OldestFirst = query.Flag(ApiParameter.OldestFirst) ?? false,
        PageSize = query.Count(ApiParameter.Limit, MostRecords) ?? DefaultRecords,
        After = query.One(ApiParameter.After),
    };

    private static async Task<IResult> RowsAsync(UsageRecordPage page, string format, TimeProvider time, CancellationToken cancellationToken)
    {
        using var stream = new MemoryStream();
        using var silent = new ExportProgress(TextWriter.Null, isShown: false, time);
        await ExportWriter.WriteAsync(stream, RecordExport.Of(page.Records.ToAsyncEnumerable()), format, silent, cancellationToken).ConfigureAwait(false);
        var text = Encoding.UTF8.GetString(stream.ToArray());
        return format == ExportFormat.Csv ? ApiAnswers.Csv(text, "records") : Results.Text(text, ApiAnswers.JsonLinesType, Encoding.UTF8);
    }

    private static string PathOf(HttpRequest request, string next)
    {
        var query = new QueryBuilder(request.Query.Where(pair => pair.Key != ApiParameter.After).SelectMany(pair => pair.Value.Select(value => KeyValuePair.Create(pair.Key, value ?? ""))))
        {
            { ApiParameter.After, next },
        };
        return request.PathBase.Add(request.Path).ToUriComponent() + query.ToQueryString();
    }

    private static IResult NoneKept(HttpContext http) => ReadFailures.Problem(
        http, StatusCodes.Status404NotFound, $"No records of single calls are kept that can be read from here: LlmTelemetry__Records must be {RecordKeeping.Store} or {RecordKeeping.File}.");
}
