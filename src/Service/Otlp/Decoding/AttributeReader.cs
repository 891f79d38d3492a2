using LlmTelemetry.Service.Wire;

namespace LlmTelemetry.Service;

/// <summary>Reads attributes: of each its key and, where it is a text, a boolean or a number, its value.</summary>
internal static class AttributeReader
{
    private static readonly uint Key = ProtoReader.Message(KeyValue.KeyFieldNumber);
    private static readonly uint Value = ProtoReader.Message(KeyValue.ValueFieldNumber);
    private static readonly uint Text = ProtoReader.Message(AnyValue.StringValueFieldNumber);
    private static readonly uint Bool = ProtoReader.Varint(AnyValue.BoolValueFieldNumber);
    private static readonly uint Int = ProtoReader.Varint(AnyValue.IntValueFieldNumber);
    private static readonly uint Double = ProtoReader.Fixed64(AnyValue.DoubleValueFieldNumber);
    private static readonly uint Array = ProtoReader.Message(AnyValue.ArrayValueFieldNumber);
    private static readonly uint List = ProtoReader.Message(AnyValue.KvlistValueFieldNumber);
    private static readonly uint Bytes = ProtoReader.Message(AnyValue.BytesValueFieldNumber);

    /// <summary>Reads those among a message's fields.</summary>
    /// <param name="message">The message, or a part of it.</param>
    /// <param name="tag">The tag of its attributes.</param>
    /// <param name="maxBytes">How many bytes of each text are read.</param>
    /// <param name="attributes">Cleared, then filled.</param>
    public static void ReadAll(ReadOnlySpan<byte> message, uint tag, int maxBytes, List<KeyValuePair<string, object?>> attributes)
    {
        attributes.Clear();
        for (var field = new ProtoReader(message); field.Next();)
        {
            if (field.Tag == tag)
            {
                Split(field.Bytes, out var key, out var value);
                attributes.Add(new(AttributeText.Read(key, maxBytes), ReadValue(value, maxBytes)));
            }
        }
    }

    /// <summary>Takes one attribute apart: its key and the message that its value is.</summary>
    public static void Split(ReadOnlySpan<byte> attribute, out ReadOnlySpan<byte> key, out ReadOnlySpan<byte> value)
    {
        key = value = default;
        for (var field = new ProtoReader(attribute); field.Next();)
        {
            if (field.Tag == Key)
            {
                key = field.Bytes;
            }
            else if (field.Tag == Value)
            {
                value = field.Bytes;
            }
        }
    }

    /// <summary>The text of a value; false where it is something else.</summary>
    public static bool TryReadText(ReadOnlySpan<byte> value, out ReadOnlySpan<byte> text)
    {
        var isText = false;
        text = default;
        for (var field = new ProtoReader(value); field.Next();)
        {
            if (field.Tag == Text)
            {
                text = field.Bytes;
                isText = true;
            }
            else if (IsAlternative(field.Tag))
            {
                isText = false;
            }
        }

        return isText;
    }

    /// <summary>The value as a string, a boolean, a long or a double; null for lists, bytes and nothing.</summary>
    public static object? ReadValue(ReadOnlySpan<byte> value, int maxBytes)
    {
        object? read = null;
        for (var field = new ProtoReader(value); field.Next();)
        {
            read = field.Tag == Text ? AttributeText.Read(field.Bytes, maxBytes)
                : field.Tag == Bool ? field.Number != 0
                : field.Tag == Int ? (long)field.Number
                : field.Tag == Double ? field.Double
                : IsAlternative(field.Tag) ? null
                : read;
        }

        return read;
    }

    // Of several alternatives the last counts.
    private static bool IsAlternative(uint tag) => tag == Bool || tag == Int || tag == Double || tag == Array || tag == List || tag == Bytes;
}
