namespace LlmTelemetry.CostExporter;

/// <summary>The latest records, in the memory of the process. They live as long as this object.</summary>
internal sealed class MemoryRecordStore(int maxRecords) : IRecordStore
{
    private readonly Lock _gate = new();

    // Both under _gate, and of the same records.
    private readonly SortedDictionary<RecordKey, UsageRecord> _records = [];
    private readonly Dictionary<Guid, RecordKey> _keys = [];

    // Replaced as a whole when records change, so that the pages of a reader cost no walk from the beginning.
    private RecordKey[]? _order;

    public Task OpenAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task<int> WriteAsync(IReadOnlyList<UsageRecord> records, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var added = 0;
            foreach (var record in records)
            {
                var key = RecordKey.Of(record);
                if (_keys.TryAdd(record.Id, key))
                {
                    _records.Add(key, record);
                    added++;
                }
            }

            while (_records.Count > maxRecords)
            {
                Remove(_records.Keys.First());
            }

            _order = added == 0 ? _order : null;
            return Task.FromResult(added);
        }
    }

    public Task<IReadOnlySet<Guid>> FindAsync(IReadOnlyList<Guid> ids, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Task.FromResult<IReadOnlySet<Guid>>(ids.Where(_keys.ContainsKey).ToHashSet());
        }
    }

    public Task<UsageRecord?> GetAsync(Guid id, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            return Task.FromResult(_keys.TryGetValue(id, out var key) ? _records[key] : null);
        }
    }

    public Task<UsageRecordPage> ReadAsync(UsageRecordQuery query, CancellationToken cancellationToken)
    {
        var scan = new RecordScan(query);
        lock (_gate)
        {
            _order ??= [.. _records.Keys];
            var step = scan.OldestFirst ? 1 : -1;
            for (var at = Start(_order, scan); at >= 0 && at < _order.Length && scan.IsInRange(_order[at]) && !scan.IsFull; at += step)
            {
                cancellationToken.ThrowIfCancellationRequested();
                scan.Take(_records[_order[at]]);
            }

            return Task.FromResult(scan.ToPage());
        }
    }

    public Task<long> EraseUserAsync(string user, CancellationToken cancellationToken) => Task.FromResult(Remove(record => record.Attribution.User == user));

    public Task<long> PruneAsync(DateTimeOffset? before, CancellationToken cancellationToken) => Task.FromResult(Remove(record => before is null || record.EndedAt < before));

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    // The first in the range, in the query's order.
    private static int Start(RecordKey[] order, RecordScan scan)
    {
        if (scan.OldestFirst)
        {
            return scan.Lowest is not { } lowest ? 0 : Array.BinarySearch(order, lowest.Key) is var at && at >= 0 ? at + (lowest.Inclusive ? 0 : 1) : ~at;
        }

        return (scan.Highest is not { } highest ? order.Length : Array.BinarySearch(order, highest) is var end && end >= 0 ? end : ~end) - 1;
    }

    private long Remove(Predicate<UsageRecord> which)
    {
        lock (_gate)
        {
            RecordKey[] gone = [.. _records.Where(pair => which(pair.Value)).Select(pair => pair.Key)];
            Array.ForEach(gone, Remove);
            _order = null;
            return gone.Length;
        }
    }

    private void Remove(RecordKey key)
    {
        _records.Remove(key);
        _keys.Remove(key.Id);
    }
}
