using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace LlmTelemetry.CostExporter;

/// <summary>How trends, forecasts and insights write JSON: as reports do.</summary>
internal static class OutlookJson
{
    private static readonly JsonWriterOptions Options = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, NewLine = "\n" };

    public static byte[] Write(Action<Utf8JsonWriter> content)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, Options))
        {
            json.WriteStartObject();
            content(json);
            json.WriteEndObject();
        }

        return stream.ToArray();
    }

    /// <summary>Money in USD, with all its decimals and at least six.</summary>
    public static string? Usd(decimal? usd) => usd?.ToString("0.000000######", CultureInfo.InvariantCulture);

    /// <summary>A number as it stands; null: null.</summary>
    public static void Number(this Utf8JsonWriter json, string name, string? number)
    {
        json.WritePropertyName(name);
        json.WriteRawValue(number ?? "null");
    }

    public static string Day(DateOnly day) => day.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture);
}
