using System.Globalization;
using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter;

/// <summary>The values of the fields that a span has.</summary>
internal sealed class SpanReading
{
    // More tokens than any call has; what is above is garbage.
    private const long MostTokens = 100_000_000_000_000;

    private readonly (object? Value, int Rank)[] _values = new (object?, int)[SpanFields.Count];

    public SpanReading(ReadOnlySpan<KeyValuePair<string, object?>> attributes)
    {
        foreach (var (name, value) in attributes)
        {
            if (value is not (null or "") && SpanFields.ByName.TryGetValue(name, out var known))
            {
                ref var at = ref _values[(int)known.Field];
                at = at.Value is null || known.Rank < at.Rank ? (value, known.Rank) : at;
            }
        }
    }

    public bool Has(SpanField field) => _values[(int)field].Value is not null;

    public bool IsTrue(SpanField field) => _values[(int)field].Value is true or "true";

    public string? Text(SpanField field) => _values[(int)field].Value is { } value ? value as string ?? Convert.ToString(value, CultureInfo.InvariantCulture) : null;

    /// <summary>Whether it was said by the name that the conventions have for it now.</summary>
    public bool IsStandard(SpanField field) => _values[(int)field] is { Value: not null, Rank: 0 };

    /// <summary>Tokens; null where none are said, be it that what is said is no number. Negative ones are for the normaliser to find.</summary>
    public long? Tokens(SpanField field) => _values[(int)field].Value switch
    {
        long count and <= MostTokens => count,
        double count when count is <= MostTokens and >= -MostTokens && Math.Floor(count) == count => (long)count,
        string text when long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var count) && count <= MostTokens => count,
        _ => null,
    };

    /// <summary>An amount that is not negative; null where none is said.</summary>
    public double? Amount(SpanField field)
    {
        double? amount = _values[(int)field].Value switch
        {
            double number => number,
            long number => number,
            string text when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) => number,
            _ => null,
        };
        return amount is >= 0 and < double.PositiveInfinity ? amount : null;
    }

    /// <summary>An amount of USD in pico-USD; null where none is said.</summary>
    public Int128? Pico(SpanField field) => PointSum.TryMake(Amount(field) ?? double.NaN, 0, out var usd) ? usd.In(Cost.PicoPerUsd) : null;

    /// <summary>What the model used; null where nothing is said of it.</summary>
    /// <param name="isInconsistent">Whether the counts contradict themselves or the conventions.</param>
    public CallUsage? Usage(out bool isInconsistent)
    {
        var said = new InclusiveUsage
        {
            Input = Tokens(SpanField.Input),
            CacheRead = Tokens(SpanField.CacheRead),
            CacheWrite = Tokens(SpanField.CacheWrite),
            InputAudio = Tokens(SpanField.InputAudio),
            CacheAudioRead = Tokens(SpanField.CacheAudioRead),
            InputImage = Tokens(SpanField.InputImage),
            CacheImageRead = Tokens(SpanField.CacheImageRead),
            Output = Tokens(SpanField.Output),
            Reasoning = Tokens(SpanField.Reasoning),
            OutputAudio = Tokens(SpanField.OutputAudio),
            OutputImage = Tokens(SpanField.OutputImage),
        };
        if (said == default)
        {
            isInconsistent = false;
            return null;
        }

        said = said with { Input = WithCache(in said, Tokens(SpanField.Total), out var isContrary), Total = Tokens(SpanField.Total) };
        isInconsistent = said.ToDisjoint(out var usage) is not (UsageIssue.None or UsageIssue.UnknownOverlap) || isContrary;
        return usage;
    }

    // Anthropic's own count of input leaves out what the cache took part in, and some libraries pass it on as it is. More from the cache than there is input, or a total that
    // has both, tells.
    private static long? WithCache(in InclusiveUsage said, long? total, out bool isContrary)
    {
        isContrary = false;
        if (said.Input is not { } input || input < 0 || said.CacheRead < 0 || said.CacheWrite < 0)
        {
            return said.Input;
        }

        var cached = (said.CacheRead ?? 0) + (said.CacheWrite ?? 0);
        var hasTotal = cached > 0 && total == input + cached + (said.Output ?? 0);
        isContrary = cached > input && !hasTotal;
        return hasTotal || isContrary ? input + cached : input;
    }
}
