using LlmTelemetry.CostExporter;
using SQLitePCL;

namespace LlmTelemetry.Budgets;

/// <summary>
/// The ledger in a file of this machine, which several processes may share: each operation is one transaction that writes. Its clock is this machine's. Nothing runs on the
/// caller's thread.
/// </summary>
internal sealed class SqliteBudgetLedger : IBudgetLedger
{
    private static readonly long KeptAfterChange = (long)IBudgetLedger.Kept.TotalMilliseconds;
    private static readonly long BetweenPurges = (long)TimeSpan.FromSeconds(1).TotalMilliseconds;

    private readonly TimeProvider _time;
    private readonly string _name;
    private readonly SqliteWorker _worker;

    // Used only by the worker's work, which is one at a time.
    private SqliteLedgerRows? _rows;
    private long _nextPurge;

    /// <param name="file">The file; made with the first operation.</param>
    /// <param name="timeout">Time limit of each operation, waiting for other processes included. What passes it may still be done.</param>
    /// <param name="time">The clock.</param>
    public SqliteBudgetLedger(string file, TimeSpan timeout, TimeProvider time)
    {
        _time = time;
        _name = $"The budget store {file}";

        // Worked out once: the current folder may change. A full path also because SQLite takes a name that starts with "file:" for a URI.
        var path = Path.GetFullPath(file);
        Place = "sqlite:" + path;
        var settings = new StoreSettings("", TimeZoneInfo.Utc, HourRetention: default, DayRetention: default, MonthRetention: default, timeout, time);
        _worker = new SqliteWorker(_name, path, settings, () => (_rows = SqliteLedgerFile.Open(path, _name, settings)).Session);
    }

    public string Place { get; }

    public Task<LedgerAnswer> HoldAsync(HoldRequest request, CancellationToken cancellationToken) =>
        RunAsync((rows, now) => LedgerDecisions.Hold(rows, request, now), cancellationToken);

    public Task<LedgerAnswer> SettleAsync(Settlement settlement, CancellationToken cancellationToken) =>
        RunAsync((rows, now) => LedgerDecisions.Settle(rows, settlement, now), cancellationToken);

    public Task<LedgerAnswer> ReadAsync(IReadOnlyList<LedgerLine> lines, CancellationToken cancellationToken) =>
        RunAsync((rows, now) => LedgerDecisions.Read(rows, lines, now), cancellationToken);

    public Task<int> ResetAsync(IReadOnlyList<LedgerLine> lines, CancellationToken cancellationToken) =>
        RunAsync((rows, now) => LedgerDecisions.Reset(rows, lines, now), cancellationToken);

    public Task<bool> ClaimWarningAsync(LedgerLine line, int percent, CancellationToken cancellationToken) =>
        RunAsync((rows, now) => LedgerDecisions.ClaimWarning(rows, line, percent, now), cancellationToken);

    public Task SetOverrideAsync(string limit, string? subject, LedgerOverride? value, CancellationToken cancellationToken) => RunAsync(
        (rows, now) =>
        {
            LedgerInput.Check(limit, value);
            if (value is { } said)
            {
                rows.PutOverride(limit, subject, said, now + KeptAfterChange);
            }
            else
            {
                rows.RemoveOverride(limit, subject);
            }

            return true;
        },
        cancellationToken);

    public Task<IReadOnlyList<(string Limit, string? Subject, LedgerOverride Value)>> OverridesAsync(CancellationToken cancellationToken) =>
        RunAsync((rows, now) => rows.Overrides(now), cancellationToken);

    public Task AnnounceAsync(IReadOnlyDictionary<string, string> limits, CancellationToken cancellationToken) => RunAsync(
        (rows, now) =>
        {
            foreach (var (name, text) in limits)
            {
                rows.PutAnnounced(name, text, now + KeptAfterChange);
            }

            return true;
        },
        cancellationToken);

    public Task<IReadOnlyDictionary<string, string>> AnnouncedAsync(CancellationToken cancellationToken) =>
        RunAsync<IReadOnlyDictionary<string, string>>((rows, now) => rows.Announced(now).ToDictionary(said => said.Name, said => said.Text, StringComparer.Ordinal), cancellationToken);

    public Task<IReadOnlyList<string>> SubjectsAsync(string series, int max, CancellationToken cancellationToken) =>
        RunAsync((rows, now) => rows.Subjects(series, max, now), cancellationToken);

    public Task<int> DeleteAsync(IReadOnlyList<CounterKey> counters, CancellationToken cancellationToken) =>
        RunAsync((rows, now) => LedgerDecisions.Delete(rows, counters, now), cancellationToken);

    public ValueTask DisposeAsync() => _worker.DisposeAsync();

    private Task<T> RunAsync<T>(Func<SqliteLedgerRows, long, T> decide, CancellationToken cancellationToken) => _worker.RunAsync(
        (session, stop) =>
        {
            var rows = _rows!;

            // Takes the file's one lock for writers at once: two that read first could both find room.
            rows.Statements.Run("BEGIN IMMEDIATE");
            try
            {
                // Nobody waits for it any more: it need not be done.
                stop.ThrowIfCancellationRequested();
                SqliteLedgerFile.Check(_name, rows.Statements.Scalar(SqliteLedgerFile.ReadSchema));
                var result = decide(rows, Purged(rows));
                rows.Statements.Run("COMMIT");
                return result;
            }
            finally
            {
                // Some errors have ended the transaction already.
                if (raw.sqlite3_get_autocommit(session.Connection.Handle) == 0)
                {
                    rows.Statements.Run("ROLLBACK");
                }
            }
        },
        cancellationToken);

    private long Purged(SqliteLedgerRows rows)
    {
        var now = _time.GetUtcNow().ToUnixTimeMilliseconds();
        // Also where the clock was far ahead and went back.
        if (now >= _nextPurge || now < _nextPurge - BetweenPurges)
        {
            rows.Forget(now);
            _nextPurge = now + BetweenPurges;
        }

        return now;
    }
}
