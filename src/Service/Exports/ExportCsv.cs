using System.Text;
using System.Text.Json;
using CsvHelper;

namespace LlmTelemetry.Service;

/// <summary>
/// Writes rows as CSV (RFC 4180): a column for each field; objects and arrays as JSON in their cell; what is not there, or null, as nothing. Safe to open with
/// a spreadsheet, and read back exactly: docs/cli.md.
/// </summary>
internal static class ExportCsv
{
    private const char Guard = '\'';

    // Protected by ourselves, because what the library does cannot be undone: an apostrophe of the text's own looks like one of the guard's.
    private static readonly CsvWriterOptions Options = new() { Injection = CsvInjection.None, NewLine = "\r\n" };

    public static async Task WriteAsync(Stream stream, ExportRows rows, ExportProgress progress, CancellationToken cancellationToken)
    {
        var text = new StreamWriter(stream, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), leaveOpen: true);
        await using (text.ConfigureAwait(false))
        {
            using var csv = CsvWriter.Create(text, Options, leaveOpen: true);
            csv.WriteRecord([.. rows.Columns]);
            var cells = new string?[rows.Columns.Count];
            await foreach (var line in rows.Lines.WithCancellation(cancellationToken).ConfigureAwait(false))
            {
                Read(line, rows.Columns, cells);
                csv.WriteRecord(cells!);
                progress.Row();
            }
        }
    }

    /// <summary>
    /// A text that a spreadsheet would run as a formula gets an apostrophe in front; so does one that begins with apostrophes in front of such a text, and an
    /// empty one, so that taking one away gives the text back.
    /// </summary>
    internal static string Guarded(string text)
    {
        var rest = text.AsSpan().TrimStart(Guard);
        return rest.IsEmpty || rest[0] is '=' or '+' or '-' or '@' or '\t' or '\r' or '\n' or '\uFF1D' or '\uFF0B' or '\uFF0D' or '\uFF20' ? Guard + text : text;
    }

    private static void Read(ReadOnlyMemory<byte> line, IReadOnlyList<string> columns, string?[] cells)
    {
        using var document = JsonDocument.Parse(line);
        for (var i = 0; i < columns.Count; i++)
        {
            cells[i] = document.RootElement.TryGetProperty(columns[i], out var value) ? Cell(value) : null;
        }
    }

    private static string? Cell(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Null => null,
        JsonValueKind.String => Guarded(value.GetString()!),
        _ => value.GetRawText(), // Numbers stay numbers.
    };
}
