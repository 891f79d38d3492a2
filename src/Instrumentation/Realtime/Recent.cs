namespace LlmTelemetry.Instrumentation;

/// <summary>The last of what has a key; what came before is forgotten, so that a session however long stays small. Not thread-safe.</summary>
internal sealed class Recent<TValue>(int most)
{
    private readonly Dictionary<string, TValue> _values = [];
    private readonly Queue<string> _order = new();

    public IReadOnlyCollection<TValue> Values => _values.Values;

    public bool Contains(string key) => _values.ContainsKey(key);

    public TValue? Find(string key) => _values.GetValueOrDefault(key);

    /// <returns>What had to go for it; null: nothing.</returns>
    public TValue? Add(string key, TValue value)
    {
        if (!_values.ContainsKey(key))
        {
            _order.Enqueue(key);
        }

        _values[key] = value;
        if (_order.Count <= most)
        {
            return default;
        }

        _values.Remove(_order.Dequeue(), out var oldest);
        return oldest;
    }

    public bool Remove(string key, out TValue? value)
    {
        if (!_values.Remove(key, out value))
        {
            return false;
        }

        // Few, and seldom.
        var rest = _order.Where(other => other != key).ToArray();
        _order.Clear();
        foreach (var other in rest)
        {
            _order.Enqueue(other);
        }

        return true;
    }

    public void Clear()
    {
        _values.Clear();
        _order.Clear();
    }
}
