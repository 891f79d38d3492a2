using System.Globalization;
using CsvHelper;
using LlmTelemetry.CostExporter;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Service;

/// <summary>
/// Renders a report as CSV: one line a row, without the total, so that it can be summed. A cell that a spreadsheet would run as a formula
/// gets an apostrophe in front. An unknown cost is empty; so is a dimension that the calls did not say.
/// </summary>
internal static class ReportCsv
{
    private static readonly CsvWriterOptions Options = new() { Injection = CsvInjection.Escape, NewLine = "\n" };

    public static string Render(UsageReport report)
    {
        using var text = new StringWriter(CultureInfo.InvariantCulture);
        using (var csv = CsvWriter.Create(text, Options, leaveOpen: true))
        {
            var columns = Columns(report);
            csv.WriteRecord([.. columns.Select(column => column.Heading)]);
            foreach (var row in report.By.Count == 0 ? [report.Total] : report.Rows)
            {
                csv.WriteRecord([.. columns.Select(column => column.Cell(row))]);
            }
        }

        return text.ToString();
    }

    private static List<(string Heading, Func<UsageReportRow, string?> Cell)> Columns(UsageReport report) =>
    [
        .. report.By.Select(by => (ReportArguments.Word(by), (Func<UsageReportRow, string?>)(row => row[by]))),
        ("calls", row => Number(row.Calls)),
        ("failed", row => Number(row.Failed)),
        ("cancelled", row => Number(row.Cancelled)),
        ("abandoned", row => Number(row.Abandoned)),
        ("partial", row => Number(row.Partial)),
        ("estimated", row => Number(row.Estimated)),
        ("unpriced", row => Number(row.Unpriced)),
        ("unpriced_tokens", row => Number(row.UnpricedTokens)),
        ("unmeasured", row => Number(row.Unmeasured)),
        ("inconsistent", row => Number(row.Inconsistent)),
        ("input_tokens", row => Number(row.InputTokens)),
        ("output_tokens", row => Number(row.OutputTokens)),
        .. Enum.GetValues<UsageBucket>().Where(bucket => report.Total.UsageOf(bucket) != 0).Select(bucket => ("usage_" + bucket.Name(), (Func<UsageReportRow, string?>)(row => Number(row.UsageOf(bucket))))),
        ("cost_usd", row => row.Cost is { } cost ? Money(cost) : null),
        .. Enum.GetValues<UsageBucket>().Where(bucket => report.Total.CostOf(bucket) != 0).Select(bucket => ($"cost_{bucket.Name()}_usd", (Func<UsageReportRow, string?>)(row => row.Cost is null ? null : Money(row.CostOf(bucket))))),
        ("average_seconds", row => row.AverageDuration?.TotalSeconds.ToString(CultureInfo.InvariantCulture)),
    ];

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string Money(decimal usd) => usd.ToString("0.000000######", CultureInfo.InvariantCulture);
}
