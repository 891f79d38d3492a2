using System.Text;
using System.Text.Json;
using LlmTelemetry.CostExporter;

namespace LlmTelemetry.Service;

/// <summary>A page of records as one JSON object: the records as docs/records.md describes them, and where the next page begins.</summary>
internal static class RecordPageJson
{
    public static string Render(UsageRecordPage page)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            json.WriteStartObject();
            json.WriteStartArray("records");
            foreach (var record in page.Records)
            {
                json.WriteRawValue(UsageRecordJson.Line(record));
            }

            json.WriteEndArray();
            json.WriteString("next", page.Next);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(stream.ToArray()) + "\n";
    }
}
