using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace LlmTelemetry.Instrumentation;

/// <summary>
/// What came over the wire, of a message's <c>RawRepresentation</c>: JSON in any of its forms, or an object of OpenAI's SDK, which keeps it. Where
/// trimming removed what that is read by, there is nothing here and the message's own counts stand alone.
/// </summary>
internal static class RealtimeWire
{
    private const string Sdk = "OpenAI.Realtime";

    public static JsonElement? Of(object? raw)
    {
        try
        {
            return raw switch
            {
                null => null,
                JsonElement element => Object(element),
                JsonDocument document => Object(document.RootElement),
                JsonNode node => Parse(node.ToJsonString()),
                string text => Parse(text),
                _ when raw.GetType().FullName == "System.BinaryData" => Parse(raw.ToString()),
                _ => SdkObject.IsFrom(raw, Sdk) ? Parse(InPatch(SdkObject.Get(raw, "Patch"))) : null,
            };
        }
        catch (JsonException) // A text that is none.
        {
            return null;
        }
    }

    /// <summary>The value at the path; undefined where there is none.</summary>
    public static JsonElement At(this JsonElement json, params ReadOnlySpan<string> path)
    {
        foreach (var name in path)
        {
            if (json.ValueKind != JsonValueKind.Object || !json.TryGetProperty(name, out json))
            {
                return default;
            }
        }

        return json;
    }

    public static string? Text(this JsonElement json, params ReadOnlySpan<string> path) =>
        json.At(path) is { ValueKind: JsonValueKind.String } value && value.GetString() is { Length: > 0 } text ? text : null;

    public static long? Count(this JsonElement json, params ReadOnlySpan<string> path) =>
        json.At(path) is { ValueKind: JsonValueKind.Number } value && value.TryGetInt64(out var count) ? count : null;

    private static JsonElement? Object(JsonElement json) => json.ValueKind == JsonValueKind.Object ? json : null;

    private static JsonElement? Parse(string? text) => text is { Length: > 0 } ? Object(JsonElement.Parse(text)) : null;

    private static string? InPatch(object? patch) => patch is null ? null : FindText(patch.GetType())?.Invoke(patch, ["J"]) as string;

    [UnconditionalSuppressMessage("Trimming", "IL2070", Justification = "Where trimming removed the method there is only less detail.")]
    private static MethodInfo? FindText(Type type) => type.GetMethod(nameof(ToString), [typeof(string)]);
}
