namespace LlmTelemetry.Usage;

/// <summary>One report of usage as a shape's reader fills it: inclusive token counts, counts of other things, and what did not fit.</summary>
internal sealed class BodyReport
{
    private CallUsage _others;

    public InclusiveUsage Tokens { get; set; }

    public UsageIssue Issue { get; private set; }

    public decimal? Cost { get; set; }

    public string? ServiceTier { get; set; }

    public string? Region { get; set; }

    /// <summary>Of Anthropic's answers, whose reports complete one another.</summary>
    public AnthropicCounts? Anthropic { get; set; }

    /// <summary>The first thing that is wrong stays.</summary>
    public void Note(UsageIssue issue) => Issue = Issue == UsageIssue.None ? issue : Issue;

    /// <summary>Counts something that is no token; null: it was not reported.</summary>
    public void Count(UsageBucket bucket, long? count, string? kind = null)
    {
        switch (count)
        {
            case < 0:
                Note(UsageIssue.Negative);
                break;
            case > 0 when kind is not null && _others[bucket] <= long.MaxValue - count:
                _others.Add(bucket, kind, count.Value);
                break;
            case { } value when kind is null:
                _others[bucket] = Sum(_others[bucket], value)!.Value;
                break;
        }
    }

    /// <summary>Counts what is no token anew.</summary>
    public void Set(UsageBucket bucket, long count)
    {
        if (count < 0)
        {
            Note(UsageIssue.Negative);
        }
        else
        {
            _others[bucket] = count;
        }
    }

    /// <summary>Takes over searches that only an earlier event of the stream showed.</summary>
    public void KeepSearches(BodyReport? before)
    {
        if (before is not null && before != this && before.Counts(UsageBucket.WebSearch) && !Counts(UsageBucket.WebSearch))
        {
            _others[UsageBucket.WebSearch] = before._others[UsageBucket.WebSearch];
        }
    }

    public bool Counts(UsageBucket bucket) => _others.IsReported(bucket);

    /// <summary>The sum of what was reported; null where nothing was.</summary>
    public long? Sum(params ReadOnlySpan<long?> counts)
    {
        Int128? sum = null;
        foreach (var count in counts)
        {
            // A negative count stays what it is: it must not eat up another one.
            if (count < 0)
            {
                return count;
            }

            sum = count is { } value ? (sum ?? 0) + value : sum;
        }

        if (sum > long.MaxValue)
        {
            Note(UsageIssue.NotACount);
            return long.MaxValue;
        }

        return (long?)sum;
    }

    /// <summary>Notes it where two counts of the same thing differ.</summary>
    public void MustAgree(long? one, long? other)
    {
        if (one is not null && other is not null && one != other)
        {
            Note(UsageIssue.TotalMismatch);
        }
    }

    public UsageIssue ToUsage(out CallUsage usage)
    {
        var issue = Tokens.ToDisjoint(out usage);
        usage.Add(in _others); // Other buckets than those of the tokens, so the sums are the counts themselves.
        return Issue == UsageIssue.None ? issue : Issue;
    }
}
