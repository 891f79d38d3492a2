using System.Text.Json;

namespace LlmTelemetry.Usage;

/// <summary>Finds the JSON values in a body: one, several after one another (JSON lines), the items of an array, or the data of server-sent events.</summary>
internal static class BodyText
{
    // Answers hold what tools and users made, which may be deep; a body beyond this is nobody's.
    private static readonly JsonReaderOptions Options = new() { AllowMultipleValues = true, MaxDepth = 256 };

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    /// <exception cref="JsonException">It is no JSON.</exception>
    public static void ForEach(ReadOnlySpan<byte> text, Action<JsonElement> use)
    {
        text = (text.StartsWith(ByteOrderMark) ? text[ByteOrderMark.Length..] : text).Trim(" \t\r\n"u8);
        if (text.IsEmpty)
        {
            throw new JsonException("It is empty.");
        }

        if (IsEventStream(text))
        {
            ReadEvents(text, use);
        }
        else if (!ReadValues(text, use, out var count) && count == 0)
        {
            throw new JsonException("It ends in the middle.");
        }
    }

    private static bool IsEventStream(ReadOnlySpan<byte> text) =>
        text[0] == ':' || text.StartsWith("data:"u8) || text.StartsWith("event:"u8) || text.StartsWith("id:"u8) || text.StartsWith("retry:"u8);

    // [DONE], which may be cut as well, is no data. The data of an event may be spread over lines; a stream written down without the empty lines between its events gives one event with
    // several values. An event that ends in the middle is only there at the end of a stream that was cut.
    private static void ReadEvents(ReadOnlySpan<byte> text, Action<JsonElement> use)
    {
        var data = new List<byte>();
        var isComplete = true;
        foreach (var range in text.Split((byte)'\n'))
        {
            var line = text[range].TrimEnd((byte)'\r');
            if (line.IsEmpty)
            {
                isComplete = Flush(data, isComplete, use);
            }
            else if (line.StartsWith("data:"u8) && line["data:"u8.Length..].Trim(" \t"u8) is var value && !value.StartsWith("[D"u8))
            {
                data.AddRange(value);
                data.Add((byte)'\n');
            }
        }

        Flush(data, isComplete, use);
    }

    private static bool Flush(List<byte> data, bool wasComplete, Action<JsonElement> use)
    {
        // Data that is no object is no report: pings, and texts of proxies.
        if (data.Count == 0 || data[0] is not ((byte)'{' or (byte)'['))
        {
            data.Clear();
            return wasComplete;
        }

        if (!wasComplete)
        {
            throw new JsonException("An event ends in the middle, and more come after it.");
        }

        var isComplete = ReadValues(data.ToArray(), use, out _);
        data.Clear();
        return isComplete;
    }

    // False when the last value ends in the middle.
    private static bool ReadValues(ReadOnlySpan<byte> text, Action<JsonElement> use, out int count)
    {
        count = 0;
        text = text.TrimEnd(" \t\r\n"u8);
        var isInArray = false;
        var reader = new Utf8JsonReader(text, isFinalBlock: false, new JsonReaderState(Options));
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.StartArray && !isInArray)
            {
                isInArray = true;
            }
            else if (reader.TokenType is JsonTokenType.EndArray)
            {
                isInArray = false;
                count++;
            }
            else if (JsonDocument.TryParseValue(ref reader, out var document))
            {
                using (document)
                {
                    use(document.RootElement);
                    count++;
                }
            }
            else
            {
                return false;
            }
        }

        return !isInArray && reader.BytesConsumed == text.Length;
    }
}
