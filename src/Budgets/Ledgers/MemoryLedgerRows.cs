namespace LlmTelemetry.Budgets;

/// <summary>The rows of a ledger in this process. Not thread-safe: the ledger's lock is around it.</summary>
internal sealed class MemoryLedgerRows : ILedgerRows
{
    private readonly Dictionary<CounterKey, CounterRow> _counters = [];
    private readonly Dictionary<Guid, HeldCall> _holds = [];
    private readonly PriorityQueue<Guid, long> _deadlines = new();
    private readonly Dictionary<Guid, long> _settled = [];

    /// <summary>By limit and subject (null: all), with the moment until when each is kept.</summary>
    public Dictionary<(string Limit, string? Subject), (LedgerOverride Value, long KeptUntil)> Overrides { get; } = [];

    /// <summary>What was announced, with the moment until when each is kept.</summary>
    public Dictionary<string, (string Text, long KeptUntil)> Announced { get; } = new(StringComparer.Ordinal);

    public IEnumerable<string> Subjects(string series, long now) => _counters.Where(row => row.Key.Series == series && row.Value.KeptUntil > now).Select(row => row.Key.Subject);

    public CounterRow? Counter(CounterKey key) => _counters.GetValueOrDefault(key);

    public void Put(CounterKey key, CounterRow row) => _counters[key] = row;

    public void Remove(CounterKey key) => _counters.Remove(key);

    public HeldCall? Hold(Guid id) => _holds.GetValueOrDefault(id);

    public void Put(HeldCall hold)
    {
        if (_holds.TryAdd(hold.Id, hold))
        {
            _deadlines.Enqueue(hold.Id, hold.Deadline);
        }

        _holds[hold.Id] = hold;
    }

    public void Remove(HeldCall hold) => _holds.Remove(hold.Id);

    public IReadOnlyList<HeldCall> Due(long now)
    {
        List<HeldCall> due = [];
        while (_deadlines.TryPeek(out var id, out var deadline) && deadline <= now)
        {
            _deadlines.Dequeue();
            if (_holds.TryGetValue(id, out var hold) && hold.IsLive && hold.Deadline <= now)
            {
                due.Add(hold);
            }
        }

        return due;
    }

    public IReadOnlyList<HeldCall> HoldsOn(IReadOnlySet<CounterKey> keys) => [.. _holds.Values.Where(hold => hold.IsOn(keys))];

    public long? SettledUntil(Guid id) => _settled.TryGetValue(id, out var until) ? until : null;

    public void PutSettled(Guid id, long until) => _settled[id] = until;

    public LedgerOverride? Override(string limit, string? subject, long now) =>
        Overrides.TryGetValue((limit, subject), out var said) && said.KeptUntil > now ? said.Value : null;

    /// <summary>Lets all go that nobody can ask for any more.</summary>
    public void Forget(long now)
    {
        RemoveAll(_counters, row => row.KeptUntil <= now);
        RemoveAll(_holds, hold => hold.KeptUntil <= now);
        RemoveAll(_settled, until => until <= now);
        RemoveAll(Overrides, said => said.KeptUntil <= now);
        RemoveAll(Announced, said => said.KeptUntil <= now);
    }

    private static void RemoveAll<TKey, TValue>(Dictionary<TKey, TValue> rows, Func<TValue, bool> isPast)
        where TKey : notnull
    {
        foreach (var (key, value) in rows)
        {
            if (isPast(value))
            {
                rows.Remove(key);
            }
        }
    }
}
