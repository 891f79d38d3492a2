using System.Collections.Concurrent;
using System.Runtime.CompilerServices;

namespace LlmTelemetry.CostExporter.Tests;

/// <summary>
/// A store in memory that keeps the contract of numbers to the letter and can fail as real ones do: refuse, apply and lose the answer, never
/// answer, forget its last batches.
/// </summary>
internal sealed class FlakySpendStore : ISpendStore
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Instance, string Partition), List<SpendBatch>> _applied = [];
    private readonly ConcurrentQueue<Fault> _faults = new();

    /// <summary>Batches in the order in which they were sent, repetitions included.</summary>
    public ConcurrentQueue<SpendBatch> Sent { get; } = new();

    public Func<SpendKey, string> Partition { get; set; } = static key => key.Tenant ?? "";

    /// <summary>While true nothing is answered with anything but a failure.</summary>
    public bool IsDown { get; set; }

    /// <summary>A partition that fails while the others work.</summary>
    public string? DownPartition { get; set; }

    public Func<Task> Opening { get; set; } = static () => Task.CompletedTask;

    /// <summary>What a reading waits for before it finds nothing.</summary>
    public Func<CancellationToken, Task> Reading { get; set; } = static _ => Task.CompletedTask;

    public int Opened { get; private set; }

    /// <summary>The beats that came.</summary>
    public ConcurrentQueue<ExporterBeat> Beats { get; } = new();

    /// <summary>Told to the next one that beats.</summary>
    public ConcurrentQueue<ExporterBeat> Dead { get; } = new();

    /// <summary>While true beats fail, and nothing else.</summary>
    public bool RefusesBeats { get; set; }

    public bool IsDisposed { get; private set; }

    /// <summary>Everything that is in the store, by hour, day and key.</summary>
    public Dictionary<(long Hour, DateOnly Day, SpendKey Key), SpendMeasures> Rows
    {
        get
        {
            var rows = new Dictionary<(long, DateOnly, SpendKey), SpendMeasures>();
            lock (_gate)
            {
                foreach (var row in _applied.Values.SelectMany(b => b).SelectMany(b => b.Rows))
                {
                    if (!rows.TryGetValue((row.Hour, row.Day, row.Key), out var sum))
                    {
                        rows.Add((row.Hour, row.Day, row.Key), sum = new SpendMeasures());
                    }

                    sum.Add(row.Measures);
                }
            }

            return rows;
        }
    }

    /// <summary>Faults that were planned and not met do not come any more.</summary>
    public void MeetNoMore() => _faults.Clear();

    /// <summary>The next batches meet these faults, one each.</summary>
    public void Meet(params Fault[] faults) => Array.ForEach(faults, _faults.Enqueue);

    public Int128 Sum(byte measure) => Rows.Values.Aggregate((Int128)0, (sum, row) => sum + row[measure]);

    /// <summary>Dies and comes back without the batches that it had applied last.</summary>
    public void LoseLast(int batches)
    {
        lock (_gate)
        {
            foreach (var list in _applied.Values)
            {
                list.RemoveRange(Math.Max(0, list.Count - batches), Math.Min(list.Count, batches));
            }
        }
    }

    public Task OpenAsync(CancellationToken cancellationToken)
    {
        Opened++;
        return Opening();
    }

    public string PartitionOf(in SpendKey key) => Partition(key);

    public Task<IReadOnlyList<ExporterBeat>> BeatAsync(ExporterBeat beat, CancellationToken cancellationToken)
    {
        if (RefusesBeats || IsDown)
        {
            throw new IOException("No beat.");
        }

        Beats.Enqueue(beat);
        return Task.FromResult<IReadOnlyList<ExporterBeat>>(Dead.TryDequeue(out var dead) ? [dead] : []);
    }

    public async Task<BatchReply> ApplyAsync(SpendBatch batch, CancellationToken cancellationToken)
    {
        Assert.InRange(batch.Rows.Count, 0, SpendBatch.MaxRows);
        Assert.Equal(batch.Rows.Count, batch.Rows.DistinctBy(r => (r.Hour, r.Day, r.Key)).Count());
        Assert.All(batch.Rows, r => Assert.Equal(batch.Partition, Partition(r.Key)));
        Sent.Enqueue(batch);
        if (IsDown || batch.Partition == DownPartition)
        {
            throw new IOException("The store is down.");
        }

        _ = _faults.TryDequeue(out var fault);
        switch (fault)
        {
            case Fault.Refuse:
                throw new IOException("Refused before anything was done.");
            case Fault.ApplyAndLoseTheAnswer:
                _ = Apply(batch);
                throw new TimeoutException("Applied, but nobody heard.");
            case Fault.NeverAnswer:
                await new TaskCompletionSource().Task;
                break;
            case Fault.ApplyAndNeverAnswer:
                _ = Apply(batch);
                await new TaskCompletionSource().Task;
                break;
            case Fault.LoseTheLastBatch:
                LoseLast(1);
                break;
        }

        return Apply(batch);
    }

    public async IAsyncEnumerable<SpendAggregate> ReadAsync(SpendRead read, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await Reading(cancellationToken);
        yield break;
    }

    public Task<IReadOnlyList<StoredSession>> ReadSessionsAsync(SessionRead read, CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<StoredSession>>([]);

    public Task<TimeSpan?> HourRetentionAsync(CancellationToken cancellationToken) => Task.FromResult<TimeSpan?>(null);

    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        return ValueTask.CompletedTask;
    }

    // A batch of a journal holds the same in other objects.
    private static (long, DateOnly, SpendKey, string) Content(SpendRow row) =>
        (row.Hour, row.Day, row.Key, string.Join(' ', Enumerable.Range(0, row.Measures.Count).Select(row.Measures.At)));

    private BatchReply Apply(SpendBatch batch)
    {
        lock (_gate)
        {
            if (!_applied.TryGetValue((batch.Instance, batch.Partition), out var applied))
            {
                _applied.Add((batch.Instance, batch.Partition), applied = []);
            }

            var last = applied.Count;
            if (batch.Number <= last)
            {
                Assert.Equal(applied[(int)batch.Number - 1].Rows.Select(Content), batch.Rows.Select(Content));
                return new BatchReply(BatchStatus.AlreadyApplied, last);
            }

            if (batch.Number != last + 1)
            {
                return new BatchReply(BatchStatus.Gap, last);
            }

            applied.Add(batch);
            return new BatchReply(BatchStatus.Applied, batch.Number);
        }
    }
}

internal enum Fault
{
    None,
    Refuse,
    ApplyAndLoseTheAnswer,
    NeverAnswer,
    ApplyAndNeverAnswer,
    LoseTheLastBatch,
}
