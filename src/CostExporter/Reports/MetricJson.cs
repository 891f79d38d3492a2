using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace LlmTelemetry.CostExporter;

/// <summary>Renders reports of further figures as JSON.</summary>
internal static class MetricJson
{
    // Not for HTML: names stay readable.
    private static readonly JsonWriterOptions Options = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, NewLine = "\n" };

    public static string Render(MetricReport report)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, Options))
        {
            json.WriteStartObject();
            json.WriteString("metric", report.Metric);
            ReportJson.Period(json, report.Period, report.CompleteSince);
            json.WriteStartArray("by");
            var columns = report.Columns;
            foreach (var (name, _) in columns.Skip(2))
            {
                json.WriteStringValue(name);
            }

            json.WriteEndArray();
            Rows(json, "rows", report.Rows, columns);
            Rows(json, "totals", report.Totals, [.. columns.Take(2)]);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray());
    }

    private static void Rows(Utf8JsonWriter json, string name, IReadOnlyList<MetricReportRow> rows, IReadOnlyList<(string Name, Func<MetricReportRow, string?> Value)> columns)
    {
        json.WriteStartArray(name);
        foreach (var row in rows)
        {
            json.WriteStartObject();
            foreach (var (column, value) in columns)
            {
                json.WriteString(column, value(row));
            }

            json.WriteNumber("count", row.Count);
            Number(json, "sum", row.Sum);
            Number(json, "average", row.Average);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void Number(Utf8JsonWriter json, string name, decimal value)
    {
        json.WritePropertyName(name);
        json.WriteRawValue(value.ToString("0.#########", CultureInfo.InvariantCulture));
    }
}
