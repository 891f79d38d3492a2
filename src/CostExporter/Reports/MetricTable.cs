using System.Globalization;

namespace LlmTelemetry.CostExporter;

/// <summary>Renders reports of further figures as plain text.</summary>
internal static class MetricTable
{
    private const string NotSaid = "(none)";
    private const string NoUnit = "-";
    private const int Names = 2; // Metric and unit stand in every report.

    public static string Render(MetricReport report)
    {
        var columns = report.Columns;
        var totals = report.IsApart ? report.Totals : [];
        var all = report.Rows.Concat(totals).ToArray();
        var (sums, averages) = (Decimals(all, row => row.Sum), Decimals(all, row => row.Average));
        var table = new TextTable(columns.Count, totals.Count);
        table.Add([.. columns.Select(column => column.Name), "count", "sum", "average"]);
        foreach (var row in report.Rows)
        {
            table.Add([.. columns.Select((column, at) => column.Value(row) ?? (at < Names ? NoUnit : NotSaid)), .. Cells(row)]);
        }

        foreach (var total in totals)
        {
            table.Add([total.Metric, total.Unit ?? NoUnit, Vocabulary.Dimensions.Total, .. Enumerable.Repeat("", columns.Count - Names - 1), .. Cells(total)]);
        }

        var notes = ReportNotes.Time(report.CompleteSince);
        return table.Render() + notes + (all.Length == 0 ? "No figures match. Names are compared letter by letter.\n" : "");

        IEnumerable<string> Cells(MetricReportRow row) =>
            [row.Count.ToString("N0", CultureInfo.InvariantCulture), Number(row.Sum, sums), Number(row.Average, averages)];
    }

    // As many as the column needs.
    private static int Decimals(MetricReportRow[] rows, Func<MetricReportRow, decimal> value) =>
        rows.Select(row => value(row).ToString("0.#########", CultureInfo.InvariantCulture).Split('.')).Select(parts => parts.Length == 2 ? parts[1].Length : 0).DefaultIfEmpty().Max();

    private static string Number(decimal value, int decimals) => value.ToString("N" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture);
}
