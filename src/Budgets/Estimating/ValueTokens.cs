using System.Collections;
using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.Budgets;

/// <summary>Estimates what the value of a tool's argument or result takes, as the JSON that it is sent as. What cannot be read without reflection counts as nothing.</summary>
internal static class ValueTokens
{
    // Values may be nested, and may refer to themselves.
    public const int MaxDepth = 8;

    // Quotes, a colon and a comma.
    private const long PerPart = 2;

    public static long Of(object? value, string? model, int depth = MaxDepth)
    {
        switch (value)
        {
            case null:
                return 0;
            case string text:
                return TextTokens.Of(text, model);
            case JsonElement element:
                return element.ValueKind is JsonValueKind.Undefined ? 0 : TextTokens.Of(element.GetRawText(), model);
            case JsonNode node:
                return TextTokens.Of(node.ToJsonString(), model);
            case bool:
                return 1;
            case IFormattable formattable:
                return TextTokens.Of(formattable.ToString(null, CultureInfo.InvariantCulture), model);
            case AIContent content when depth > 0:
                return PromptTokens.Of(content, model, depth - 1);
            case ICollection<KeyValuePair<string, object?>> pairs when depth > 0:
                return Pairs(pairs, model, depth - 1);
            case IEnumerable parts and (ICollection or IReadOnlyCollection<object?>) when depth > 0: // Other sequences may be walked once, by the client.
                return Parts(parts, model, depth - 1);
            default:
                return 0;
        }
    }

    private static long Pairs(ICollection<KeyValuePair<string, object?>> pairs, string? model, int depth)
    {
        var tokens = 0L;
        foreach (var (key, part) in pairs)
        {
            tokens += PerPart + TextTokens.Of(key, model) + Of(part, model, depth);
        }

        return tokens;
    }

    private static long Parts(IEnumerable parts, string? model, int depth)
    {
        var tokens = 0L;
        foreach (var part in parts)
        {
            tokens += PerPart + Of(part, model, depth);
        }

        return tokens;
    }
}
