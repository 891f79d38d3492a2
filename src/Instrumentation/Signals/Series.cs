using System.Collections.Concurrent;
using LlmTelemetry.Usage;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation;

/// <summary>The sums of one series: added to by calls without a lock, read when somebody collects.</summary>
internal sealed class Series
{
    // Money is kept in whole micro-USD and the pico-USD that remain, so that no sum can leave Int64.
    public const long PicoPerMicro = 1_000_000;

    // What a double still tells apart; a call above it is nonsense, and sums of it could wrap.
    private const long MaxCount = 1L << 53;

    private readonly Amounts?[] _buckets = new Amounts?[UsageBucketExtensions.Count];
    private readonly ConcurrentDictionary<CallEnding, CallCount> _calls = new();
    private readonly CallCount _completed;
    private readonly PointCount _points;
    private long _durationTicks;
    private long _inconsistent;

    public Series(in SeriesKey key, PointCount points)
    {
        _points = points;
        var tags = new List<KeyValuePair<string, object?>> { new(GenAi.OperationName, key.Operation) };
        Add(GenAi.ProviderName, key.Provider);
        Add(GenAi.RequestModel, key.RequestModel);
        Add(GenAi.ResponseModel, key.ResponseModel);
        StandardTags = [.. tags];
        InputTags = [.. tags, new(GenAi.TokenType, GenAi.TokenTypeInput)];
        OutputTags = [.. tags, new(GenAi.TokenType, GenAi.TokenTypeOutput)];
        Add(Attributes.CostQuality, QualityNames.Of(key.Quality));
        Add(Attributes.UserId, key.User);
        Add(Attributes.Tenant, key.Tenant);
        Add(Attributes.Feature, key.Feature);
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

    /// <summary>What the standard histograms carry.</summary>
    public KeyValuePair<string, object?>[] StandardTags { get; }

    public KeyValuePair<string, object?>[] InputTags { get; }

    public KeyValuePair<string, object?>[] OutputTags { get; }

    public IEnumerable<Amounts> Buckets => _buckets.Where(amounts => amounts is not null)!;

    public IEnumerable<CallCount> Calls => _calls.Values;

    /// <summary>False for a series that only names the attributes of a chunk.</summary>
    public bool HasCalls => _calls.Values.Any(calls => calls.Value > 0);

    public double DurationSeconds => TimeSpan.FromTicks(Volatile.Read(ref _durationTicks)).TotalSeconds;

    public long Inconsistent => Volatile.Read(ref _inconsistent);

    public void AddCall(CallOutcome outcome, string? errorType, TimeSpan duration, bool inconsistent)
    {
        (outcome == CallOutcome.Completed ? _completed : CallsFor(new CallEnding(outcome, errorType))).Add(1);
        Interlocked.Add(ref _durationTicks, duration.Ticks);
        if (inconsistent)
        {
            Interlocked.Increment(ref _inconsistent);
        }
    }

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
    public bool TryAddCost(UsageBucket bucket, Int128 pico)
    {
        if (pico < 0 || pico > long.MaxValue)
        {
            return false;
        }

        Bucket(bucket).AddCost((long)pico);
        return true;
    }

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
        private long _micro;
        private long _pico;

        // Bit 0: a count was added, be it 0. Bit 1: a cost was.
        private int _has;

        public KeyValuePair<string, object?>[] Tags { get; } = [.. series.Tags, new(Attributes.UsageType, bucket.Name())];

        public long? Count => (Volatile.Read(ref _has) & 1) != 0 ? Volatile.Read(ref _count) : null;

        /// <summary>Null when none was added.</summary>
        public Int128? Pico => (Volatile.Read(ref _has) & 2) != 0 ? (Int128)Volatile.Read(ref _micro) * PicoPerMicro + Volatile.Read(ref _pico) : null;

        public void AddCount(long count)
        {
            Interlocked.Add(ref _count, count);
            Note(1);
        }

        public void AddCost(long pico)
        {
            var (micro, rest) = Math.DivRem(pico, PicoPerMicro);
            Interlocked.Add(ref _micro, micro);
            Interlocked.Add(ref _pico, rest);
            Note(2);
        }

        private void Note(int bit)
        {
            if ((Volatile.Read(ref _has) & bit) == 0)
            {
                Interlocked.Or(ref _has, bit);
            }
        }
    }
}
