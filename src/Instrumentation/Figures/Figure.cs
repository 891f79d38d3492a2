using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using LlmTelemetry.Usage;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation;

/// <summary>One metric of the application's own: its instrument, and which values its tags keep.</summary>
internal sealed class Figure(string name, string? unit, Histogram<double>? histogram, SeriesTable series, bool keepsTags)
{
    // Tags multiply: OpenTelemetry's SDK keeps 2,000 points an instrument, feature and tenant among what tells them apart.
    private const int MaxCombinations = 1_000;
    private const int MaxTagNames = 32;

    // No clean text has it.
    private const char Separator = '\n';

    private readonly ConcurrentDictionary<string, BoundedValues> _values = new();
    private readonly BoundedValues _names = new(Placeholders.Other);
    private readonly BoundedValues _combinations = new(Placeholders.Other);

    public string Name => name;

    public string? Unit => unit;

    /// <summary>Whether anybody collects it.</summary>
    public bool IsCollected => histogram is { Enabled: true };

    /// <summary>How often a tag's value was folded.</summary>
    public long Folded => _values.Values.Sum(values => values.Folded) + _names.Folded + _combinations.Folded;

    /// <summary>The tags as they are kept: of each the first values, of all the first combinations, the rest as <c>_other</c>.</summary>
    /// <param name="tags">Clean, each name once; changed.</param>
    /// <param name="limit">How many values each tag keeps.</param>
    public IReadOnlyList<KeyValuePair<string, string>>? Fold(List<KeyValuePair<string, string>> tags, int limit)
    {
        if (!keepsTags)
        {
            return null;
        }

        tags.RemoveAll(tag => _names.Fold(tag.Key, MaxTagNames) != tag.Key);
        tags.Sort(static (left, right) => string.CompareOrdinal(left.Key, right.Key));
        for (var i = 0; i < tags.Count; i++)
        {
            var values = _values.GetOrAdd(tags[i].Key, static _ => new BoundedValues(Placeholders.Other));
            tags[i] = new(tags[i].Key, values.Fold(tags[i].Value, limit)!);
        }

        if (tags.Count > 1 && _combinations.Fold(string.Join(Separator, tags.SelectMany(static tag => new[] { tag.Key, tag.Value })), MaxCombinations) == Placeholders.Other)
        {
            for (var i = 0; i < tags.Count; i++)
            {
                tags[i] = new(tags[i].Key, Placeholders.Other);
            }
        }

        return tags.Count == 0 ? null : tags;
    }

    /// <summary>Measures it.</summary>
    /// <param name="value">The figure.</param>
    /// <param name="attribution">Whose it is.</param>
    /// <param name="tags">Bounded.</param>
    /// <param name="limit">How many tenants and features are kept.</param>
    public void Measure(double value, in Attribution attribution, IReadOnlyList<KeyValuePair<string, string>>? tags, int limit)
    {
        if (histogram is not { Enabled: true })
        {
            return;
        }

        var all = default(TagList);
        foreach (var (key, said) in tags ?? [])
        {
            all.Add(key, said);
        }

        if (series.FoldTenant(attribution.Tenant, limit) is { } tenant)
        {
            all.Add(Attributes.Tenant, tenant);
        }

        if (series.FoldFeature(attribution.Feature, limit) is { } feature)
        {
            all.Add(Attributes.Feature, feature);
        }

        histogram.Record(value, in all);
    }
}
