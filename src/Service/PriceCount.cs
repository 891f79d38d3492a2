using System.Runtime.InteropServices;
using System.Text.Json;

namespace LlmTelemetry.Service;

/// <summary>Counts as lines write them: <c>1000</c>, <c>1e3</c>, <c>1000.0</c>.</summary>
internal static class PriceCount
{
    /// <summary>The whole number, which may be negative; null: it is none.</summary>
    public static long? Of(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Number when value.TryGetInt64(out var count) => count,
        JsonValueKind.Number when value.TryGetDecimal(out var count) && decimal.IsInteger(count) && Math.Abs(count) <= long.MaxValue && (count != 0 || IsZero(value)) => (long)count,
        _ => null,
    };

    // A decimal has no room for 1e-30 and calls it 0.
    private static bool IsZero(JsonElement number)
    {
        var text = JsonMarshal.GetRawUtf8Value(number);
        var exponent = text.IndexOfAny((byte)'e', (byte)'E');
        return !(exponent < 0 ? text : text[..exponent]).ContainsAnyInRange((byte)'1', (byte)'9');
    }
}
