using System.Numerics;
using System.Runtime.CompilerServices;

namespace LlmTelemetry.Usage;

/// <summary>
/// What one call used: a count for each disjoint bucket that the provider reported. A bucket that was not reported is not 0:
/// <see cref="IsReported"/> tells. Counts are never negative. Not thread-safe while it is filled.
/// </summary>
public struct CallUsage : IEquatable<CallUsage>
{
    private Counts _counts;
    private uint _reported;

    /// <summary>The bucket's count; 0 when it was not reported. Setting marks it as reported.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The count is negative.</exception>
    public long this[UsageBucket bucket]
    {
        readonly get => _counts[(int)bucket];
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            _counts[(int)bucket] = value;
            _reported |= 1u << (int)bucket;
        }
    }

    /// <summary>The input tokens of all kinds, as providers bill and the semantic conventions count them: cached and multimodal ones included.</summary>
    /// <remarks><see cref="long.MaxValue"/> where the sum would not fit.</remarks>
    public readonly long InputTokens => Sum(UsageBucketExtensions.InputTokenMask);

    /// <summary>The output tokens of all kinds, reasoning included.</summary>
    /// <remarks><see cref="long.MaxValue"/> where the sum would not fit.</remarks>
    public readonly long OutputTokens => Sum(UsageBucketExtensions.OutputTokenMask);

    /// <summary>Whether nothing was reported.</summary>
    public readonly bool IsEmpty => _reported == 0;

    internal readonly uint Reported => _reported;

    /// <summary>Whether the provider reported the bucket, be it as 0.</summary>
    public readonly bool IsReported(UsageBucket bucket) => (_reported >> (int)bucket & 1) != 0;

    /// <summary>Adds the counts of another measurement.</summary>
    /// <exception cref="OverflowException">A count would not fit in Int64; nothing was added.</exception>
    public void Add(in CallUsage other)
    {
        var sum = this;
        foreach (var bucket in other)
        {
            sum[bucket] = checked(sum[bucket] + other[bucket]);
        }

        this = sum;
    }

    /// <summary>Walks the reported buckets in their order.</summary>
    public readonly Enumerator GetEnumerator() => new(_reported);

    /// <inheritdoc/>
    public readonly bool Equals(CallUsage other) => _reported == other._reported && ((ReadOnlySpan<long>)_counts).SequenceEqual(other._counts);

    /// <inheritdoc/>
    public override readonly bool Equals(object? obj) => obj is CallUsage other && Equals(other);

    /// <inheritdoc/>
    public override readonly int GetHashCode() => HashCode.Combine(_reported, _counts[0], _counts[(int)UsageBucket.Output]);

    /// <summary>Whether both report the same buckets with the same counts.</summary>
    public static bool operator ==(CallUsage left, CallUsage right) => left.Equals(right);

    /// <summary>Whether they differ in a bucket.</summary>
    public static bool operator !=(CallUsage left, CallUsage right) => !left.Equals(right);

    private readonly long Sum(uint mask)
    {
        long sum = 0;
        for (var rest = _reported & mask; rest != 0; rest &= rest - 1)
        {
            sum = unchecked(sum + _counts[BitOperations.TrailingZeroCount(rest)]);
            if (sum < 0)
            {
                return long.MaxValue; // Counts are not negative, so only an overflow is.
            }
        }

        return sum;
    }

    /// <summary>Walks the reported buckets.</summary>
    public struct Enumerator
    {
        private uint _rest;

        internal Enumerator(uint reported) => _rest = reported;

        /// <summary>The bucket at hand.</summary>
        public UsageBucket Current { get; private set; }

        /// <summary>Goes to the next reported bucket.</summary>
        public bool MoveNext()
        {
            if (_rest == 0)
            {
                return false;
            }

            Current = (UsageBucket)BitOperations.TrailingZeroCount(_rest);
            _rest &= _rest - 1;
            return true;
        }
    }

    [InlineArray(UsageBucketExtensions.Count)]
    private struct Counts
    {
        private long _first;
    }
}
