using System.Runtime.CompilerServices;
using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter;

/// <summary>The records of single calls: queries, erasure, import. Thread-safe.</summary>
public sealed class UsageRecords : IAsyncDisposable
{
    private const int PageOfAll = 1000;

    private readonly IRecordStore _store;
    private readonly RecordBooking? _booking;
    private readonly IAsyncDisposable? _owned;

    /// <param name="store">The records.</param>
    /// <param name="booking">The ledger that imported records can be booked in; null: there is none.</param>
    /// <param name="owned">What to dispose; null: nothing.</param>
    internal UsageRecords(IRecordStore store, RecordBooking? booking, IAsyncDisposable? owned) => (_store, _booking, _owned) = (store, booking, owned);

    /// <summary>Opens records from outside, without an exporter. Nothing is made, and nothing is written but what its methods are asked to.</summary>
    /// <param name="storeOrPath">A ledger's address (<see cref="CostExporterOptions.Store"/>), or the path of a file of records.</param>
    /// <param name="configure">Sets the key prefix, the clock and the time limit, where they are not the default ones.</param>
    /// <param name="cancellationToken">Stops the opening.</param>
    /// <exception cref="FormatException">The address is none.</exception>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="KeyNotFoundException">Nothing was recorded in that Redis under that key prefix yet.</exception>
    /// <exception cref="InvalidOperationException">What is there is not a ledger, or not one that this version reads; the message says why.</exception>
    public static Task<UsageRecords> OpenAsync(string storeOrPath, Action<CostExporterOptions>? configure = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(storeOrPath);
        return RecordReader.OpenAsync(storeOrPath, configure, create: false, cancellationToken);
    }

    /// <summary>Reads one page.</summary>
    /// <exception cref="ArgumentException">The query contradicts itself; the message says how.</exception>
    public Task<UsageRecordPage> QueryAsync(UsageRecordQuery query, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(query);
        return _store.ReadAsync(query, cancellationToken);
    }

    /// <summary>The record of this id; null: there is none.</summary>
    internal Task<UsageRecord?> GetAsync(Guid id, CancellationToken cancellationToken) => _store.GetAsync(id, cancellationToken);

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

    /// <summary>
    /// Adds records from JSON Lines (docs/records.md); those whose id is there already are left as they are. Run again after a failure, it does what is left.
    /// </summary>
    /// <param name="jsonLines">The lines. Where the stream can seek, all are looked through first: nothing is changed where one is wrong.</param>
    /// <param name="book">
    /// Whether the calls are also added to the ledger's sums, each once. For calls that this ledger did not see: one whose record it has, or had so lately
    /// that it remembers, is left out; one that it booked longer ago than its records reach would count twice.
    /// </param>
    /// <param name="cancellationToken">Stops it; what was imported until then stays.</param>
    /// <exception cref="FormatException">A line is no record; the message says which, and why.</exception>
    /// <exception cref="InvalidOperationException">Records are to be booked, but these belong to no ledger.</exception>
    public Task<ImportResult> ImportAsync(Stream jsonLines, bool book = false, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(jsonLines);
        return book && _booking is null
            ? throw new InvalidOperationException("A file of records has no sums to book in: import into a ledger (sqlite:FILE, redis://...).")
            : new RecordImport(_store, book ? _booking : null).RunAsync(jsonLines, cancellationToken);
    }

    /// <summary>Deletes a user's records.</summary>
    /// <returns>How many there were.</returns>
    public Task<long> EraseUserAsync(string user, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(user);
        return _store.EraseUserAsync(Attribution.Clean(user)!, cancellationToken);
    }

    /// <summary>Deletes the records of calls that ended before a moment.</summary>
    /// <returns>How many there were.</returns>
    public Task<long> PruneAsync(DateTimeOffset before, CancellationToken cancellationToken = default) => _store.PruneAsync(before, cancellationToken);

    /// <summary>Deletes all records.</summary>
    /// <returns>How many there were.</returns>
    public Task<long> ClearAsync(CancellationToken cancellationToken = default) => _store.PruneAsync(before: null, cancellationToken);

    /// <summary>Closes what <see cref="OpenAsync"/> opened; an exporter's own records stay open.</summary>
    public ValueTask DisposeAsync() => _owned?.DisposeAsync() ?? ValueTask.CompletedTask;
}
