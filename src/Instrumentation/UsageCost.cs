using LlmTelemetry.Usage;

namespace LlmTelemetry.Instrumentation;

/// <summary>What one call used and what it cost, as it was known when the call ended. Amounts are USD; null: not known, which is not 0. Immutable.</summary>
public sealed class UsageCost
{
    private readonly Line[] _lines;
    private readonly bool _isPriced;

    internal UsageCost(in UsageEvent call)
    {
        Quality = call.Quality;
        Requests = call.Calls;
        PriceVersion = call.HasCost ? call.Cost.PriceVersion : null;
        Charge = Usd(call.ChargePico);
        Saved = Usd(call.SavedPico);
        HasUsage = call.HasUsage;
        Currency = Cost.Currency;
        _isPriced = call.HasCost || call.IsCacheHit;
        _lines = LinesOf(in call);
    }

    internal UsageCost(long requests, CostQuality quality, in CallUsage usage, Int128[]? pico, string? priceVersion, Int128? chargePico, Int128? savedPico)
    {
        Quality = quality;
        Requests = requests;
        PriceVersion = priceVersion;
        Charge = Usd(chargePico);
        Saved = Usd(savedPico);
        HasUsage = !usage.IsEmpty;
        Currency = Cost.Currency;
        _isPriced = pico is not null;
        var lines = new List<Line>();
        for (var bucket = UsageBucket.Input; (int)bucket < UsageBucketExtensions.Count; bucket++)
        {
            var amount = pico?[(int)bucket] ?? 0;
            if (usage.IsReported(bucket) || amount != 0)
            {
                lines.Add(new Line(amount, usage[bucket], bucket, usage.IsReported(bucket)));
            }
        }

        _lines = [.. lines];
    }

    /// <summary>ISO 4217 code of every amount here.</summary>
    public string Currency { get; }

    /// <summary>How well the cost is known.</summary>
    public CostQuality Quality { get; }

    /// <summary>Version of the price book at the time of the call; null: no price was known.</summary>
    public string? PriceVersion { get; }

    /// <summary>Whether it is known what the call used: by the provider's report, or by estimate (<see cref="Quality"/>).</summary>
    public bool HasUsage { get; }

    /// <summary>What the call used, by disjoint bucket; empty unless <see cref="HasUsage"/>. Kinds of a bucket are not kept apart.</summary>
    public CallUsage Usage
    {
        get
        {
            var usage = default(CallUsage);
            foreach (var line in _lines)
            {
                if (line.IsUsage)
                {
                    usage[line.Bucket] = line.Count;
                }
            }

            return usage;
        }
    }

    /// <summary>Input and output tokens of all kinds; null: no usage was reported.</summary>
    public long? TotalTokens => HasUsage && Usage is var usage ? (long)Int128.Min((Int128)usage.InputTokens + usage.OutputTokens, long.MaxValue) : null;

    /// <summary>Web searches that the provider ran; null: no usage was reported.</summary>
    public long? WebSearchCount => HasUsage ? Usage[UsageBucket.WebSearch] : null;

    /// <summary>How many requests to the provider this is: 1; more where an outer tracker sums a turn; 0 where a cache gave the answer.</summary>
    public long Requests { get; }

    /// <summary>
    /// The whole cost. Exact. Of a turn of several calls that of those whose price is known, as <see cref="Quality"/> tells; 0 where a cache gave the answer.
    /// </summary>
    public decimal? Total => Sum(static _ => true);

    /// <summary>Input at the full rate, audio, images and video included; the cache's part is in <see cref="CacheRead"/> and <see cref="CacheWrite"/>.</summary>
    public decimal? Prompt => Sum(static bucket => bucket.IsInputTokens() && !IsCacheRead(bucket) && !IsCacheWrite(bucket));

    /// <summary>Output without reasoning.</summary>
    public decimal? Completion => Sum(static bucket => bucket.IsOutputTokens() && bucket != UsageBucket.Reasoning);

    /// <summary>Input read from the provider's cache.</summary>
    public decimal? CacheRead => Sum(IsCacheRead);

    /// <summary>Input written to the provider's cache.</summary>
    public decimal? CacheWrite => Sum(IsCacheWrite);

    /// <summary>Output spent on reasoning.</summary>
    public decimal? Reasoning => Sum(static bucket => bucket == UsageBucket.Reasoning);

    /// <summary>Web searches.</summary>
    public decimal? WebSearch => Sum(static bucket => bucket == UsageBucket.WebSearch);

    /// <summary>What is not tokens and no web search: fees, other tools, images by the piece, audio by time, characters ...</summary>
    public decimal? Other => Sum(static bucket => !bucket.IsInputTokens() && !bucket.IsOutputTokens() && bucket != UsageBucket.WebSearch);

    /// <summary>What is charged on for the call; null: nothing is, or the cost is not known.</summary>
    public decimal? Charge { get; }

    /// <summary>What caches of the application's own saved, as far as it is known; null: nothing. See <see cref="UsageTrackingOptions.SavedCost"/>.</summary>
    public decimal? Saved { get; }

    /// <summary>The bucket's cost; 0 where it cost nothing.</summary>
    public decimal? this[UsageBucket bucket] => Sum(other => other == bucket);

    /// <summary>The total as people read it: <c>$0.0025</c>; <c>unknown</c> without one.</summary>
    public override string ToString() => CostCalculator.Format(Total);

    private static bool IsCacheRead(UsageBucket bucket) =>
        bucket is UsageBucket.CacheRead or UsageBucket.CacheAudioRead or UsageBucket.CacheImageRead or UsageBucket.CacheVideoRead;

    private static bool IsCacheWrite(UsageBucket bucket) => bucket is UsageBucket.CacheWrite5m or UsageBucket.CacheWrite1h;

    // Few of the many buckets: a copy of the event would be a kilobyte for each answer.
    private static Line[] LinesOf(in UsageEvent call)
    {
        Span<Line> lines = stackalloc Line[UsageBucketExtensions.Count];
        var count = 0;
        for (var bucket = UsageBucket.Input; (int)bucket < UsageBucketExtensions.Count; bucket++)
        {
            var isUsage = call.HasUsage && call.Usage.IsReported(bucket);
            var pico = call.HasCost ? call.Cost.Pico(bucket) : 0;
            if (isUsage || pico != 0)
            {
                lines[count++] = new Line(pico, isUsage ? call.Usage[bucket] : 0, bucket, isUsage);
            }
        }

        return lines[..count].ToArray();
    }

    private static decimal? Usd(Int128? pico) => pico is { } amount ? Cost.ToUsd(amount) : null;

    private decimal? Sum(Func<UsageBucket, bool> which)
    {
        if (!_isPriced)
        {
            return null;
        }

        Int128 pico = 0;
        foreach (var line in _lines)
        {
            pico += which(line.Bucket) ? line.Pico : 0;
        }

        return Cost.ToUsd(pico);
    }

    private readonly record struct Line(Int128 Pico, long Count, UsageBucket Bucket, bool IsUsage);
}
