using System.Globalization;
using System.Text.Json;
using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter;

/// <summary>Renders trends.</summary>
internal static class TrendText
{
    private const string NotSaid = "(none)";
    private const string Nothing = "-";
    private const string Unknown = "unknown";

    public static string Table(UsageTrend trend)
    {
        var columns = trend.Columns;
        var words = Math.Max(1, columns.Count);
        var table = new TextTable(words);
        table.Add([.. columns.Count == 0 ? [""] : columns.Select(column => column.Name), "cost USD", "before", "change", "%", "calls", "before", "%", "tokens", "before", "%"]);
        foreach (var row in trend.Rows)
        {
            table.Add([.. columns.Select(column => column.Value(row.Current) ?? NotSaid), .. Cells(row)]);
        }

        table.Add([Vocabulary.Dimensions.Total, .. Enumerable.Repeat("", words - 1), .. Cells(trend.Total)]);
        return $"{Words(trend.Plan.Current, trend.TimeZone)} beside {Words(trend.Plan.Previous, trend.TimeZone)} ({trend.TimeZone.Id})\n{trend.Basis}\n\n{table.Render()}{Notes(trend.Total)}";
    }

    public static byte[] Json(UsageTrend trend) => OutlookJson.Write(json =>
    {
        json.WriteString("time_zone", trend.TimeZone.Id);
        json.WriteString("currency", Cost.Currency);
        json.WriteString("basis", trend.Basis);
        Span(json, "current", trend.Plan.Current);
        Span(json, "previous", trend.Plan.Previous);
        json.WriteStartArray("rows");
        foreach (var row in trend.Rows)
        {
            json.WriteStartObject();
            foreach (var (name, value) in trend.Columns)
            {
                json.WriteString(name, value(row.Current));
            }

            Figures(json, row);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartObject(Vocabulary.Dimensions.Total);
        Figures(json, trend.Total);
        json.WriteEndObject();
    });

    private static void Span(Utf8JsonWriter json, string name, TrendSpan span)
    {
        json.WriteStartObject(name);
        json.WriteString("from", span.IsEmpty ? null : OutlookJson.Day(span.From));
        json.WriteString("to", span.IsEmpty ? null : OutlookJson.Day(span.To));
        json.WriteString("until", span.Until?.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
        json.WriteEndObject();
    }

    private static void Figures(Utf8JsonWriter json, UsageTrendRow row)
    {
        Figure(json, "cost", row.Cost, usd => OutlookJson.Usd(usd));
        Figure(json, "calls", row.Calls, Whole);
        Figure(json, "tokens", row.Tokens, Whole);
        json.Number("unpriced", Whole((decimal)row.Current.Measures[SpendMeasure.Unpriced]));
        json.Number("unpriced_before", Whole((decimal)row.Previous.Measures[SpendMeasure.Unpriced]));
    }

    private static void Figure(Utf8JsonWriter json, string name, TrendFigure figure, Func<decimal?, string?> text)
    {
        json.WriteStartObject(name);
        json.Number("current", text(figure.Current));
        json.Number("previous", text(figure.Previous));
        json.Number("change", text(figure.Change));
        json.Number("percent", figure.Percent?.ToString("0.##", CultureInfo.InvariantCulture));
        json.WriteEndObject();
    }

    private static string? Whole(decimal? count) => count?.ToString("0", CultureInfo.InvariantCulture);

    private static string[] Cells(UsageTrendRow row) =>
    [
        Money(row.Cost.Current), Money(row.Cost.Previous), row.Cost.Change is { } change ? Signed(change, "N6") : Nothing, Percent(row.Cost),
        Count(row.Calls.Current), Count(row.Calls.Previous), Percent(row.Calls),
        Count(row.Tokens.Current), Count(row.Tokens.Previous), Percent(row.Tokens),
    ];

    private static string Notes(UsageTrendRow total)
    {
        var (now, before) = (total.Current.Measures[SpendMeasure.Unpriced], total.Previous.Measures[SpendMeasure.Unpriced]);
        return now + before == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"The cost is without calls whose price is not known: {now:N0}, and {before:N0} before.\n");
    }

    private static string Words(TrendSpan span, TimeZoneInfo zone)
    {
        var until = span.Until is { } at ? $" until {TimeZoneInfo.ConvertTime(at, zone).ToString("HH:mm", CultureInfo.InvariantCulture)}" : "";
        return span.IsEmpty ? "no day" : (span.From == span.To ? OutlookJson.Day(span.From) : $"{OutlookJson.Day(span.From)} to {OutlookJson.Day(span.To)}") + until;
    }

    private static string Money(decimal? usd) => usd?.ToString("N6", CultureInfo.InvariantCulture) ?? Unknown;

    private static string Count(decimal? count) => count?.ToString("N0", CultureInfo.InvariantCulture) ?? Unknown;

    private static string Percent(TrendFigure figure) => figure.Percent is { } percent ? percent.ToString("+0.0;-0.0;0.0", CultureInfo.InvariantCulture) : Nothing;

    private static string Signed(decimal value, string format) => (value > 0 ? "+" : "") + value.ToString(format, CultureInfo.InvariantCulture);
}
