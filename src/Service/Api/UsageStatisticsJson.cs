using System.Text;
using System.Text.Json;
using LlmTelemetry.CostExporter;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Service;

/// <summary>Statistics as JSON, with the fields that reports have.</summary>
internal static class UsageStatisticsJson
{
    public static string Render(UsageStatistics statistics) => Encoding.UTF8.GetString(OutlookJson.Write(json =>
    {
        var period = statistics.Breakdowns[0];
        json.WriteString("at", statistics.At);
        json.WriteString("time_zone", statistics.Totals.TimeZone.Id);
        json.WriteString("currency", Cost.Currency);
        json.WriteStartArray("not_kept");
        foreach (var name in statistics.Breakdowns.SelectMany(report => report.NotKept).Distinct())
        {
            json.WriteStringValue(name);
        }

        json.WriteEndArray();
        Total(json, "totals", statistics.Totals);
        Total(json, "today", statistics.Today);
        Total(json, "month", statistics.Month);
        Total(json, "current_period", period);
        foreach (var report in statistics.Breakdowns)
        {
            json.WriteStartArray("by_" + report.By[0].Name());
            foreach (var row in report.Rows)
            {
                ReportJson.Row(json, row, report.Columns, isOfTop: true);
            }

            json.WriteEndArray();
        }
    })) + "\n";

    private static void Total(Utf8JsonWriter json, string name, UsageReport report)
    {
        json.WriteStartObject(name);
        ReportJson.Period(json, report.Period, report.CompleteSince);
        ReportJson.Fields(json, report.Total, [], isOfTop: false);
        json.WriteEndObject();
    }
}
