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
    private UsageKind[]? _kinds; // Never changed once it is here: copies of this struct share it.

    /// <summary>The bucket's count; 0 when it was not reported. Setting marks it as reported and forgets its kinds.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The count is negative.</exception>
    public long this[UsageBucket bucket]
    {
        readonly get => _counts[(int)bucket];
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            SetCount(bucket, value);
            if (_kinds is not null)
            {
                ForgetKinds(bucket);
            }
        }
    }

    /// <summary>The input tokens of all kinds, as providers bill and the semantic conventions count them: cached and multimodal ones included.</summary>
    /// <remarks><see cref="long.MaxValue"/> where the sum would not fit.</remarks>
    public readonly long InputTokens => Sum(UsageBucketExtensions.InputTokenMask);

    /// <summary>The output tokens of all kinds, reasoning included.</summary>
    /// <remarks><see cref="long.MaxValue"/> where the sum would not fit.</remarks>
    public readonly long OutputTokens => Sum(UsageBucketExtensions.OutputTokenMask);

    /// <summary>The counts by kind, as far as they were added so. Each is part of its bucket's count.</summary>
    public readonly ReadOnlySpan<UsageKind> Kinds => _kinds;

    /// <summary>Whether nothing was reported.</summary>
    public readonly bool IsEmpty => _reported == 0;

    internal readonly uint Reported => _reported;

    /// <summary>Whether the provider reported the bucket, be it as 0.</summary>
    public readonly bool IsReported(UsageBucket bucket) => (_reported >> (int)bucket & 1) != 0;

    /// <summary>Adds to a bucket what is of one kind: a tool's name, an image's size and quality.</summary>
    /// <param name="bucket">The bucket.</param>
    /// <param name="kind">The kind, as the price book writes it; compared in lower case.</param>
    /// <param name="count">How many.</param>
    /// <exception cref="ArgumentException">There is no kind.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The count is negative.</exception>
    /// <exception cref="OverflowException">The bucket's count would not fit in Int64; nothing was added.</exception>
    public void Add(UsageBucket bucket, string kind, long count)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(kind);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        kind = kind.Trim().ToLowerInvariant();
        SetCount(bucket, checked(this[bucket] + count));
        var at = Array.FindIndex(_kinds ??= [], k => k.Bucket == bucket && k.Kind == kind);
        UsageKind[] kinds = at < 0 ? [.. _kinds, new(bucket, kind, 0)] : [.. _kinds];
        at = at < 0 ? kinds.Length - 1 : at;
        kinds[at] = kinds[at] with { Count = kinds[at].Count + count };
        _kinds = kinds;
    }

    /// <summary>Adds the counts of another measurement.</summary>
    /// <exception cref="OverflowException">A count would not fit in Int64; nothing was added.</exception>
    public void Add(in CallUsage other)
    {
        var sum = this;
        foreach (var bucket in other)
        {
            var kinds = 0L;
            foreach (var part in other.Kinds)
            {
                if (part.Bucket == bucket)
                {
                    sum.Add(bucket, part.Kind, part.Count);
                    kinds += part.Count;
                }
            }

            sum.SetCount(bucket, checked(sum[bucket] + (other[bucket] - kinds)));
        }

        this = sum;
    }

    /// <summary>Walks the reported buckets in their order.</summary>
    public readonly Enumerator GetEnumerator() => new(_reported);

    /// <inheritdoc/>
    public readonly bool Equals(CallUsage other) =>
        _reported == other._reported && ((ReadOnlySpan<long>)_counts).SequenceEqual(other._counts) && Kinds.SequenceEqual(other.Kinds);

    /// <inheritdoc/>
    public override readonly bool Equals(object? obj) => obj is CallUsage other && Equals(other);

    /// <inheritdoc/>
    public override readonly int GetHashCode() => HashCode.Combine(_reported, _counts[0], _counts[(int)UsageBucket.Output]);

    /// <summary>Whether both report the same buckets with the same counts.</summary>
    public static bool operator ==(CallUsage left, CallUsage right) => left.Equals(right);

    /// <summary>Whether they differ in a bucket.</summary>
    public static bool operator !=(CallUsage left, CallUsage right) => !left.Equals(right);

    // Apart from the setter, which would make room for what the lambda captures at each call.
    private void ForgetKinds(UsageBucket bucket) => _kinds = Array.FindAll(_kinds!, k => k.Bucket != bucket);

    private void SetCount(UsageBucket bucket, long count)
    {
        _counts[(int)bucket] = count;
        _reported |= 1u << (int)bucket;
    }

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
