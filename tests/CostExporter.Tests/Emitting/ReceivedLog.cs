using System.Buffers.Binary;
using System.Text;

namespace LlmTelemetry.CostExporter.Tests.Emitting;

/// <summary>One log record of a request, taken apart by the field numbers of the OTLP specification.</summary>
internal sealed record ReceivedLog(
    string Scope, IReadOnlyDictionary<string, object?> Resource, string EventName, ulong UnixNano, string Body, IReadOnlyDictionary<string, object?> Attributes)
{
    public UsageRecord Event => UsageRecordReader.Read(Encoding.UTF8.GetBytes(Body));

    public static List<ReceivedLog> Read(ReadOnlySpan<byte> request)
    {
        var logs = new List<ReceivedLog>();
        foreach (var ofResource in Fields(request, 1))
        {
            var resource = Pairs(Fields(ofResource, 1).SelectMany(said => Fields(said, 1)));
            foreach (var ofScope in Fields(ofResource, 2))
            {
                var scope = Text(Fields(ofScope, 1).SelectMany(said => Fields(said, 1)));
                logs.AddRange(Fields(ofScope, 2).Select(log => new ReceivedLog(
                    scope, resource, Text(Fields(log, 12)), BinaryPrimitives.ReadUInt64LittleEndian(Fixed(log, 1)), (string)Value(Fields(log, 5).Single())!, Pairs(Fields(log, 6)))));
            }
        }

        return logs;
    }

    private static Dictionary<string, object?> Pairs(IEnumerable<byte[]> pairs) => pairs.ToDictionary(pair => Text(Fields(pair, 1)), pair => Value(Fields(pair, 2).Single()));

    private static string Text(IEnumerable<byte[]> texts) => Encoding.UTF8.GetString(texts.FirstOrDefault() ?? []);

    private static object? Value(byte[] any)
    {
        var fields = new ProtobufFields(any);
        return !fields.MoveNext() ? null : fields.Number switch
        {
            1 => Encoding.UTF8.GetString(fields.Content),
            3 => (long)fields.Value,
            4 => BinaryPrimitives.ReadDoubleLittleEndian(Fixed(any, 4)),
            _ => throw new FormatException($"A value of field {fields.Number} is not expected."),
        };
    }

    private static List<byte[]> Fields(ReadOnlySpan<byte> message, ulong number)
    {
        var found = new List<byte[]>();
        var fields = new ProtobufFields(message);
        while (fields.MoveNext())
        {
            if (fields.Number == number)
            {
                found.Add(fields.Content.ToArray());
            }
        }

        return found;
    }

    // Where it stands first, as the exporter writes it: the walker passes over what is of 8 bytes.
    private static ReadOnlySpan<byte> Fixed(ReadOnlySpan<byte> message, int number) =>
        message[0] == ((number << 3) | 1) ? message.Slice(1, sizeof(ulong)) : throw new FormatException($"Field {number} does not come first.");
}
