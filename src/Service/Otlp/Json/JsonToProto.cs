using System.Buffers;
using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;
using Google.Protobuf.Reflection;

namespace LlmTelemetry.Service;

/// <summary>
/// Writes a request in OTLP's JSON as the protobuf that says the same, of which all the rest is read: proto3's mapping, but for ids in hex and enumerations in numbers. Unknown fields are
/// skipped. Makes no objects of it: <c>{}</c> stays a few bytes.
/// </summary>
internal static class JsonToProto
{
    // Longer than any number, or id in hex, that is right.
    private const int MaxScalar = 128;

    /// <param name="json">The body.</param>
    /// <param name="message">What it is.</param>
    /// <param name="maxDepth">How deep it may be nested.</param>
    /// <param name="proto">Takes the protobuf.</param>
    /// <exception cref="OtlpFormatException">It is no JSON, or of another shape.</exception>
    public static void Write(ReadOnlySpan<byte> json, MessageDescriptor message, int maxDepth, OtlpBuffer proto)
    {
        if (!Utf8.IsValid(json))
        {
            throw new OtlpFormatException("the body is no UTF-8");
        }

        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = maxDepth });
            reader.Read();
            Message(ref reader, JsonShape.Of(message), new ProtoWriter(proto));
            reader.Read(); // Nothing may follow.
        }
        catch (JsonException cause)
        {
            throw new OtlpFormatException(FormattableString.Invariant($"the body is no JSON, or nested deeper than {maxDepth}, at line {cause.LineNumber}, byte {cause.BytePositionInLine}"), cause);
        }
        catch (InvalidOperationException cause)
        {
            throw new OtlpFormatException("a text has half a surrogate pair", cause);
        }
    }

    private static void Message(ref Utf8JsonReader reader, JsonShape shape, ProtoWriter proto)
    {
        Expect(reader.TokenType == JsonTokenType.StartObject, "an object", ref reader);
        var seen = 0UL;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var index = Find(ref reader, shape);
            reader.Read();
            if (index < 0)
            {
                reader.Skip();
                continue;
            }

            if ((seen & (1UL << index)) != 0)
            {
                throw At("a name is there twice in one object", ref reader);
            }

            seen |= 1UL << index;
            Field(ref reader, shape.Fields[index], proto);
        }
    }

    private static int Find(ref Utf8JsonReader reader, JsonShape shape)
    {
        for (var i = 0; i < shape.Fields.Count; i++)
        {
            if (reader.ValueTextEquals(shape.Fields[i].Name))
            {
                return i;
            }
        }

        return -1;
    }

    private static void Field(ref Utf8JsonReader reader, JsonField field, ProtoWriter proto)
    {
        if (reader.TokenType == JsonTokenType.Null)
        {
            return; // As if it were not there.
        }

        if (!field.IsRepeated)
        {
            Value(ref reader, field, proto);
            return;
        }

        Expect(reader.TokenType == JsonTokenType.StartArray, "an array", ref reader);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            Value(ref reader, field, proto);
        }
    }

    private static void Value(ref Utf8JsonReader reader, JsonField field, ProtoWriter proto)
    {
        switch (field.Type)
        {
            case FieldType.Message:
                var start = proto.Open(field.Number);
                Message(ref reader, field.Shape!, proto);
                proto.Close(start);
                break;
            case FieldType.String:
                Expect(reader.TokenType == JsonTokenType.String, "a text", ref reader);
                Text(ref reader, field.Number, proto);
                break;
            case FieldType.Bytes:
                Expect(reader.TokenType == JsonTokenType.String, "a text", ref reader);
                proto.Bytes(field.Number, field.IsHex ? Hex(ref reader) : Base64(ref reader));
                break;
            case FieldType.Bool:
                Expect(reader.TokenType is JsonTokenType.True or JsonTokenType.False, "true or false", ref reader);
                proto.Varint(field.Number, reader.GetBoolean() ? 1UL : 0UL);
                break;
            case FieldType.Double:
                proto.Fixed64(field.Number, BitConverter.DoubleToUInt64Bits(Double(ref reader)));
                break;
            case FieldType.Fixed64:
                proto.Fixed64(field.Number, Number(ref reader, ulong.MinValue, ulong.MaxValue));
                break;
            case FieldType.SFixed64:
                proto.Fixed64(field.Number, (ulong)Number(ref reader, long.MinValue, long.MaxValue));
                break;
            case FieldType.Int64:
                proto.Varint(field.Number, (ulong)Number(ref reader, long.MinValue, long.MaxValue));
                break;
            case FieldType.UInt32:
                proto.Varint(field.Number, Number(ref reader, uint.MinValue, uint.MaxValue));
                break;
            case FieldType.Int32:
                proto.Varint(field.Number, (ulong)(long)Number(ref reader, int.MinValue, int.MaxValue));
                break;
            case FieldType.Enum:
                Expect(reader.TokenType == JsonTokenType.Number, "a number, as OTLP writes enumerations", ref reader);
                proto.Varint(field.Number, (ulong)(long)Number(ref reader, int.MinValue, int.MaxValue));
                break;
            default:
                throw new InvalidOperationException($"otlp.proto has fields of type {field.Type} now: say how JSON writes them.");
        }
    }

    private static void Text(ref Utf8JsonReader reader, int field, ProtoWriter proto)
    {
        if (!reader.ValueIsEscaped)
        {
            proto.Bytes(field, reader.ValueSpan);
            return;
        }

        var room = ArrayPool<byte>.Shared.Rent(reader.ValueSpan.Length);
        try
        {
            proto.Bytes(field, room.AsSpan(0, reader.CopyString(room)));
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(room);
        }
    }

    private static byte[] Hex(ref Utf8JsonReader reader)
    {
        Span<byte> bytes = stackalloc byte[MaxScalar];
        return reader.ValueSpan.Length <= MaxScalar && Convert.FromHexString(reader.ValueSpan, bytes, out _, out var written) == OperationStatus.Done
            ? bytes[..written].ToArray()
            : throw At("an id must be written in hex", ref reader);
    }

    private static byte[] Base64(ref Utf8JsonReader reader) => reader.TryGetBytesFromBase64(out var bytes) ? bytes : throw At("bytes must be written in base64", ref reader);

    private static double Double(ref Utf8JsonReader reader)
    {
        if (reader.TokenType == JsonTokenType.Number && reader.TryGetDouble(out var number) && double.IsFinite(number))
        {
            return number;
        }

        Expect(reader.TokenType == JsonTokenType.String, "a number", ref reader);
        return reader.GetString() switch
        {
            "NaN" => double.NaN,
            "Infinity" => double.PositiveInfinity,
            "-Infinity" => double.NegativeInfinity,
            var text when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var said) && double.IsFinite(said) => said,
            _ => throw At("a number is none, or too large", ref reader),
        };
    }

    // A number or a text; whole, but 1.0 and 1e3 are too.
    private static T Number<T>(ref Utf8JsonReader reader, T least, T most)
        where T : System.Numerics.IBinaryInteger<T>
    {
        Expect(reader.TokenType is JsonTokenType.Number or JsonTokenType.String, "a number", ref reader);
        Span<byte> text = stackalloc byte[MaxScalar];
        var length = reader.ValueSpan.Length > MaxScalar ? 0 : reader.TokenType == JsonTokenType.Number ? Copied(reader.ValueSpan, text) : reader.CopyString(text);
        if (T.TryParse(text[..length], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var whole) && whole >= least && whole <= most)
        {
            return whole;
        }

        return decimal.TryParse(text[..length], NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out var number)
            && decimal.IsInteger(number) && number >= decimal.CreateChecked(least) && number <= decimal.CreateChecked(most)
            ? T.CreateChecked(number)
            : throw At("a number is not whole, or too large", ref reader);
    }

    private static int Copied(ReadOnlySpan<byte> from, Span<byte> to)
    {
        from.CopyTo(to);
        return from.Length;
    }

    private static void Expect(bool isSo, string what, ref Utf8JsonReader reader)
    {
        if (!isSo)
        {
            throw At("there must be " + what, ref reader);
        }
    }

    private static OtlpFormatException At(string what, ref Utf8JsonReader reader) => new(FormattableString.Invariant($"{what}, at byte {reader.TokenStartIndex}"));
}
