using System.Globalization;
using System.Text;
using LlmTelemetry.CostExporter;

namespace LlmTelemetry.Service;

/// <summary>What endpoints answer with.</summary>
internal static class ApiAnswers
{
    public const string JsonType = "application/json";
    public const string CsvType = "text/csv";
    public const string JsonLinesType = "application/jsonl";

    /// <summary>How many rows an answer has at most, those of the others aside.</summary>
    public const int MostRows = 10_000;

    public static IResult Json(string json) => Results.Text(json, JsonType, Encoding.UTF8);

    /// <summary>The same report as the command line's, to the letter.</summary>
    /// <exception cref="ApiArgumentException">It has too many rows.</exception>
    public static IResult Report(UsageReport report, string format, string name)
    {
        CheckRows(report.Rows.Count(row => !row.IsOther), " Ask for limit=100, which sums the others in one row more, or for a shorter time.");
        return format == ReportFormat.Csv ? Csv(ReportCsv.Render(report), name) : Json(report.ToJson() + "\n");
    }

    public static IResult Csv(string csv, string name) => new Download(Results.Text(csv, CsvType, Encoding.UTF8), name + ".csv");

    /// <exception cref="ApiArgumentException">There are too many.</exception>
    public static void CheckRows(int count, string hint)
    {
        if (count > MostRows)
        {
            throw new ApiArgumentException(ApiParameter.By, string.Create(CultureInfo.InvariantCulture, $"That has {count:N0} rows, and an answer at most {MostRows:N0}.{hint}"));
        }
    }

    private sealed class Download(IResult content, string file) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.Headers.ContentDisposition = $"attachment; filename=\"{file}\"";
            return content.ExecuteAsync(httpContext);
        }
    }
}
