using System.Runtime.CompilerServices;

namespace LlmTelemetry.CostExporter;

/// <summary>The records of single calls: queries, erasure, import. Thread-safe.</summary>
public sealed class UsageRecords : IAsyncDisposable
{
    private const int PageOfAll = 1000;

    private readonly IRecordStore _store;

    internal UsageRecords(IRecordStore store) => _store = store;

    /// <summary>Reads one page.</summary>
    /// <exception cref="ArgumentException">The query contradicts itself; the message says how.</exception>
    public Task<UsageRecordPage> QueryAsync(UsageRecordQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        return _store.ReadAsync(query, cancellationToken);
    }

    /// <summary>Reads all records that match, a page at a time: memory does not grow with their number.</summary>
    public async IAsyncEnumerable<UsageRecord> ReadAsync(UsageRecordQuery query, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        var page = query with { PageSize = PageOfAll };
        do
        {
            var read = await _store.ReadAsync(page, cancellationToken).ConfigureAwait(false);
            foreach (var record in read.Records)
            {
                yield return record;
            }

            page = page with { After = read.Next };
        }
        while (page.After is not null);
    }

    /// <summary>Adds records from elsewhere; those whose id is known are left as they are.</summary>
    /// <returns>How many were not there yet.</returns>
    public Task<int> ImportAsync(IReadOnlyList<UsageRecord> records, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(records);
        return _store.WriteAsync(records, cancellationToken);
    }

    /// <summary>Deletes a user's records.</summary>
    /// <returns>How many there were.</returns>
    public Task<long> EraseUserAsync(string user, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(user);
        return _store.EraseUserAsync(user, cancellationToken);
    }

    /// <summary>Deletes the records of calls that ended before a moment.</summary>
    /// <returns>How many there were.</returns>
    public Task<long> PruneAsync(DateTimeOffset before, CancellationToken cancellationToken = default) => _store.PruneAsync(before, cancellationToken);

    /// <summary>Deletes all records.</summary>
    /// <returns>How many there were.</returns>
    public Task<long> ClearAsync(CancellationToken cancellationToken = default) => _store.PruneAsync(before: null, cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _store.DisposeAsync();
}
