using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter;

/// <summary>Makes the rows of one receipt: increments of the same hour, day and key are one row. Not thread-safe.</summary>
/// <param name="rules">What rows are made by.</param>
internal sealed class RowFold(RowRules rules)
{
    private readonly Dictionary<PendingKey, SpendMeasures> _rows = [];

    public int Count => _rows.Count;

    /// <summary>Adds a call, unless it would need a row more than a receipt may have.</summary>
    /// <returns>False: there is no room for it.</returns>
    public bool TryAdd(in UsageEvent call)
    {
        if (!rules.Takes(in call))
        {
            return true;
        }

        if (Find(rules.KeyOf(in call)) is not { } row)
        {
            return false;
        }

        row.Add(in call);
        return true;
    }

    /// <summary>The same of measures that are not one event's. They are copied.</summary>
    public bool TryAdd(DateTimeOffset at, in SpendKey key, SpendMeasures measures)
    {
        if (!rules.HasSums)
        {
            return true; // A metric is of no session.
        }

        if (Find(rules.KeyOf(at, in key)) is not { } row)
        {
            return false;
        }

        row.Add(measures);
        return true;
    }

    public SpendRow[] ToRows() => [.. _rows.Select(row => new SpendRow(row.Key.Hour, row.Key.Day, row.Key.Key, row.Value))];

    private SpendMeasures? Find(in PendingKey at)
    {
        if (!_rows.TryGetValue(at, out var row) && _rows.Count < SpendBatch.MaxRows)
        {
            _rows.Add(at, row = new SpendMeasures());
        }

        return row;
    }
}

/// <summary>What rows are kept apart by, the same as in an exporter with the same options. Thread-safe.</summary>
internal sealed class RowRules(CostExporterOptions options)
{
    private readonly LocalDays _days = new(options.TimeZone);
    private readonly EventKeys _keys = new(CostExporterHost.Kept(options));

    /// <summary>See <see cref="SpendFolder.HasSums"/>.</summary>
    public bool HasSums => options.Aggregates;

    public bool Takes(in UsageEvent call) => HasSums || (options.LiveSessions && call.Attribution.Session is not null);

    public PendingKey KeyOf(in UsageEvent call)
    {
        var key = _keys.Of(in call);
        var (hour, day) = _days.Of(call.EndedAt);
        return new PendingKey(hour, day, in key);
    }

    public PendingKey KeyOf(DateTimeOffset at, in SpendKey key)
    {
        var clean = _keys.Of(in key);
        var (hour, day) = _days.Of(at);
        return new PendingKey(hour, day, in clean);
    }

    /// <summary>The key of any row of a tenant, as far as partitions know keys.</summary>
    public SpendKey KeyOfTenant(string? tenant) => _keys.Of(new SpendKey(null, null, null, tenant, null));
}
