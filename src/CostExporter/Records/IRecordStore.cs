namespace LlmTelemetry.CostExporter;

/// <summary>Where records are kept. A record is known by its id: writing it again changes nothing. Thread-safe; a call that fails may or may not have been applied.</summary>
internal interface IRecordStore : IAsyncDisposable
{
    /// <summary>Opens what is there, or makes it. Called again until it succeeds.</summary>
    Task OpenAsync(CancellationToken cancellationToken);

    /// <summary>Writes records; the oldest go where there are more than are kept.</summary>
    /// <param name="records">The records, clean (<see cref="UsageRecord.Cleaned"/>).</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>How many were not there yet, those that went at once included.</returns>
    Task<int> WriteAsync(IReadOnlyList<UsageRecord> records, CancellationToken cancellationToken);

    /// <summary>Which of these ids are there.</summary>
    Task<IReadOnlySet<Guid>> FindAsync(IReadOnlyList<Guid> ids, CancellationToken cancellationToken);

    /// <summary>The record of this id; null: it is not there.</summary>
    Task<UsageRecord?> GetAsync(Guid id, CancellationToken cancellationToken);

    /// <summary>Reads one page.</summary>
    Task<UsageRecordPage> ReadAsync(UsageRecordQuery query, CancellationToken cancellationToken);

    /// <summary>Deletes a user's records, so that nothing of them is left.</summary>
    /// <param name="user">The user, as kept: clean.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>How many there were.</returns>
    Task<long> EraseUserAsync(string user, CancellationToken cancellationToken);

    /// <summary>Deletes records of calls that ended before a moment; null: all.</summary>
    /// <returns>How many there were.</returns>
    Task<long> PruneAsync(DateTimeOffset? before, CancellationToken cancellationToken);
}
