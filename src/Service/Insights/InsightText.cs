using System.Globalization;
using System.Text;
using LlmTelemetry.CostExporter;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Service;

/// <summary>Renders insights.</summary>
internal static class InsightText
{
    public static string Table(UsageReportQuery query, TimeZoneInfo zone, IReadOnlyList<UsageInsight> insights)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{query.From:yyyy-MM-dd} to {query.To:yyyy-MM-dd} ({zone.Id})\n\n");
        foreach (var insight in insights)
        {
            text.Append(CultureInfo.InvariantCulture, $"{insight.Rule}: {Printable(insight.Text)}\n    {insight.Because}\n    {string.Join(", ", insight.Figures.Select(figure => $"{figure.Key} {Number(figure.Value)}"))}\n\n");
        }

        return text.Append(insights.Count == 0 ? "Nothing is worth a look by any of the rules.\n" : "").ToString();
    }

    public static string Json(UsageReportQuery query, TimeZoneInfo zone, string priceVersion, IReadOnlyList<UsageInsight> insights) => Encoding.UTF8.GetString(OutlookJson.Write(json =>
    {
        json.WriteString("from", OutlookJson.Day(query.From));
        json.WriteString("to", OutlookJson.Day(query.To));
        json.WriteString("time_zone", zone.Id);
        json.WriteString("currency", Cost.Currency);
        json.WriteString("price_version", priceVersion);
        json.WriteStartArray("insights");
        foreach (var insight in insights)
        {
            json.WriteStartObject();
            json.WriteString("rule", insight.Rule);
            json.WriteStartObject("of");
            foreach (var (dimension, value) in insight.Of)
            {
                json.WriteString(dimension.Name(), value);
            }

            json.WriteEndObject();
            json.WriteString("text", insight.Text);
            json.WriteString("because", insight.Because);
            json.WriteStartObject("figures");
            foreach (var (name, value) in insight.Figures)
            {
                json.Number(name, Number(value));
            }

            json.WriteEndObject();
            json.Number("usd", OutlookJson.Usd(insight.Usd));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    })) + "\n";

    private static string Number(decimal value) => value.ToString("0.############", CultureInfo.InvariantCulture);

    // A feature's name must not speak to the terminal.
    private static string Printable(string text) => string.Concat(text.Select(c => char.IsControl(c) ? '?' : c));
}
