using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using LlmTelemetry.CostExporter;

namespace LlmTelemetry.Service;

/// <summary>Answers of commands as JSON, for programs.</summary>
internal static class CommandJson
{
    private static readonly JsonWriterOptions Options = new() { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, NewLine = "\n" };

    /// <summary>The text, with an end of line.</summary>
    public static string Render(Action<Utf8JsonWriter> write)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, Options))
        {
            write(json);
        }

        return Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }

    /// <summary>One object.</summary>
    public static string Object(Action<Utf8JsonWriter> content) => Encoding.UTF8.GetString(OutlookJson.Write(content)) + "\n";
}
