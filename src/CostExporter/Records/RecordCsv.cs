using System.Buffers;
using System.Text;
using System.Text.Json;

namespace LlmTelemetry.CostExporter;

/// <summary>
/// A record's line of JSON as a line of CSV (RFC 4180) and back: a column for each field, numbers as numbers, what has parts as JSON. A text that a spreadsheet
/// would take for a formula has an apostrophe before it, and so has one that begins with an apostrophe: reading takes one away.
/// </summary>
internal static class RecordCsv
{
    private const string Guarded = "=+-@'\t\r\n\uFF1D\uFF0B\uFF0D\uFF20";

    // What reading makes a text of; all others are JSON as it stands: numbers, true, objects.
    private static readonly HashSet<string> Texts =
    [
        RecordFields.Id, RecordFields.Time, RecordFields.Operation, RecordFields.Provider, RecordFields.Model, RecordFields.RequestModel, RecordFields.ResponseId, RecordFields.ServiceTier,
        RecordFields.Region, RecordFields.User, RecordFields.UserHash, RecordFields.Tenant, RecordFields.Feature, RecordFields.Conversation, RecordFields.Session, RecordFields.Tier,
        RecordFields.Client, RecordFields.Environment, RecordFields.Outcome, RecordFields.ErrorType, RecordFields.ErrorText, RecordFields.Quality, RecordFields.CostCurrency,
        RecordFields.PriceProvider, RecordFields.PriceModel, RecordFields.PriceVersion,
    ];

    private static readonly JsonWriterOptions Options = new() { SkipValidation = true };

    /// <summary>The names of the columns, with the end of the line.</summary>
    public static byte[] Header { get; } = Encoding.UTF8.GetBytes(string.Join(',', RecordFields.All) + "\n");

    public static byte[] Line(ReadOnlyMemory<byte> json)
    {
        using var document = JsonDocument.Parse(json);
        var line = new StringBuilder();
        foreach (var name in RecordFields.All)
        {
            line.Append(line.Length == 0 ? "" : ",");
            if (document.RootElement.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null)
            {
                Append(line, value.ValueKind == JsonValueKind.String ? Guard(value.GetString()!) : value.GetRawText(), quoted: value.ValueKind == JsonValueKind.String);
            }
        }

        return Encoding.UTF8.GetBytes(line.ToString());
    }

    /// <exception cref="FormatException">It is no line of ours.</exception>
    public static ReadOnlyMemory<byte> ToJson(ReadOnlySpan<byte> line)
    {
        var cells = Cells(Encoding.UTF8.GetString(line));
        if (cells.Count != RecordFields.All.Count)
        {
            throw new FormatException($"It has {cells.Count} columns, not {RecordFields.All.Count}.");
        }

        var buffer = new ArrayBufferWriter<byte>(1024);
        using var json = new Utf8JsonWriter(buffer, Options);
        json.WriteStartObject();
        foreach (var (name, cell) in RecordFields.All.Zip(cells))
        {
            // Nothing between the commas is null; an empty text stands in quotation marks.
            if (cell is not { } text)
            {
                continue;
            }

            json.WritePropertyName(name);
            if (Texts.Contains(name))
            {
                json.WriteStringValue(text.StartsWith('\'') ? text[1..] : text);
            }
            else
            {
                json.WriteRawValue(text, skipInputValidation: true);
            }
        }

        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }

    private static string Guard(string text) => text.Length > 0 && Guarded.Contains(text[0], StringComparison.Ordinal) ? "'" + text : text;

    private static void Append(StringBuilder line, string cell, bool quoted)
    {
        if (cell.AsSpan().IndexOfAny("\",\r\n") >= 0 || (quoted && cell.Length == 0))
        {
            line.Append('"').Append(cell.Replace("\"", "\"\"", StringComparison.Ordinal)).Append('"');
        }
        else
        {
            line.Append(cell);
        }
    }

    private static List<string?> Cells(string line)
    {
        var cells = new List<string?>(RecordFields.All.Count);
        var at = 0;
        while (true)
        {
            if (at < line.Length && line[at] == '"')
            {
                cells.Add(Quoted(line, ref at));
            }
            else
            {
                var end = line.IndexOf(',', at);
                end = end < 0 ? line.Length : end;
                cells.Add(end == at ? null : line[at..end]);
                at = end;
            }

            if (at >= line.Length)
            {
                return cells;
            }

            at = line[at] == ',' ? at + 1 : throw new FormatException("Something follows a quotation mark.");
        }
    }

    private static string Quoted(string line, ref int at)
    {
        var cell = new StringBuilder();
        for (at++; ;)
        {
            var end = line.IndexOf('"', at);
            if (end < 0)
            {
                throw new FormatException("A quotation mark is not closed.");
            }

            cell.Append(line, at, end - at);
            at = end + 1;
            if (at >= line.Length || line[at] != '"')
            {
                return cell.ToString();
            }

            cell.Append('"');
            at++;
        }
    }
}
