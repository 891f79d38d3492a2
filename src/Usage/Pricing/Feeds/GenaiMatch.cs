using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace LlmTelemetry.Usage;

/// <summary>A tree of conditions on a name, as genai-prices writes it, as the patterns of a price file: one must match, each may be several that must all.</summary>
internal static class GenaiMatch
{
    // An "and" of "or"s multiplies out; real ones have a handful.
    private const int MostPatterns = 1_000;

    /// <summary>The patterns; null where the tree holds something unknown.</summary>
    public static JsonArray? Patterns(JsonElement tree)
    {
        if (Alternatives(tree) is not { } alternatives)
        {
            return null;
        }

        var patterns = new JsonArray();
        foreach (var all in alternatives)
        {
            patterns.Add(all.Length == 1 ? JsonValue.Create(all[0]) : new JsonObject { ["all"] = new JsonArray([.. all.Select(p => JsonValue.Create(p))]) });
        }

        return patterns;
    }

    private static List<string[]>? Alternatives(JsonElement tree)
    {
        if (tree.ValueKind != JsonValueKind.Object || tree.EnumerateObject().Count() != 1)
        {
            return null;
        }

        var node = tree.EnumerateObject().First();
        return (node.Name, node.Value.ValueKind) switch
        {
            ("equals", JsonValueKind.String) => One(FeedNames.Pattern(node.Value.GetString()!)),
            ("starts_with", JsonValueKind.String) => One(FeedNames.Pattern(node.Value.GetString()!, openEnd: true)),
            ("ends_with", JsonValueKind.String) => One(FeedNames.Pattern(node.Value.GetString()!, openStart: true)),
            ("contains", JsonValueKind.String) => One(FeedNames.Pattern(node.Value.GetString()!, openStart: true, openEnd: true)),
            ("regex", JsonValueKind.String) => Expression(node.Value.GetString()!),
            ("or", JsonValueKind.Array) => Or(node.Value),
            ("and", JsonValueKind.Array) => And(node.Value),
            _ => null,
        };
    }

    private static List<string[]> One(string pattern) => [[pattern]];

    private static List<string[]>? Expression(string text)
    {
        try
        {
            _ = new Regex(text, RegexOptions.CultureInvariant);
            return One($"/{text}/");
        }
        catch (ArgumentException)
        {
            return null;
        }
    }

    private static List<string[]>? Or(JsonElement list)
    {
        List<string[]> alternatives = [];
        foreach (var part in list.EnumerateArray())
        {
            if (Alternatives(part) is not { } more)
            {
                return null;
            }

            alternatives.AddRange(more);
        }

        return alternatives;
    }

    private static List<string[]>? And(JsonElement list)
    {
        List<string[]> alternatives = [[]];
        foreach (var part in list.EnumerateArray())
        {
            if (Alternatives(part) is not { } more || alternatives.Count * more.Count > MostPatterns)
            {
                return null;
            }

            alternatives = [.. alternatives.SelectMany(a => more, (a, b) => (string[])[.. a, .. b])];
        }

        return alternatives is [[]] ? null : alternatives;
    }
}
