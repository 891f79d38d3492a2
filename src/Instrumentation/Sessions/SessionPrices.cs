using LlmTelemetry.Usage;

namespace LlmTelemetry.Instrumentation;

/// <summary>A part of a session with what is known of its cost.</summary>
internal readonly struct SessionPart(in CallUsage priced, in Cost cost, in CallUsage unpriced, in CallUsage inTokens)
{
    /// <summary>What has a price.</summary>
    public readonly CallUsage Priced = priced;

    /// <summary>The cost of that.</summary>
    public readonly Cost Cost = cost;

    /// <summary>What has none.</summary>
    public readonly CallUsage Unpriced = unpriced;

    /// <summary>Seconds of audio that the model charges by the token: they have no cost of their own, and none is missing.</summary>
    public readonly CallUsage InTokens = inTokens;
}

/// <summary>Prices what a session uses, part by part, so that the parts cost what the whole does. Used under its session's lock.</summary>
internal sealed class SessionPrices(SessionRecorder recorder, string? model)
{
    // What the parts before counted of what is not priced count by count: a fee for each request, of which a call pays at least one; and
    // seconds, a third of a cent of which would be rounded each time.
    private CallUsage _before;
    private bool _isFeePaid;

    /// <param name="usage">What was used.</param>
    /// <param name="when">When.</param>
    /// <param name="isAudio">Whether it is seconds of audio and nothing else.</param>
    public SessionPart Price(in CallUsage usage, DateTimeOffset when, bool isAudio)
    {
        var (priced, unpriced, inTokens) = Split(in usage, when);
        var cost = default(Cost);
        if (!priced.IsEmpty && !TryPrice(in priced, when, isAudio, out cost))
        {
            (priced, unpriced) = (default, usage);
        }

        return new SessionPart(priced, cost, unpriced, inTokens);
    }

    /// <summary>Whether the model has a price for the tool: else it is the application's own.</summary>
    public bool Charges(in CallUsage tool, DateTimeOffset when) => recorder.Rates(model, in tool, when) is { Count: > 0 } rates && rates.All(line => line.Rate is not null);

    private bool TryPrice(in CallUsage usage, DateTimeOffset when, bool isAudio, out Cost cost)
    {
        var (before, after) = (default(CallUsage), usage);
        foreach (var bucket in usage)
        {
            if (bucket is UsageBucket.Request || isAudio)
            {
                before[bucket] = _before[bucket];
                after[bucket] = checked(_before[bucket] + usage[bucket]);
            }
        }

        if (!recorder.TryQuote(model, in after, when, out cost) || !recorder.TryQuote(model, in before, when, out var known))
        {
            return false;
        }

        cost.Subtract(in known);
        if (!_isFeePaid && recorder.TryQuote(model, default, when, out var fee))
        {
            cost.Add(in fee);
            _isFeePaid = true;
        }

        var seen = _before;
        foreach (var bucket in before)
        {
            seen[bucket] = after[bucket];
        }

        _before = seen;
        return true;
    }

    // What is counted by the piece and the model has no price for would be free in a call: here it is an unknown.
    private (CallUsage Priced, CallUsage Unpriced, CallUsage InTokens) Split(in CallUsage usage, DateTimeOffset when)
    {
        uint unknown = 0;
        if (HasPieces(in usage))
        {
            foreach (var line in recorder.Rates(model, in usage, when))
            {
                unknown |= line.Rate is null && IsPiece(line.Bucket) ? 1u << (int)line.Bucket : 0;
            }
        }

        if (unknown == 0)
        {
            return (usage, default, default);
        }

        CallUsage priced = default, unpriced = default, inTokens = default;
        var chargesAudioByToken = ChargesAudioByToken(when);
        foreach (var bucket in usage)
        {
            if ((unknown >> (int)bucket & 1) == 0)
            {
                Copy(in usage, bucket, ref priced);
            }
            else if (chargesAudioByToken && bucket is UsageBucket.AudioSecond or UsageBucket.InputAudioSecond)
            {
                Copy(in usage, bucket, ref inTokens);
            }
            else
            {
                Copy(in usage, bucket, ref unpriced);
            }
        }

        return (priced, unpriced, inTokens);
    }

    private bool ChargesAudioByToken(DateTimeOffset when)
    {
        var tokens = default(CallUsage);
        tokens[UsageBucket.InputAudio] = 1;
        tokens[UsageBucket.OutputAudio] = 1;
        return recorder.Rates(model, in tokens, when).Any(line => line.Rate is not null && line.PricedAs == line.Bucket && !IsPiece(line.Bucket));
    }

    private static bool HasPieces(in CallUsage usage)
    {
        foreach (var bucket in usage)
        {
            if (IsPiece(bucket))
            {
                return true;
            }
        }

        return false;
    }

    private static bool IsPiece(UsageBucket bucket) => !bucket.IsInputTokens() && !bucket.IsOutputTokens() && bucket is not UsageBucket.Request;

    private static void Copy(in CallUsage from, UsageBucket bucket, ref CallUsage to)
    {
        var rest = from[bucket];
        foreach (var part in from.Kinds)
        {
            if (part.Bucket == bucket)
            {
                to.Add(bucket, part.Kind, part.Count);
                rest -= part.Count;
            }
        }

        if (rest != 0 || !to.IsReported(bucket))
        {
            var plain = default(CallUsage);
            plain[bucket] = rest;
            to.Add(in plain);
        }
    }
}
