using System.Buffers;
using System.Text;
using System.Text.Json;

namespace LlmTelemetry.Usage;

/// <summary>Finds where in a price file an error is: only once there is one, so that reading a good file pays nothing for it.</summary>
internal static class PriceFileLines
{
    // The depth of an id in {"providers": [{"id": ..., "models": [{"id": ...}]}]}.
    private const int ProviderDepth = 3;
    private const int ModelDepth = 5;

    /// <summary>The line, and the entry too where the text cannot be read on; null where the error is the whole file's.</summary>
    /// <param name="file">The text.</param>
    /// <param name="error">Its message begins with the entry's name, or its cause is that the text is no JSON.</param>
    public static string? Find(ReadOnlySpan<byte> file, InvalidDataException error)
    {
        string? provider = null, entry = null;
        long? line = null;
        var names = new Stack<HashSet<string>>();
        var reader = new Utf8JsonReader(file);
        try
        {
            while (reader.Read())
            {
                if (IsTwice(in reader, names))
                {
                    return $"line {LineAt(file, reader.TokenStartIndex)}, in or after {entry ?? "the beginning"}: ";
                }

                if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth is ProviderDepth or ModelDepth && reader.ValueTextEquals("id"u8))
                {
                    var depth = reader.CurrentDepth;
                    reader.Read();
                    var id = reader.TokenType == JsonTokenType.String ? reader.GetString() : null;
                    provider = depth == ProviderDepth ? id : provider;
                    entry = depth == ProviderDepth ? id : $"{provider}/{id}";

                    // The last of that name: of two it is the one too many.
                    line = Names(error.Message, entry) ? LineAt(file, reader.TokenStartIndex) : line;
                }
            }
        }
        catch (Exception cause) when (cause is JsonException or InvalidOperationException)
        {
            // Without a line: half of a character, escaped (\ud800).
            var at = (cause as JsonException)?.LineNumber + 1 ?? LineAt(file, reader.TokenStartIndex);
            return entry is null ? $"line {at}: " : $"line {at}, in or after {entry}: ";
        }

        return line is null ? null : $"line {line}: ";
    }

    /// <summary>The line with the first byte that is no UTF-8.</summary>
    public static string FirstInvalid(ReadOnlySpan<byte> file)
    {
        var index = 0;
        while (Rune.DecodeFromUtf8(file[index..], out _, out var length) == OperationStatus.Done)
        {
            index += length;
        }

        return $"line {LineAt(file, index)}: ";
    }

    // A field that is there twice is no valid JSON to us, and the reader of single tokens does not mind it. Nor does it look into texts.
    private static bool IsTwice(in Utf8JsonReader reader, Stack<HashSet<string>> names)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                names.Push(new HashSet<string>(StringComparer.Ordinal));
                return false;
            case JsonTokenType.EndObject:
                names.Pop();
                return false;
            case JsonTokenType.String:
                _ = reader.GetString(); // Throws where it is no Unicode, which may be the error.
                return false;
            case JsonTokenType.PropertyName:
                return !names.Peek().Add(reader.GetString()!);
            default:
                return false;
        }
    }

    private static bool Names(string message, string? entry) =>
        entry is not null && message.StartsWith(entry, StringComparison.Ordinal) && message.AsSpan(entry.Length) is [':' or ',', ..];

    private static long LineAt(ReadOnlySpan<byte> file, long index) => file[..(int)index].Count((byte)'\n') + 1L;
}
