namespace LlmTelemetry.CostExporter.Tests;

/// <summary>A real store, watched: when a batch is under way, and what became of those that a fault hit.</summary>
internal sealed class WatchedStore(ISpendStore store) : ISpendStore
{
    private readonly Lock _gate = new();
    private readonly HashSet<(string Instance, string Partition, long Number)> _underWay = [];
    private readonly HashSet<(string Instance, string Partition, long Number)> _struck = [];
    private readonly HashSet<(string Instance, string Partition, long Number)> _unknown = [];
    private TaskCompletionSource _next = NewSource();
    private TaskCompletionSource _answer = NewSource();

    public int Batches { get; private set; }

    /// <summary>Batches under way at a fault, whose sending then failed: unknown to the exporter.</summary>
    public int Hits { get; private set; }

    /// <summary>Of the unknown ones those that the store already had when they were sent again.</summary>
    public int AnswersLost { get; private set; }

    /// <summary>Ends with the first batch that is sent after the store has answered one.</summary>
    public async Task BatchOfHealthyStoreAsync()
    {
        await Renew(ref _answer);
        await Renew(ref _next);
    }

    /// <summary>A fault begins now.</summary>
    public void NoteFault()
    {
        lock (_gate)
        {
            _struck.UnionWith(_underWay);
        }
    }

    public async Task<BatchReply> ApplyAsync(SpendBatch batch, CancellationToken cancellationToken)
    {
        var id = (batch.Instance, batch.Partition, batch.Number);
        lock (_gate)
        {
            _underWay.Add(id);
            _next.TrySetResult();
        }

        try
        {
            var reply = await store.ApplyAsync(batch, cancellationToken);
            lock (_gate)
            {
                _answer.TrySetResult();
                Batches += reply.Status == BatchStatus.Applied ? 1 : 0;
                AnswersLost += _unknown.Remove(id) && reply.Status == BatchStatus.AlreadyApplied ? 1 : 0;
            }

            return reply;
        }
        catch
        {
            lock (_gate)
            {
                Hits += _struck.Contains(id) && _unknown.Add(id) ? 1 : 0;
            }

            throw;
        }
        finally
        {
            lock (_gate)
            {
                _underWay.Remove(id);
                _struck.Remove(id);
            }
        }
    }

    public Task OpenAsync(CancellationToken cancellationToken) => store.OpenAsync(cancellationToken);

    public string PartitionOf(in SpendKey key) => store.PartitionOf(in key);

    public IAsyncEnumerable<SpendAggregate> ReadAsync(SpendRead read, CancellationToken cancellationToken) => store.ReadAsync(read, cancellationToken);

    public Task<IReadOnlyList<StoredSession>> ReadSessionsAsync(SessionRead read, CancellationToken cancellationToken) => store.ReadSessionsAsync(read, cancellationToken);

    public Task<TimeSpan?> HourRetentionAsync(CancellationToken cancellationToken) => store.HourRetentionAsync(cancellationToken);

    public ValueTask DisposeAsync() => store.DisposeAsync();

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);

    private Task Renew(ref TaskCompletionSource source)
    {
        lock (_gate)
        {
            source = NewSource();
            return source.Task;
        }
    }
}
