namespace LlmTelemetry.CostExporter;

/// <summary>Where records are kept. A record is known by its id: writing it again changes nothing.</summary>
internal interface IRecordStore : IAsyncDisposable
{
    /// <summary>Opens what is there, or makes it.</summary>
    Task OpenAsync(CancellationToken cancellationToken);

    /// <summary>Writes records in their order; the oldest go where there are more than are kept.</summary>
    /// <returns>How many were not there yet.</returns>
    Task<int> WriteAsync(IReadOnlyList<UsageRecord> records, CancellationToken cancellationToken);

    /// <summary>Reads one page.</summary>
    Task<UsageRecordPage> ReadAsync(UsageRecordQuery query, CancellationToken cancellationToken);

    /// <summary>Deletes a user's records.</summary>
    /// <returns>How many there were.</returns>
    Task<long> EraseUserAsync(string user, CancellationToken cancellationToken);

    /// <summary>Deletes records of calls that ended before a moment; null: all.</summary>
    /// <returns>How many there were.</returns>
    Task<long> PruneAsync(DateTimeOffset? before, CancellationToken cancellationToken);
}
