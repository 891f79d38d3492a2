namespace LlmTelemetry.CostExporter.Tests.Records;

/// <summary>Records in memory, in a store that can be down, hang, or lose its answers.</summary>
internal sealed class FlakyRecordStore : IRecordStore
{
    private readonly MemoryRecordStore _records = new(1_000_000);

    public bool Down { get; set; }

    public bool Hangs { get; set; }

    public bool LosesAnswers { get; set; }

    public List<UsageRecord> Written { get; } = [];

    public int Count { get; private set; }

    public Task OpenAsync(CancellationToken cancellationToken) => Down ? throw new IOException("The store is down.") : Task.CompletedTask;

    public async Task<int> WriteAsync(IReadOnlyList<UsageRecord> records, CancellationToken cancellationToken)
    {
        if (Hangs)
        {
            // Whatever it is told.
            await new TaskCompletionSource().Task;
        }

        if (Down)
        {
            throw new IOException("The store is down.");
        }

        var added = await _records.WriteAsync(records, cancellationToken);
        Written.AddRange(records);
        Count += added;
        return LosesAnswers ? throw new TimeoutException("No answer.") : added;
    }

    public Task<IReadOnlySet<Guid>> FindAsync(IReadOnlyList<Guid> ids, CancellationToken cancellationToken) => _records.FindAsync(ids, cancellationToken);

    public Task<UsageRecord?> GetAsync(Guid id, CancellationToken cancellationToken) => _records.GetAsync(id, cancellationToken);

    public Task<UsageRecordPage> ReadAsync(UsageRecordQuery query, CancellationToken cancellationToken) => _records.ReadAsync(query, cancellationToken);

    public Task<long> EraseUserAsync(string user, CancellationToken cancellationToken) => _records.EraseUserAsync(user, cancellationToken);

    public Task<long> PruneAsync(DateTimeOffset? before, CancellationToken cancellationToken) => _records.PruneAsync(before, cancellationToken);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
