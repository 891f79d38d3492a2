using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace LlmTelemetry.CostExporter.Tests.Storage;

/// <summary>
/// The example of docs/stores.md: a store of one's own, in memory. Everything is one partition, changed under one lock, so that rows and numbers change
/// together; what the contract has a default for is left to it.
/// </summary>
public sealed class MemorySpendStore(StoreSettings settings) : ISpendStore
{
    private const string Everything = "all";

    private readonly Lock _gate = new();
    private readonly Dictionary<string, long> _numbers = [];
    private readonly Dictionary<(SpendGrain Grain, DateTimeOffset Period), Dictionary<(SpendKey Key, DateOnly? Day), SpendMeasures>> _periods = [];

    public Task OpenAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public string PartitionOf(in SpendKey key) => Everything;

    public Task<BatchReply> ApplyAsync(SpendBatch batch, CancellationToken cancellationToken)
    {
        lock (_gate)
        {
            var last = _numbers.GetValueOrDefault(batch.Instance);
            if (batch.Number != last + 1)
            {
                return Task.FromResult(new BatchReply(batch.Number <= last ? BatchStatus.AlreadyApplied : BatchStatus.Gap, last));
            }

            // Nothing from here on can fail: Int128 holds more than any sum of measures.
            var expired = Enum.GetValues<SpendGrain>().Sum(grain => Add(grain, batch.Rows));
            _numbers[batch.Instance] = batch.Number;
            return Task.FromResult(new BatchReply(BatchStatus.Applied, batch.Number, expired));
        }
    }

    public async IAsyncEnumerable<SpendAggregate> ReadAsync(SpendRead read, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var row in Read(read))
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return row;
        }

        await Task.CompletedTask;
    }

    private int Add(SpendGrain grain, IReadOnlyList<SpendRow> rows)
    {
        var (first, expired) = (settings.FirstKept(grain), 0);
        foreach (var gone in _periods.Keys.Where(at => at.Grain == grain && at.Period < first).ToArray())
        {
            _periods.Remove(gone);
        }

        foreach (var row in rows)
        {
            var period = row.PeriodOf(grain);
            if (period < first)
            {
                expired++;
                continue;
            }

            ref var keys = ref CollectionsMarshal.GetValueRefOrAddDefault(_periods, (grain, period), out _);
            ref var sum = ref CollectionsMarshal.GetValueRefOrAddDefault(keys ??= [], (row.KeyIn(grain), grain == SpendGrain.Hour ? row.Day : null), out _);
            (sum ??= new SpendMeasures()).Add(row.Measures);
        }

        return expired;
    }

    private List<SpendAggregate> Read(SpendRead read)
    {
        lock (_gate)
        {
            var (rows, first) = (new List<SpendAggregate>(), settings.FirstKept(read.Grain));
            foreach (var (at, keys) in _periods.Where(at => at.Key.Grain == read.Grain && at.Key.Period >= read.From && at.Key.Period <= read.To && at.Key.Period >= first))
            {
                var merge = new SpendMerge(read);
                foreach (var ((key, day), measures) in keys.Where(row => row.Key.Key.More?.Parts.Metric is not null == read.OfFigures))
                {
                    merge.Add(in key, day, measures);
                }

                rows.AddRange(merge.Take(at.Period));
            }

            return rows;
        }
    }
}
