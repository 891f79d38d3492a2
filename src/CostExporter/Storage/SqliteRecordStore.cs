using System.Globalization;

namespace LlmTelemetry.CostExporter;

/// <summary>Records in the ledger's SQLite file, by a connection of their own: whatever happens to them, the ledger goes on.</summary>
internal sealed class SqliteRecordStore : IRecordStore
{
    // So many rows are looked at in one call: a page that few records match must not pass the time limit.
    private const int RowsAtOnce = 5_000;
    private const int ErasedAtOnce = 20_000;

    private static readonly TimeSpan PurgeEvery = TimeSpan.FromHours(1);

    private readonly SqliteWorker _worker;
    private readonly StoreSettings _settings;
    private readonly int _maxRecords;
    private readonly TimeSpan _retention;
    private readonly string _path;

    // Used only inside the worker.
    private bool _hasTable;
    private DateTimeOffset _nextPurge = DateTimeOffset.MinValue;

    public SqliteRecordStore(string file, StoreSettings settings, int maxRecords, TimeSpan retention)
    {
        // Worked out once: the current folder may change.
        _path = Path.GetFullPath(file);
        _settings = settings;
        _maxRecords = maxRecords;
        _retention = retention;
        _worker = new SqliteWorker($"The records in {file}", _path, settings, () => Open(file));
    }

    public Task OpenAsync(CancellationToken cancellationToken) => _worker.RunAsync((_, _) => true, cancellationToken);

    public Task<int> WriteAsync(IReadOnlyList<UsageRecord> records, CancellationToken cancellationToken) =>
        _worker.RunAsync((session, stop) => Write(session, records, stop), cancellationToken);

    public Task<IReadOnlySet<Guid>> FindAsync(IReadOnlyList<Guid> ids, CancellationToken cancellationToken) =>
        _worker.RunAsync<IReadOnlySet<Guid>>((session, stop) => Find(session, ids, stop), cancellationToken);

    public Task<UsageRecord?> GetAsync(Guid id, CancellationToken cancellationToken) => _worker.RunAsync((session, _) => Get(session, id), cancellationToken);

    public async Task<UsageRecordPage> ReadAsync(UsageRecordQuery query, CancellationToken cancellationToken)
    {
        var scan = new RecordScan(query);
        while (await _worker.RunAsync((session, stop) => ReadSome(session, scan, stop), cancellationToken).ConfigureAwait(false) && !scan.IsFull)
        {
        }

        return scan.ToPage();
    }

    public Task<long> EraseUserAsync(string user, CancellationToken cancellationToken) =>
        DeleteAsync("SELECT seq FROM records WHERE user = $value", user, cancellationToken);

    public Task<long> PruneAsync(DateTimeOffset? before, CancellationToken cancellationToken) => DeleteAsync(
        "SELECT seq FROM records WHERE ended < $value", before?.UtcTicks ?? long.MaxValue, cancellationToken);

    public ValueTask DisposeAsync() => _worker.DisposeAsync();

    private SqliteSession Open(string file)
    {
        var session = SqliteSession.Open(_path, $"The spend store {file}", _settings);
        _hasTable = false;

        // What is deleted is to be gone from the file too, not only from the table.
        using var overwrite = session.Command("PRAGMA secure_delete = ON");
        overwrite.ExecuteNonQuery();
        return session;
    }

    private int Write(SqliteSession session, IReadOnlyList<UsageRecord> records, CancellationToken stop)
    {
        using var transaction = session.Connection.BeginTransaction();
        if (!_hasTable)
        {
            using var create = session.Command(StoreScript.Read("records.sql"));
            create.ExecuteNonQuery();
        }

        using var insert = session.Command("INSERT OR IGNORE INTO records (ended, id, user, line) VALUES ($ended, $id, $user, $line)", "$ended", "$id", "$user", "$line");
        var added = 0;
        foreach (var record in records)
        {
            stop.ThrowIfCancellationRequested();
            insert.Parameters[0].Value = record.EndedAt.UtcTicks;
            insert.Parameters[1].Value = record.Id.ToByteArray(bigEndian: true);
            insert.Parameters[2].Value = (object?)record.Attribution.User ?? DBNull.Value;
            insert.Parameters[3].Value = UsageRecordJson.Line(record);
            added += insert.ExecuteNonQuery();
        }

        var purges = Trim(session, added);
        transaction.Commit();
        _hasTable = true;
        _nextPurge = purges ?? _nextPurge;
        return added;
    }

