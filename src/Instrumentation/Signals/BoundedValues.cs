using System.Collections.Concurrent;

namespace LlmTelemetry.Instrumentation;

/// <summary>Keeps the first values of an attribute and folds the rest, so that what an attribute can cost has a bound.</summary>
internal sealed class BoundedValues(string placeholder)
{
    private readonly ConcurrentDictionary<string, bool> _kept = new();
    private int _count;
    private long _folded;

    /// <summary>How many times a value was folded.</summary>
    public long Folded => Volatile.Read(ref _folded);

    public string? Fold(string? value, int limit)
    {
        if (value is null || _kept.ContainsKey(value))
        {
            return value;
        }

        // Counted before it is kept, so that racing threads cannot pass the limit together.
        if (Volatile.Read(ref _count) < limit && Interlocked.Increment(ref _count) <= limit)
        {
            if (!_kept.TryAdd(value, true))
            {
                Interlocked.Decrement(ref _count);
            }

            return value;
        }

        return FoldAnyhow(value);
    }

    /// <summary>Folds also a value that is kept, where there is no room for another combination.</summary>
    public string? FoldAnyhow(string? value)
    {
        if (value is null || value == placeholder)
        {
            return value;
        }

        Interlocked.Increment(ref _folded);
        return placeholder;
    }
}
