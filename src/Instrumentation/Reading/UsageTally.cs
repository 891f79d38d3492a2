using System.Runtime.CompilerServices;

namespace LlmTelemetry.Instrumentation;

/// <summary>What a provider's own counts are about. The order is that of <see cref="UsageTally"/>.</summary>
internal enum UsageCount
{
    Input,
    Output,
    Total,
    CacheRead,
    CacheWrite,
    CacheWrite1h,
    Reasoning,
    InputAudio,
    OutputAudio,
    ToolUsePrompt,
    WebSearch,
    FileSearch,
    CodeExecution,
    InputImage,
    InputVideo,
    CacheAudioRead,
    CacheImageRead,
    CacheVideoRead,
    OutputImage,
    OutputVideo,
}

/// <summary>The running sum of a call's counts as the provider gives them. One that was not given is null, not 0.</summary>
internal struct UsageTally
{
    private const UsageCount Last = UsageCount.OutputVideo;

    private Counts _counts;
    private uint _given;

    public readonly bool IsEmpty => _given == 0;

    /// <summary>Whether a sum left Int64; it then stays at the last value that fits.</summary>
    public bool Overflowed { get; private set; }

    /// <summary>The count; setting null changes nothing, as a later report that is silent about a count does not take it back.</summary>
    public long? this[UsageCount count]
    {
        readonly get => (_given >> (int)count & 1) != 0 ? _counts[(int)count] : null;
        set
        {
            if (value is { } number)
            {
                _counts[(int)count] = number;
                _given |= 1u << (int)count;
            }
        }
    }

    public void Add(in UsageTally other)
    {
        for (var count = UsageCount.Input; count <= Last; count++)
        {
            if (other[count] is { } more)
            {
                this[count] = Sum(this[count] ?? 0, more);
            }
        }

        Overflowed |= other.Overflowed;
    }

    /// <summary>Takes the counts that the other one gives in place of its own; a total that is not given anew is one of counts that no longer hold.</summary>
    public void Replace(in UsageTally other)
    {
        if (other[UsageCount.Total] is null && !other.IsEmpty)
        {
            _given &= ~(1u << (int)UsageCount.Total);
        }

        for (var count = UsageCount.Input; count <= Last; count++)
        {
            this[count] = other[count];
        }
    }

    /// <summary>
    /// Whether these counts are those of an earlier report, grown: all that it said is said again, no less, and the same input. A report that is to be
    /// added would not say the whole prompt again.
    /// </summary>
    public readonly bool Repeats(in UsageTally earlier)
    {
        if (this[UsageCount.Input] is not > 0 || this[UsageCount.Input] != earlier[UsageCount.Input])
        {
            return false;
        }

        for (var count = UsageCount.Input; count <= Last; count++)
        {
            if (earlier[count] is { } before and not 0 && !(this[count] >= before))
            {
                return false;
            }
        }

        return true;
    }

    private long Sum(long left, long right)
    {
        var sum = unchecked(left + right);
        if (((left ^ sum) & (right ^ sum)) < 0)
        {
            Overflowed = true;
            return left;
        }

        return sum;
    }

    [InlineArray((int)Last + 1)]
    private struct Counts
    {
        private long _first;
    }
}
