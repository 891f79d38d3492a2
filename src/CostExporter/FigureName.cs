using LlmTelemetry.Usage;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.CostExporter;

/// <summary>Which figures add up: those of one name, unit and tags. A part of the keys of their rows, as one text.</summary>
/// <param name="Name">What was measured.</param>
/// <param name="Unit">Null: none.</param>
/// <param name="Tags">In the order of their names (ordinal), each once.</param>
internal sealed record FigureName(string Name, string? Unit, IReadOnlyList<KeyValuePair<string, string>> Tags)
{
    // Our own trackers keep to these; whatever else publishes figures is held to them here.
    private const int MaxName = 64;
    private const int MaxUnit = 32;
    private const int MaxTags = 8;

    /// <summary>Of figures for whose rows there was no room: how many they were is kept, and their sum means nothing.</summary>
    public static SpendKeyMore Folded { get; } = SpendKeyMore.Of(new SpendKeyParts(Metric: new FigureName(Placeholders.Other, null, []).ToText()))!;

    /// <summary>Null where nothing is left of its name.</summary>
    public static FigureName? Of(in MetricEvent figure) => Attribution.Clean(figure.Name, MaxName) is { Length: > 0 } name
        ? new FigureName(name, Attribution.Clean(figure.Unit, MaxUnit) is { Length: > 0 } unit ? unit : null, Clean(figure.Tags))
        : null;

    public static FigureName Parse(string text)
    {
        var parts = new string?[text.AsSpan().Count(KeyText.Separator) + 1];
        _ = KeyText.Split(text, parts);
        return new FigureName(
            parts[0] ?? "", parts.Length > 1 ? parts[1] : null, [.. parts.Skip(2).Chunk(2).Where(tag => tag.Length == 2).Select(tag => new KeyValuePair<string, string>(tag[0] ?? "", tag[1] ?? ""))]);
    }

    public string ToText() => KeyText.Join([Name, Unit, .. Tags.SelectMany(tag => new[] { tag.Key, tag.Value })]);

    /// <summary>The tag's value; null where it is not said.</summary>
    public string? Tag(string name)
    {
        foreach (var (key, value) in Tags)
        {
            if (key == name)
            {
                return value;
            }
        }

        return null;
    }

    private static List<KeyValuePair<string, string>> Clean(IReadOnlyList<KeyValuePair<string, string>>? tags)
    {
        var kept = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var (key, value) in tags ?? [])
        {
            if (kept.Count < MaxTags && Attribution.Clean(key, MaxName) is { Length: > 0 } name && Attribution.Clean(value) is { Length: > 0 } clean)
            {
                kept.TryAdd(name, clean);
            }
        }

        return [.. kept];
    }
}
