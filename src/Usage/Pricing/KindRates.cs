namespace LlmTelemetry.Usage;

/// <summary>The rates of a bucket whose price depends on the kind: a tool's name, an image's size and quality. Immutable.</summary>
/// <param name="other">The rate of what is of no kind that is named; null: it has no price.</param>
/// <param name="rates">The rates by kind.</param>
/// <param name="bucket">The bucket.</param>
internal sealed class KindRates(Rate? other, IReadOnlyDictionary<string, Rate> rates, UsageBucket bucket)
{
    // Where no image of the model is priced by its quality, any quality of a size has the size's price.
    private readonly bool _isBySize = bucket == UsageBucket.Image && !rates.Keys.Any(static kind => kind.Contains('/', StringComparison.Ordinal));

    public Rate? Of(string? kind) => kind is not null && (rates.TryGetValue(kind, out var rate) || TryGetSize(kind, out rate)) ? rate : other;

    /// <summary>What the bucket costs in pico-USD; null where something is of a kind without a price.</summary>
    public Int128? Of(in CallUsage usage)
    {
        Int128 pico = 0;
        var rest = usage[bucket];
        foreach (var part in usage.Kinds)
        {
            if (part.Bucket != bucket || part.Count == 0)
            {
                continue;
            }

            if (Of(part.Kind) is not { } rate)
            {
                return null;
            }

            pico += rate.Of(part.Count);
            rest -= part.Count;
        }

        return rest == 0 ? pico : other is { } last ? pico + last.Of(rest) : null;
    }

    /// <summary>The bucket's count by kind, with what is of no kind last.</summary>
    public static IEnumerable<(string? Kind, long Count)> Split(CallUsage usage, UsageBucket bucket)
    {
        List<(string? Kind, long Count)> parts = [];
        var rest = usage[bucket];
        foreach (var part in usage.Kinds)
        {
            if (part.Bucket == bucket && part.Count != 0)
            {
                parts.Add((part.Kind, part.Count));
                rest -= part.Count;
            }
        }

        return rest == 0 ? parts : [.. parts, (null, rest)];
    }

    private bool TryGetSize(string kind, out Rate rate)
    {
        rate = default;
        return _isBySize && kind.IndexOf('/', StringComparison.Ordinal) is > 0 and var end && rates.TryGetValue(kind[..end], out rate);
    }
}
