using System.Text;
using Google.Protobuf.Reflection;

namespace LlmTelemetry.Service;

/// <summary>What a message looks like in JSON: of the descriptors that the compiler made of otlp.proto.</summary>
internal sealed class JsonShape
{
    private static readonly Dictionary<MessageDescriptor, JsonShape> Known = [];

    private JsonShape()
    {
    }

    /// <summary>Those of the message's fields that are read, at most 64.</summary>
    public IReadOnlyList<JsonField> Fields { get; private set; } = [];

    public static JsonShape Of(MessageDescriptor message)
    {
        lock (Known)
        {
            if (!Known.TryGetValue(message, out var shape))
            {
                // A value can hold values: it is known before its fields are.
                Known[message] = shape = new JsonShape();
                shape.Fields = [.. message.Fields.InDeclarationOrder().Select(JsonField.Of)];
            }

            return shape;
        }
    }
}

/// <summary>One field of a message.</summary>
/// <param name="Name">Its name in JSON, as UTF-8.</param>
/// <param name="Number">Its number in protobuf.</param>
/// <param name="Type">The type of its values.</param>
/// <param name="IsRepeated">Whether JSON has an array of them.</param>
/// <param name="IsHex">Whether its bytes are written in hex: ids of traces and spans; base64 otherwise.</param>
/// <param name="Shape">That of a message; null for others.</param>
internal sealed record JsonField(byte[] Name, int Number, FieldType Type, bool IsRepeated, bool IsHex, JsonShape? Shape)
{
    public static JsonField Of(FieldDescriptor field) => new(
        Encoding.UTF8.GetBytes(field.JsonName), field.FieldNumber, field.FieldType, field.IsRepeated,
        field.FieldType == FieldType.Bytes && field.Name.EndsWith("_id", StringComparison.Ordinal),
        field.FieldType == FieldType.Message ? JsonShape.Of(field.MessageType) : null);
}
