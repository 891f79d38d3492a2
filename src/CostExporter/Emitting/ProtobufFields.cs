using System.Text;

namespace LlmTelemetry.CostExporter;

/// <summary>Walks the fields of a protobuf message: enough for the few that a receiver of OTLP answers with.</summary>
internal ref struct ProtobufFields(ReadOnlySpan<byte> content)
{
    private const int Varint = 0;
    private const int Fixed64 = 1;
    private const int Bytes = 2;
    private const int Fixed32 = 5;
    private const int LongestVarint = 10;

    private ReadOnlySpan<byte> _rest = content;

    /// <summary>The field's number.</summary>
    public ulong Number { get; private set; }

    /// <summary>Its value, where it is a varint.</summary>
    public ulong Value { get; private set; }

    /// <summary>Its content, where it is a text or a message.</summary>
    public ReadOnlySpan<byte> Content { get; private set; }

    /// <summary>The number of field 1 and the text of field 2; 0 and null where they are not there.</summary>
    /// <exception cref="FormatException">It is no protobuf.</exception>
    public static (long Number, string? Text) NumberAndText(ReadOnlySpan<byte> message)
    {
        var (number, text) = (0L, (string?)null);
        var fields = new ProtobufFields(message);
        while (fields.MoveNext())
        {
            number = fields.Number == 1 ? (long)fields.Value : number;
            text = fields.Number == 2 ? Encoding.UTF8.GetString(fields.Content) : text;
        }

        return (number, text);
    }

    /// <summary>Goes to the next field; false at the end.</summary>
    /// <exception cref="FormatException">It is no protobuf.</exception>
    public bool MoveNext()
    {
        if (_rest.IsEmpty)
        {
            return false;
        }

        var tag = Read();
        (Number, Value) = (tag >> 3, 0);
        Content = [];
        switch ((int)(tag & 7))
        {
            case Varint:
                Value = Read();
                break;
            case Fixed64:
                Take(sizeof(ulong));
                break;
            case Bytes:
                Content = Take(Read());
                break;
            case Fixed32:
                Take(sizeof(uint));
                break;
            default:
                throw new FormatException("A field is of no known type.");
        }

        return true;
    }

    private ulong Read()
    {
        ulong value = 0;
        for (var at = 0; at < LongestVarint && at < _rest.Length; at++)
        {
            value |= (ulong)(_rest[at] & 0x7f) << (7 * at);
            if (_rest[at] < 0x80)
            {
                _rest = _rest[(at + 1)..];
                return value;
            }
        }

        throw new FormatException("A number does not end.");
    }

    private ReadOnlySpan<byte> Take(ulong length)
    {
        if (length > (ulong)_rest.Length)
        {
            throw new FormatException("A field ends behind the message.");
        }

        var taken = _rest[..(int)length];
        _rest = _rest[(int)length..];
        return taken;
    }
}
