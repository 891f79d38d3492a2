using System.Globalization;
using CsvHelper;
using LlmTelemetry.CostExporter;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Service;

/// <summary>
/// Renders a report as CSV (RFC 4180): one line a row, without the total, so that it can be summed. A cell that a spreadsheet would run as a formula
/// gets an apostrophe in front. An unknown cost is empty; so is a charge where nothing is charged on, and
/// a dimension that the calls did not say.
/// </summary>
internal static class ReportCsv
{
    private const string Other = "(other)";
    private const string FigureFormat = "0.#########";

    private static readonly CsvWriterOptions Options = new() { Injection = CsvInjection.Escape, NewLine = "\r\n" };

    public static string Render(UsageReport report)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        using (var csv = CsvWriter.Create(text, Options, leaveOpen: true))
        {
            var columns = Columns(report);
            csv.WriteRecord([.. columns.Select(column => column.Heading)]);
            foreach (var row in report.Columns.Count == 0 ? [report.Total] : report.Rows)
            {
                csv.WriteRecord([.. columns.Select(column => column.Cell(row))]);
            }
        }

        return text.ToString();
    }

    /// <summary>The same of further figures.</summary>
    public static string Render(MetricReport report)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        using (var csv = CsvWriter.Create(text, Options, leaveOpen: true))
        {
            var columns = report.Columns;
            csv.WriteRecord([.. columns.Select(column => column.Name), "count", "sum", "average"]);
            foreach (var row in report.Rows)
            {
                foreach (var (_, value) in columns)
                {
                    csv.WriteField(value(row));
                }

                // As numbers: as text, a spreadsheet's formula could begin with their sign.
                csv.WriteField(row.Count);
                csv.WriteField(row.Sum, FigureFormat, CultureInfo.InvariantCulture);
                csv.WriteField(row.Average, FigureFormat, CultureInfo.InvariantCulture);
                csv.EndRecord();
            }
        }

        return text.ToString();
    }

    private static List<(string Heading, Func<UsageReportRow, string?> Cell)> Columns(UsageReport report) =>
    [
        .. report.Columns.Select((column, at) => (column.Name, (Func<UsageReportRow, string?>)(row => column.Value(row) ?? (row.IsOther && at == 0 ? Other : null)))),
        .. report.Query.Top is null ? Array.Empty<(string, Func<UsageReportRow, string?>)>() : [("other", row => row.IsOther ? "true" : "false")],
        ("calls", row => Number(row.Measures[SpendMeasure.Calls])),
        ("failed", row => Number(row.Measures[SpendMeasure.Failed])),
        ("cancelled", row => Number(row.Measures[SpendMeasure.Cancelled])),
        ("abandoned", row => Number(row.Measures[SpendMeasure.Abandoned])),
        ("partial", row => Number(row.Measures[SpendMeasure.Partial])),
        ("estimated", row => Number(row.Measures[SpendMeasure.Estimated])),
        ("unpriced", row => Number(row.Measures[SpendMeasure.Unpriced])),
        ("unpriced_tokens", row => Number(row.Measures[SpendMeasure.UnpricedTokens])),
        ("unmeasured", row => Number(row.Measures[SpendMeasure.Unmeasured])),
        ("inconsistent", row => Number(row.Measures[SpendMeasure.Inconsistent])),
        ("input_tokens", row => Number(row.Sum(UsageBucketExtensions.IsInputTokens))),
        ("output_tokens", row => Number(row.Sum(UsageBucketExtensions.IsOutputTokens))),
        .. report.Buckets(SpendMeasure.Usage).Select(bucket => ("usage_" + bucket.Name(), (Func<UsageReportRow, string?>)(row => Number(row.Measures[SpendMeasure.Usage(bucket)])))),
        ("cost_usd", row => row.Cost is { } cost ? Money(cost) : null),
        .. report.Buckets(SpendMeasure.Cost).Select(bucket => ($"cost_{bucket.Name()}_usd", (Func<UsageReportRow, string?>)(row => row.Cost is null ? null : Money(row.CostOf(bucket))))),
        ("charged_usd", row => row.Charged is { } charged ? Money(charged) : null),
        ("charged_calls", row => Number(row.Measures[SpendMeasure.ChargedCalls])),
        .. Saved(report),
        .. DerivedFigures.All.Select(figure => (figure.Name, (Func<UsageReportRow, string?>)(row => figure.Of(row) is { } known ? DerivedFigures.Text(known) : null))),
        ("succeeded", row => Number(row.SucceededCalls)),
    ];

    // Only where an application has a cache and says so.
    private static IEnumerable<(string Heading, Func<UsageReportRow, string?> Cell)> Saved(UsageReport report) => report.Total.Measures[SpendMeasure.CacheHits] == 0
        ? []
        : [("cache_hits", row => Number(row.Measures[SpendMeasure.CacheHits])), ("saved_usd", row => row.Saved is { } saved ? Money(saved) : null)];

    private static string Number(Int128 value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Money(decimal usd) => usd.ToString("0.000000######", CultureInfo.InvariantCulture);
}
