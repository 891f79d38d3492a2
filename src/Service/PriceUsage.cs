using System.Text.Json;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Service;

/// <summary>
/// Gathers what one call used from named counts and makes disjoint buckets of it: docs/prices.md, "Asking for a price". What is not understood or
/// contradicts itself is refused, since it may stand for money: each method says what is wrong, or null.
/// </summary>
internal sealed class PriceUsage
{
    // Classes of usage whose totals include their parts. Within one, totals and disjoint buckets beside each other could mean two things.
    private static readonly UsageBucket[][] Families =
    [
        [.. Enum.GetValues<UsageBucket>().Where(IsToken)],
        [UsageBucket.AudioSecond, UsageBucket.InputAudioSecond],
        [UsageBucket.DocumentPage, UsageBucket.AnnotatedDocumentPage],
    ];

    private readonly long?[] _totals = new long?[UsageBucketExtensions.Count];
    private readonly List<(UsageBucket Total, long Count)> _parts = [];
    private CallUsage _own;
    private long? _all;
    private long? _write5m;

    /// <summary>Adds an object of counts, parsed by <see cref="StrictJson"/>.</summary>
    public string? Add(JsonElement usage)
    {
        if (usage.ValueKind != JsonValueKind.Object)
        {
            return "usage must be an object of counts";
        }

        string? problem = null;
        foreach (var field in usage.EnumerateObject())
        {
            problem ??= field.Value.ValueKind switch
            {
                JsonValueKind.Null => null, // Not reported.
                JsonValueKind.Object => AddKinds(field.Name, field.Value),
                _ when PriceCount.Of(field.Value) is { } count => Add(field.Name, count),
                _ => $"{field.Name} must be a whole number",
            };
        }

        return problem;
    }

    public string? Add(string name, long count)
    {
        if (count < 0)
        {
            return $"{name} is below zero";
        }

        switch (name)
        {
            case PriceUsageNames.All:
                _all = count;
                return null;
            case PriceUsageNames.CacheWrite5m:
                _write5m = count;
                return null;
        }

        if (PriceUsageNames.TryFindPart(name, out var total))
        {
            _parts.Add((total, count));
            return null;
        }

        if (!PriceUsageNames.TryFind(name, out var bucket, out var isTotal))
        {
            return count == 0 ? null : $"{name} is no known count, as input_tokens, cache_read_tokens or output_tokens are"; // None of anything costs nothing.
        }

        if (isTotal ? _totals[(int)bucket] is not null : _own.IsReported(bucket))
        {
            return $"{name} is there twice";
        }

        if (isTotal)
        {
            _totals[(int)bucket] = count;
        }
        else
        {
            _own[bucket] = count;
        }

        return null;
    }

    /// <summary>What was gathered.</summary>
    /// <param name="book">Says whether what is not known about an overlap matters for the price.</param>
    /// <param name="provider">The provider, if it was named.</param>
    /// <param name="model">The model.</param>
    /// <param name="usage">The disjoint buckets; not to be priced where something is wrong.</param>
    public string? Read(PriceBook book, string? provider, string model, out CallUsage usage)
    {
        usage = default;
        if (!TryFillWrites() || _parts.Exists(part => part.Count > (_totals[(int)part.Total] ?? 0)))
        {
            return Text(UsageIssue.PartExceedsWhole);
        }

        var tokens = PriceUsageOverlap.WithoutUnpriced(Tokens(), book, provider, model);
        var issue = tokens.ToDisjoint(out usage);
        if (Array.Exists(Families, IsMixed))
        {
            return "totals (as input_tokens) and disjoint buckets (as input) stand beside each other";
        }

        if (issue == UsageIssue.UnknownOverlap ? PriceUsageOverlap.IsPriced(in tokens, book, provider, model) : issue != UsageIssue.None)
        {
            return Text(issue);
        }

        if (!Rest(UsageBucket.AudioSecond, UsageBucket.InputAudioSecond, ref usage) || !Rest(UsageBucket.DocumentPage, UsageBucket.AnnotatedDocumentPage, ref usage))
        {
            return Text(UsageIssue.PartExceedsWhole);
        }

        usage.Add(in _own);
        return _all is { } all && all != (Int128)usage.InputTokens + usage.OutputTokens ? Text(UsageIssue.TotalMismatch) : null;
    }

