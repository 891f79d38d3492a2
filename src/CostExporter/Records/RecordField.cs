using System.Text.Json;

namespace LlmTelemetry.CostExporter;

/// <summary>Reads a field of a record's line; null where it is not there or null. What is there in another form is refused by its name.</summary>
internal static class RecordField
{
    public static FormatException Missing(string name) => new($"'{name}' is missing.");

    public static JsonElement? Of(JsonElement line, string name, JsonValueKind kind, string right) =>
        !line.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null ? null
            : value.ValueKind == kind ? value
            : throw new FormatException($"'{name}' must be {right}.");

    public static string? Text(JsonElement line, string name) => Of(line, name, JsonValueKind.String, "a text")?.GetString();

    public static bool Flag(JsonElement line, string name) =>
        line.TryGetProperty(name, out var value) && value.ValueKind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False or JsonValueKind.Null => false,
            _ => throw new FormatException($"'{name}' must be true or false."),
        };

    public static long? Count(JsonElement line, string name) =>
        Of(line, name, JsonValueKind.Number, "a whole number") is { } value ? CountOf(value, name) : null;

    public static long CountOf(JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var count) && count >= 0 ? count : throw new FormatException($"'{name}' must be a whole number from 0 to {long.MaxValue}.");

    public static Int128? Amount(JsonElement line, string name) => Of(line, name, JsonValueKind.Number, "an amount in USD") is { } value ? AmountOf(value, name) : null;

    public static Int128 AmountOf(JsonElement value, string name) =>
        value.ValueKind == JsonValueKind.Number && PicoText.TryRead(value.GetRawText(), out Int128 pico) && pico >= 0 ? pico : throw new FormatException($"'{name}' must be an amount in USD, not below 0 and below 10^26.");

    public static TimeSpan? Seconds(JsonElement line, string name) =>
        Of(line, name, JsonValueKind.Number, "seconds") is not { } value ? null
            : PicoText.TryRead(value.GetRawText(), out TimeSpan time) ? time
            : throw new FormatException($"'{name}' is no time that can be kept, in seconds.");
}
