using System.Runtime.CompilerServices;

namespace LlmTelemetry.CostExporter.Tests;

/// <summary>A store that is filled by the test: keeps day and month rows, counts what is read, and gives each row in two parts, as stores may.</summary>
internal sealed class RowStore : ISpendStore
{
    private readonly Dictionary<(SpendGrain Grain, DateTimeOffset Period, SpendKey Key), SpendMeasures> _rows = [];

    public List<SpendRead> Reads { get; } = [];

    /// <summary>What the next calls throw; null: they answer.</summary>
    public Exception? Failure { get; set; }

    public void Add(DateOnly day, SpendKey key, params (byte Measure, Int128 Amount)[] amounts)
    {
        var midnight = new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero);
        foreach (var (measure, amount) in amounts)
        {
            RowOf(SpendGrain.Day, midnight, key).Add(measure, amount);
            RowOf(SpendGrain.Month, midnight.AddDays(1 - day.Day), key).Add(measure, amount);
        }
    }

    public Task OpenAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public string PartitionOf(in SpendKey key) => "";

    public Task<BatchReply> ApplyAsync(SpendBatch batch, CancellationToken cancellationToken)
    {
        if (Failure is not null)
        {
            throw Failure;
        }

        foreach (var row in batch.Rows)
        {
            for (var i = 0; i < row.Measures.Count; i++)
            {
                Add(row.Day, row.Key, row.Measures.At(i));
            }
        }

        return Task.FromResult(new BatchReply(BatchStatus.Applied, batch.Number));
    }

    public async IAsyncEnumerable<SpendAggregate> ReadAsync(SpendRead read, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Reads.Add(read);
        await Task.Yield();
        if (Failure is not null)
        {
            throw Failure;
        }

        foreach (var (at, measures) in _rows.Where(row => row.Key.Grain == read.Grain && row.Key.Period >= read.From && row.Key.Period <= read.To))
        {
            foreach (var part in Parts(measures))
            {
                yield return new SpendAggregate(at.Period, read.Apart().Of(at.Key), part);
            }
        }
    }

    public Task<IReadOnlyList<StoredSession>> ReadSessionsAsync(SessionRead read, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<StoredSession>>([]);

    public Task<TimeSpan?> HourRetentionAsync(CancellationToken cancellationToken) => Task.FromResult<TimeSpan?>(null);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private static IEnumerable<SpendMeasures> Parts(SpendMeasures measures)
    {
        var (first, second) = (new SpendMeasures(), new SpendMeasures());
        for (var i = 0; i < measures.Count; i++)
        {
            var (measure, value) = measures.At(i);
            first.Add(measure, value / 2);
            second.Add(measure, value - (value / 2));
        }

        return [first, second];
    }

    private SpendMeasures RowOf(SpendGrain grain, DateTimeOffset period, SpendKey key)
    {
        if (!_rows.TryGetValue((grain, period, key), out var measures))
        {
            _rows.Add((grain, period, key), measures = new SpendMeasures());
        }

        return measures;
    }
}
