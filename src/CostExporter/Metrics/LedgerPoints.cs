using System.Diagnostics.Metrics;
using System.Numerics;
using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter;

/// <summary>The points of a cut's three gauges.</summary>
/// <param name="cut">The cut.</param>
internal sealed class LedgerPoints(LedgerCut cut)
{
    /// <summary>In USD; nothing where no price is known.</summary>
    public List<Measurement<double>> Spend { get; } = [];

    /// <summary>Finished calls.</summary>
    public List<Measurement<long>> Calls { get; } = [];

    /// <summary>Input and output together.</summary>
    public List<Measurement<long>> Tokens { get; } = [];

    /// <summary>Adds a period's rows, cut and folded.</summary>
    public void Add(string period, Dictionary<SpendKey, SpendMeasures> rows)
    {
        foreach (var (key, measures) in rows)
        {
            var row = new UsageReportRow(in key, null, measures);
            var tags = cut.TagsOf(period, in key);
            Calls.Add(new(Clamp(measures[SpendMeasure.Calls]), tags));
            Tokens.Add(new(Clamp(row.Tokens), tags));
            if (row.CostPico is { } pico)
            {
                Spend.Add(new((double)Cost.ToUsd(pico), tags));
            }
        }
    }

    /// <summary>The labels of what is not named at all.</summary>
    public KeyValuePair<string, object?>[] Others(string period) =>
        cut.TagsOf(period, new SpendKey(Vocabulary.Placeholders.Other, Vocabulary.Placeholders.Other, Vocabulary.Placeholders.Other, Vocabulary.Placeholders.Other, Vocabulary.Placeholders.Other));

    /// <summary>The same sums, with everything that is not kept among the others of its period.</summary>
    public LedgerPoints Fold(Func<KeyValuePair<string, object?>[], bool> isKept)
    {
        var folded = new LedgerPoints(cut);
        Fold(Spend, folded.Spend, isKept);
        Fold(Calls, folded.Calls, isKept);
        Fold(Tokens, folded.Tokens, isKept);
        return folded;
    }

    private void Fold<T>(List<Measurement<T>> points, List<Measurement<T>> folded, Func<KeyValuePair<string, object?>[], bool> isKept)
        where T : struct, INumber<T>
    {
        var others = new Dictionary<string, T>();
        foreach (var point in points)
        {
            var tags = point.Tags.ToArray();
            var period = (string)tags[0].Value!;
            if (isKept(tags) && !tags.AsSpan().SequenceEqual(Others(period)))
            {
                folded.Add(point);
            }
            else
            {
                others[period] = checked(others.GetValueOrDefault(period) + point.Value);
            }
        }

        folded.AddRange(others.Select(sum => new Measurement<T>(sum.Value, Others(sum.Key))));
    }

    // A gauge has no more than Int64; better its highest value than none.
    private static long Clamp(Int128 value) => (long)Int128.Min(value, long.MaxValue);
}
