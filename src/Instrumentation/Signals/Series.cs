using System.Collections.Concurrent;
using LlmTelemetry.Usage;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation;

/// <summary>The sums of one series: added to by calls without a lock, read when somebody collects.</summary>
internal sealed class Series
{
    // What a double still tells apart; a call above it is nonsense, and sums of it could wrap.
    internal const long MaxCount = 1L << 53;

    private readonly Amounts?[] _buckets = new Amounts?[UsageBucketExtensions.Count];
    private readonly ConcurrentDictionary<CallEnding, CallCount> _calls = new();
    private readonly CallCount _completed;
    private readonly PointCount _points;
    private long _durationTicks;
    private long _inconsistent;
    private long _cacheHits;

    public Series(in SeriesKey key, StandardSeries standard, PointCount points)
    {
        _points = points;
        Standard = standard;
        List<KeyValuePair<string, object?>> tags = [.. standard.Tags];
        Add(Attributes.CostQuality, QualityNames.Of(key.Quality));
        Add(key.IsUserHashed ? Attributes.UserHash : Attributes.UserId, key.User);
        Add(Attributes.Tenant, key.Tenant);
        Add(Attributes.Feature, key.Feature);
        Add(Attributes.Tier, key.Tier);
        Tags = [.. tags];
        _completed = CallsFor(new CallEnding(CallOutcome.Completed, null));

        // A tag without a value would be another series than none.
        void Add(string name, string? value)
        {
            if (value is not null)
            {
                tags.Add(new(name, value));
            }
        }
    }

    public KeyValuePair<string, object?>[] Tags { get; }

    /// <summary>What the standard metrics have of the calls.</summary>
    public StandardSeries Standard { get; }

    public IEnumerable<Amounts> Buckets => _buckets.Where(amounts => amounts is not null)!;

    public IEnumerable<CallCount> Calls => _calls.Values;

    /// <summary>False for a series that only names the attributes of a chunk.</summary>
    public bool HasCalls => _calls.Values.Any(calls => calls.Value > 0);

    /// <summary>What was charged on for the calls, apart from what they cost.</summary>
    public MoneySum Charge { get; } = new();

    /// <summary>What answers from a cache would have cost.</summary>
    public MoneySum Saved { get; } = new();

    public long CacheHits => Volatile.Read(ref _cacheHits);

    public double DurationSeconds => TimeSpan.FromTicks(Volatile.Read(ref _durationTicks)).TotalSeconds;

    public long Inconsistent => Volatile.Read(ref _inconsistent);

    public void AddCalls(long calls, CallOutcome outcome, string? errorType, TimeSpan duration, bool inconsistent)
    {
        (outcome == CallOutcome.Completed ? _completed : CallsFor(new CallEnding(outcome, errorType))).Add(calls);
        Interlocked.Add(ref _durationTicks, duration.Ticks);
        if (inconsistent)
        {
            Interlocked.Add(ref _inconsistent, calls);
        }
    }

    public void AddCacheHit() => Interlocked.Increment(ref _cacheHits);

    /// <summary>Adds what a bucket used; false when the count is beyond belief.</summary>
    public bool TryAddCount(UsageBucket bucket, long count)
    {
        if (count > MaxCount)
        {
            return false;
        }

        Bucket(bucket).AddCount(count);
        return true;
    }

    /// <summary>Adds what a bucket cost; false when the amount is beyond belief (over 9 million USD).</summary>
    public bool TryAddCost(UsageBucket bucket, Int128 pico) => Bucket(bucket).Cost.TryAdd(pico);

    private Amounts Bucket(UsageBucket bucket) => Volatile.Read(ref _buckets[(int)bucket]) ?? AddBucket(bucket);

    private Amounts AddBucket(UsageBucket bucket)
    {
        var added = new Amounts(this, bucket);
        if (Interlocked.CompareExchange(ref _buckets[(int)bucket], added, null) is { } other)
        {
            return other;
        }

        _points.AddBucket();
        return added;
    }

    private CallCount CallsFor(CallEnding ending)
    {
        if (_calls.TryGetValue(ending, out var calls))
        {
            return calls;
        }

        calls = new CallCount(ending.Tags(Tags));
        if (!_calls.TryAdd(ending, calls))
        {
            return _calls[ending];
        }

        _points.AddCalls();
        return calls;
    }

    /// <summary>How calls ended.</summary>
    internal readonly record struct CallEnding(CallOutcome Outcome, string? ErrorType)
    {
        public KeyValuePair<string, object?>[] Tags(KeyValuePair<string, object?>[] series)
        {
            KeyValuePair<string, object?>[] tags = [.. series, new(Attributes.Outcome, OutcomeNames.Of(Outcome))];
            return ErrorType is null ? tags : [.. tags, new(Attributes.ErrorType, ErrorType)];
        }
    }

    /// <summary>A sum with the tags under which it is reported.</summary>
    internal sealed class CallCount(KeyValuePair<string, object?>[] tags)
    {
        private long _value;

        public KeyValuePair<string, object?>[] Tags => tags;

        public long Value => Volatile.Read(ref _value);

        public void Add(long more) => Interlocked.Add(ref _value, more);
    }

    /// <summary>The sums of one bucket.</summary>
    internal sealed class Amounts(Series series, UsageBucket bucket)
    {
        private long _count;
        private int _isCounted; // 1: a count was added, be it 0.

        public KeyValuePair<string, object?>[] Tags { get; } = [.. series.Tags, new(Attributes.UsageType, bucket.Name())];

        public long? Count => Volatile.Read(ref _isCounted) != 0 ? Volatile.Read(ref _count) : null;

        public MoneySum Cost { get; } = new();

        public void AddCount(long count)
        {
            Interlocked.Add(ref _count, count);
            if (Volatile.Read(ref _isCounted) == 0)
            {
                Volatile.Write(ref _isCounted, 1);
            }
        }
    }
}
