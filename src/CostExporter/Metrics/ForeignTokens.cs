using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter;

/// <summary>Tokens of several calls by part, and how many calls those of input and of output are of, as far as that is said.</summary>
internal sealed class ForeignTokens
{
    // Of a sum whose number of calls is unknown: short enough for the lowest context tier, long enough that no rate rounds away.
    private const long ProbeTokens = 1_000;

    private readonly long?[] _tokens = new long?[(int)TokenPart.OutputImage + 1];
    private long _inputCalls;
    private long _outputCalls;

    public bool IsEmpty => Array.TrueForAll(_tokens, tokens => tokens is null);

    public void Add(TokenPart part, TokenPart? modal, in PointSum sum)
    {
        var tokens = (long)Int128.Min(sum.In(1), long.MaxValue);
        Add(part, tokens);
        if (modal is { } within)
        {
            Add(within, tokens);
        }

        _inputCalls += part is TokenPart.Input ? sum.Count : 0;
        _outputCalls += part is TokenPart.Output ? sum.Count : 0;
    }

    /// <summary>All tokens in disjoint buckets. Parts that are not in their whole are of calls whose whole came before: it was taken at the full rate then.</summary>
    public CallUsage ToUsage()
    {
        var input = new InclusiveUsage
        {
            Input = Of(TokenPart.Input),
            CacheRead = Of(TokenPart.CacheRead),
            CacheWrite = Of(TokenPart.CacheWrite),
            InputAudio = Of(TokenPart.InputAudio),
            CacheAudioRead = Of(TokenPart.CacheAudioRead),
            InputImage = Of(TokenPart.InputImage),
            CacheImageRead = Of(TokenPart.CacheImageRead),
        };
        var output = new InclusiveUsage { Output = Of(TokenPart.Output), Reasoning = Of(TokenPart.Reasoning), OutputAudio = Of(TokenPart.OutputAudio), OutputImage = Of(TokenPart.OutputImage) };
        var usage = Disjoint(input, new InclusiveUsage { Input = input.Input });
        usage.Add(Disjoint(output, new InclusiveUsage { Output = output.Output }));
        return usage;
    }

    /// <summary>The usage of the average call, which says what context tier the calls are of. No bucket that has tokens is empty in it.</summary>
    /// <param name="usage">What <see cref="ToUsage"/> says.</param>
    /// <param name="calls">How many calls it is, where the tokens do not say; 0: not known.</param>
    public CallUsage PerCall(in CallUsage usage, long calls)
    {
        var average = default(CallUsage);
        foreach (var bucket in usage)
        {
            var of = bucket.IsInputTokens() ? _inputCalls : _outputCalls;
            of = of == 0 ? calls : of;
            average[bucket] = usage[bucket] == 0 ? 0 : of == 0 ? ProbeTokens : Math.Max(1, (long)((usage[bucket] + ((Int128)of / 2)) / of));
        }

        return average;
    }

    private static CallUsage Disjoint(in InclusiveUsage all, in InclusiveUsage whole)
    {
        if (all.ToDisjoint(out var usage) is not (UsageIssue.None or UsageIssue.UnknownOverlap))
        {
            whole.ToDisjoint(out usage);
        }

        return usage;
    }

    private long? Of(TokenPart part) => _tokens[(int)part];

    private void Add(TokenPart part, long tokens) => _tokens[(int)part] = (long)Int128.Min((Int128)(_tokens[(int)part] ?? 0) + tokens, long.MaxValue);
}
