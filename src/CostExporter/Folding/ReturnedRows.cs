namespace LlmTelemetry.CostExporter;

/// <summary>Rows that wait behind batches of their partition, beside those that are being folded. Thread-safe.</summary>
internal sealed class ReturnedRows
{
    private readonly Lock _gate = new();

    // Under _gate.
    private Dictionary<PendingKey, SpendMeasures> _rows = [];
    private long _since = long.MaxValue;

    /// <summary>Timestamp of the oldest increment; null when there is none.</summary>
    public long? Since
    {
        get
        {
            lock (_gate)
            {
                return _rows.Count == 0 ? null : _since;
            }
        }
    }

    public IReadOnlyList<SpendRow> Rows
    {
        get
        {
            lock (_gate)
            {
                return [.. _rows.Select(row => new SpendRow(row.Key.Hour, row.Key.Day, row.Key.Key, row.Value))];
            }
        }
    }

    /// <returns>How many rows more there are.</returns>
    public int Add(in PendingKey key, SpendMeasures measures, long since)
    {
        lock (_gate)
        {
            _since = Math.Min(_since, since);
            if (_rows.TryGetValue(key, out var sums))
            {
                sums.Add(measures);
                return 0;
            }

            _rows.Add(key, measures);
            return 1;
        }
    }

    /// <summary>Hands out all and forgets them.</summary>
    public Dictionary<PendingKey, SpendMeasures> Take(ref long since)
    {
        lock (_gate)
        {
            var taken = _rows;
            since = Math.Min(since, _since);
            (_rows, _since) = ([], long.MaxValue);
            return taken;
        }
    }
}
