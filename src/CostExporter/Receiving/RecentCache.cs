namespace LlmTelemetry.CostExporter;

/// <summary>
/// Keeps what was used lately, in two generations: when the young one is full, the old one goes and the young one takes its place. So it never holds more than twice
/// the limit, and asking costs no list of uses. Thread-safe.
/// </summary>
/// <param name="limit">The weight of a full generation.</param>
internal sealed class RecentCache<TKey, TValue>(long limit)
    where TKey : notnull
    where TValue : class
{
    private readonly Lock _gate = new();

    // All under _gate.
    private Dictionary<TKey, (TValue Value, long Weight)> _young = [];
    private Dictionary<TKey, (TValue Value, long Weight)> _old = [];
    private long _weight;

    /// <summary>The value, which counts as used now; null: it is not kept.</summary>
    public TValue? Find(TKey key)
    {
        lock (_gate)
        {
            if (_young.TryGetValue(key, out var found))
            {
                return found.Value;
            }

            if (!_old.Remove(key, out found))
            {
                return null;
            }

            Add(key, found.Value, found.Weight);
            return found.Value;
        }
    }

    /// <summary>The value, which is not kept any more; null: it was not.</summary>
    public TValue? Take(TKey key)
    {
        lock (_gate)
        {
            if (_young.Remove(key, out var found))
            {
                _weight -= found.Weight;
                return found.Value;
            }

            return _old.Remove(key, out found) ? found.Value : null;
        }
    }

    public void Put(TKey key, TValue value, long weight = 1)
    {
        lock (_gate)
        {
            _old.Remove(key);
            if (_young.Remove(key, out var earlier))
            {
                _weight -= earlier.Weight;
            }

            Add(key, value, weight);
        }
    }

    public void Clear()
    {
        lock (_gate)
        {
            (_young, _old, _weight) = ([], [], 0);
        }
    }

    private void Add(TKey key, TValue value, long weight)
    {
        if (_weight + weight > limit && _young.Count > 0)
        {
            (_old, _young, _weight) = (_young, [], 0);
        }

        _young[key] = (value, weight);
        _weight += weight;
    }
}