    private DateTimeOffset? Trim(SqliteSession session, int added)
    {
        var now = _settings.Time.GetUtcNow();
        var purge = now >= _nextPurge;
        if (purge && _retention < now - DateTimeOffset.MinValue)
        {
            Execute(session, "DELETE FROM records WHERE ended < $value", (now - _retention).UtcTicks);
        }

        if (added > 0 || purge)
        {
            Execute(
                session,
                "DELETE FROM records WHERE seq IN (SELECT seq FROM records ORDER BY ended, id LIMIT max(0, (SELECT n FROM records_count) - $value))",
                _maxRecords);
        }

        return purge ? now + PurgeEvery : null;
    }

    private static HashSet<Guid> Find(SqliteSession session, IReadOnlyList<Guid> ids, CancellationToken stop)
    {
        var found = new HashSet<Guid>();
        if (!HasTable(session))
        {
            return found;
        }

        using var command = session.Command("SELECT 1 FROM records WHERE id = $id", "$id");
        foreach (var id in ids)
        {
            stop.ThrowIfCancellationRequested();
            command.Parameters[0].Value = id.ToByteArray(bigEndian: true);
            if (command.ExecuteScalar() is not null)
            {
                found.Add(id);
            }
        }

        return found;
    }

    private static UsageRecord? Get(SqliteSession session, Guid id)
    {
        if (!HasTable(session))
        {
            return null;
        }

        using var command = session.Command("SELECT line FROM records WHERE id = $id", "$id");
        command.Parameters[0].Value = id.ToByteArray(bigEndian: true);
        return command.ExecuteScalar() is byte[] line ? UsageRecordReader.Read(line) : null;
    }

    /// <returns>Whether there may be more.</returns>
    private static bool ReadSome(SqliteSession session, RecordScan scan, CancellationToken stop)
    {
        if (!HasTable(session))
        {
            return false;
        }

        var lowest = scan.Lowest ?? (new RecordKey(0, Guid.Empty), true);
        var highest = scan.Highest ?? new RecordKey(long.MaxValue, Guid.Empty);
        var (order, index) = (scan.OldestFirst ? "ASC" : "DESC", scan.User is null ? "records_by_time" : "records_by_user");
        using var command = session.Command(
            $"""
            SELECT line FROM records INDEXED BY {index}
            WHERE {(scan.User is null ? "" : "user = $user AND ")}(ended, id) {(lowest.Item2 ? ">=" : ">")} ($from, $fromId) AND (ended, id) < ($to, $toId)
            ORDER BY ended {order}, id {order} LIMIT {RowsAtOnce.ToString(CultureInfo.InvariantCulture)}
            """,
            "$from", "$fromId", "$to", "$toId");
        command.Parameters[0].Value = lowest.Item1.Ticks;
        command.Parameters[1].Value = lowest.Item1.Id.ToByteArray(bigEndian: true);
        command.Parameters[2].Value = highest.Ticks;
        command.Parameters[3].Value = highest.Id.ToByteArray(bigEndian: true);
        if (scan.User is { } user)
        {
            command.Parameters.AddWithValue("$user", user);
        }

        using var rows = command.ExecuteReader();
        var count = 0;
        while (!scan.IsFull && rows.Read())
        {
            stop.ThrowIfCancellationRequested();
            scan.Take(UsageRecordReader.Read(rows.GetFieldValue<byte[]>(0)));
            count++;
        }

        return count == RowsAtOnce;
    }

    // Some at a time: the ledger's own batches wait behind a transaction.
    private async Task<long> DeleteAsync(string which, object value, CancellationToken cancellationToken)
    {
        long all = 0;
        for (int some; ; all += some)
        {
            some = await _worker.RunAsync(
                (session, _) => HasTable(session) ? Execute(session, $"DELETE FROM records WHERE seq IN ({which} LIMIT {ErasedAtOnce.ToString(CultureInfo.InvariantCulture)})", value) : 0,
                cancellationToken).ConfigureAwait(false);
            if (some == 0)
            {
                break;
            }
        }

        if (all > 0)
        {
            await _worker.RunAsync((session, _) => EmptyLog(session), cancellationToken).ConfigureAwait(false);
        }

        return all;
    }

    // The write-ahead log still has pages as they were before. Where somebody reads just now it cannot be emptied: their next checkpoint does it.
    private static bool EmptyLog(SqliteSession session)
    {
        using var command = session.Command("PRAGMA wal_checkpoint(TRUNCATE)");
        command.ExecuteNonQuery();
        return true;
    }

    private static bool HasTable(SqliteSession session)
    {
        using var command = session.Command("SELECT count(*) FROM sqlite_master WHERE name = 'records'");
        return command.ExecuteScalar() is 1L;
    }

    private static int Execute(SqliteSession session, string text, object value)
    {
        using var command = session.Command(text, "$value");
        command.Parameters[0].Value = value;
        return command.ExecuteNonQuery();
    }
}