    private static bool IsToken(UsageBucket bucket) => bucket.IsInputTokens() || bucket.IsOutputTokens();

    private static string Text(UsageIssue issue) => issue switch
    {
        UsageIssue.UnknownOverlap => "cached and audio (or image, or video) input are both there, but not how much of one is the other, which has a price of its own",
        UsageIssue.MissingWhole => "a part is there without its total",
        UsageIssue.TotalMismatch => "input and output do not add up to the total",
        _ => "parts are more than their total (input_tokens includes what was read from and written to the cache, output_tokens includes reasoning)",
    };

    private string? AddKinds(string name, JsonElement kinds)
    {
        if (!PriceUsageNames.TryFind(name, out var bucket, out var isTotal) || isTotal || IsToken(bucket))
        {
            return $"{name} must be a whole number";
        }

        if (_own.IsReported(bucket))
        {
            return $"{name} is there twice";
        }

        string? problem = null;
        foreach (var kind in kinds.EnumerateObject())
        {
            problem ??= PriceCount.Of(kind.Value) is >= 0 and var count && !string.IsNullOrWhiteSpace(kind.Name)
                ? AddKind(bucket, kind.Name, count)
                : $"{name}: '{kind.Name}' must have a count";
        }

        return problem;
    }

    private string? AddKind(UsageBucket bucket, string kind, long count)
    {
        // A search is a search, whether it is counted as one or as a tool called so.
        if (bucket == UsageBucket.ToolCall && PriceUsageNames.TryFind(kind, out var tool, out _)
            && tool is UsageBucket.WebSearch or UsageBucket.FileSearch or UsageBucket.CodeExecution)
        {
            return Add(kind, count);
        }

        if (_own[bucket] > long.MaxValue - count)
        {
            return $"{bucket.Name()} is too large";
        }

        _own.Add(bucket, kind, count);
        return null;
    }

    private bool IsMixed(UsageBucket[] family) => Array.Exists(family, b => _totals[(int)b] is not null) && Array.Exists(family, _own.IsReported);

    // Both kinds of writes make a total where there is none; they cannot be more than one that is there.
    private bool TryFillWrites()
    {
        ref var total = ref _totals[(int)UsageBucket.CacheWrite5m];
        if (_write5m is { } writes)
        {
            var sum = (Int128)writes + (_totals[(int)UsageBucket.CacheWrite1h] ?? 0);
            if (sum > (total ?? long.MaxValue))
            {
                return false;
            }

            total ??= (long)sum;
        }

        return true;
    }

    // The part may stand alone: time and pages of which only the part is reported have no other.
    private bool Rest(UsageBucket whole, UsageBucket part, ref CallUsage usage)
    {
        var (total, of) = (_totals[(int)whole], _totals[(int)part]);
        if (of > total)
        {
            return false;
        }

        if (total is { } count)
        {
            usage[whole] = count - (of ?? 0);
        }

        if (of is { } some)
        {
            usage[part] = some;
        }

        return true;
    }

    private InclusiveUsage Tokens() => new()
    {
        Input = _totals[(int)UsageBucket.Input],
        CacheRead = _totals[(int)UsageBucket.CacheRead],
        CacheWrite = _totals[(int)UsageBucket.CacheWrite5m],
        CacheWrite1h = _totals[(int)UsageBucket.CacheWrite1h],
        InputAudio = _totals[(int)UsageBucket.InputAudio],
        CacheAudioRead = _totals[(int)UsageBucket.CacheAudioRead],
        InputImage = _totals[(int)UsageBucket.InputImage],
        CacheImageRead = _totals[(int)UsageBucket.CacheImageRead],
        InputVideo = _totals[(int)UsageBucket.InputVideo],
        CacheVideoRead = _totals[(int)UsageBucket.CacheVideoRead],
        Output = _totals[(int)UsageBucket.Output],
        Reasoning = _totals[(int)UsageBucket.Reasoning],
        Citation = _totals[(int)UsageBucket.Citation],
        OutputAudio = _totals[(int)UsageBucket.OutputAudio],
        OutputImage = _totals[(int)UsageBucket.OutputImage],
        OutputVideo = _totals[(int)UsageBucket.OutputVideo],
    };
}
