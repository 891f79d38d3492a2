using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace LlmTelemetry.Usage;

/// <summary>Names of a feed as the patterns of a price file.</summary>
internal static class FeedNames
{
    private static readonly char[] Special = ['*', '~'];

    /// <summary>The pattern of a text that is the whole name or, where it is open at an end, a part of it.</summary>
    public static string Pattern(string text, bool openStart = false, bool openEnd = false)
    {
        var name = text.ToLowerInvariant();
        var isPlain = name.Length > 0 && name.IndexOfAny(Special) < 0 && name.Trim().Length == name.Length && name[0] != '/';
        return isPlain
            ? $"{(openStart ? "*" : "")}{name}{(openEnd ? "*" : "")}"
            : $"/{(openStart ? "" : "^")}{Regex.Escape(name)}{(openEnd ? "" : "$")}/";
    }

    /// <summary>The patterns of names that must be met whole, without repetition.</summary>
    public static JsonArray Exactly(params IEnumerable<string> names) => new([.. names.Select(n => Pattern(n)).Distinct().Select(p => JsonValue.Create(p))]);
}
