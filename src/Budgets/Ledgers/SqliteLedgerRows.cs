using LlmTelemetry.CostExporter;
using Microsoft.Data.Sqlite;

namespace LlmTelemetry.Budgets;

/// <summary>The rows of the budgets' file, within a transaction that the ledger began. Used by one call at a time.</summary>
internal sealed class SqliteLedgerRows(SqliteSession session) : ILedgerRows
{
    private const string HoldColumns = "id, admitted_at, deadline, live, lines";

    // Of each table at most so many at a time, so that nobody waits long for it; what is left goes the next time.
    private const string ForgetAtOnce = "2000";

    public SqliteStatements Statements { get; } = new(session.Connection);

    public SqliteSession Session => session;

    public CounterRow? Counter(CounterKey key)
    {
        using var row = Statements.Query(
            "SELECT slots, held, held_until, first_at, warned, warned_at, kept_until FROM counters WHERE series = $1 AND subject = $2", key.Series, KeyText.Encode(key.Subject));
        return row.Read()
            ? CounterRow.Restore(
                SqliteLedgerText.Slots(row.GetFieldValue<byte[]>(0)),
                (row.GetInt64(1), row.GetInt64(2)),
                row.IsDBNull(3) ? null : row.GetInt64(3),
                (row.GetInt32(4), row.GetInt64(5)),
                row.GetInt64(6))
            : null;
    }

    public void Put(CounterKey key, CounterRow row) => Statements.Run(
        """
        INSERT INTO counters (series, subject, slots, held, held_until, first_at, warned, warned_at, kept_until) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT (series, subject) DO UPDATE SET slots = $3, held = $4, held_until = $5, first_at = $6, warned = $7, warned_at = $8, kept_until = $9
        """,
        key.Series,
        KeyText.Encode(key.Subject),
        SqliteLedgerText.Slots(row.Slots),
        row.Held,
        row.HeldUntil,
        row.FirstAt,
        (long)row.Warned.Percent,
        row.Warned.At,
        row.KeptUntil);

    public void Remove(CounterKey key) => Statements.Run("DELETE FROM counters WHERE series = $1 AND subject = $2", key.Series, KeyText.Encode(key.Subject));

    public HeldCall? Hold(Guid id) => Holds($"SELECT {HoldColumns} FROM holds WHERE id = $1", id.ToByteArray()) is [var hold] ? hold : null;

    public void Put(HeldCall hold) => Statements.Run(
        $"INSERT OR REPLACE INTO holds ({HoldColumns}) VALUES ($1, $2, $3, $4, $5)",
        hold.Id.ToByteArray(),
        hold.AdmittedAt,
        hold.Deadline,
        hold.IsLive ? 1L : 0L,
        SqliteLedgerText.Lines(hold.Lines));

    public void Remove(HeldCall hold) => Statements.Run("DELETE FROM holds WHERE id = $1", hold.Id.ToByteArray());

    public IReadOnlyList<HeldCall> Due(long now) => Holds($"SELECT {HoldColumns} FROM holds WHERE live = 1 AND deadline <= $1 ORDER BY deadline", now);

    // All are looked at: only who deletes counters asks, and once for all of them.
    public IReadOnlyList<HeldCall> HoldsOn(IReadOnlySet<CounterKey> keys) => [.. Holds($"SELECT {HoldColumns} FROM holds").Where(hold => hold.IsOn(keys))];

    public long? SettledUntil(Guid id) => (long?)Statements.Scalar("SELECT kept_until FROM settled WHERE id = $1", id.ToByteArray());

    public void PutSettled(Guid id, long until) => Statements.Run("INSERT OR REPLACE INTO settled (id, kept_until) VALUES ($1, $2)", id.ToByteArray(), until);

    public LedgerOverride? Override(string limit, string? subject, long now)
    {
        using var row = Statements.Query(
            "SELECT amount FROM overrides WHERE name = $1 AND subject = $2 AND kept_until > $3", limit, KeyText.Encode(subject), now);
        return row.Read() ? new LedgerOverride(row.IsDBNull(0) ? null : row.GetInt64(0)) : null;
    }

    public void PutOverride(string limit, string? subject, LedgerOverride value, long until) => Statements.Run(
        "INSERT OR REPLACE INTO overrides (name, subject, amount, kept_until) VALUES ($1, $2, $3, $4)", limit, KeyText.Encode(subject), value.Limit, until);

    public void RemoveOverride(string limit, string? subject) =>
        Statements.Run("DELETE FROM overrides WHERE name = $1 AND subject = $2", limit, KeyText.Encode(subject));

    public IReadOnlyList<(string Limit, string? Subject, LedgerOverride Value)> Overrides(long now) => Read(
        Statements.Query("SELECT name, subject, amount FROM overrides WHERE kept_until > $1", now),
        row => (row.GetString(0), KeyText.Decode(row.GetString(1)), new LedgerOverride(row.IsDBNull(2) ? null : row.GetInt64(2))));

    public void PutAnnounced(string name, string text, long until) =>
        Statements.Run("INSERT OR REPLACE INTO announced (name, text, kept_until) VALUES ($1, $2, $3)", name, KeyText.Encode(text), until);

    public IReadOnlyList<(string Name, string Text)> Announced(long now) => Read(
        Statements.Query("SELECT name, text FROM announced WHERE kept_until > $1", now), row => (row.GetString(0), KeyText.Decode(row.GetString(1)) ?? ""));

    public IReadOnlyList<string> Subjects(string series, int max, long now) => Read(
        Statements.Query("SELECT subject FROM counters WHERE series = $1 AND kept_until > $2 LIMIT $3", series, now, (long)max), row => KeyText.Decode(row.GetString(0)) ?? "");

    /// <summary>Deletes what nobody can ask for any more.</summary>
    public void Forget(long now)
    {
        foreach (var table in (string[])["counters", "settled", "overrides", "announced"])
        {
            var key = table switch { "counters" => "rowid", "settled" => "id", _ => "name" };
            Statements.Run($"DELETE FROM {table} WHERE kept_until <= $1 AND {key} IN (SELECT {key} FROM {table} WHERE kept_until <= $1 LIMIT {ForgetAtOnce})", now);
        }

        var settledLate = now - (long)IBudgetLedger.Grace.TotalMilliseconds;
        Statements.Run($"DELETE FROM holds WHERE id IN (SELECT id FROM holds WHERE live = 0 AND deadline <= $1 LIMIT {ForgetAtOnce})", settledLate);
    }

    private static List<T> Read<T>(SqliteDataReader rows, Func<SqliteDataReader, T> read)
    {
        using (rows)
        {
            var all = new List<T>();
            while (rows.Read())
            {
                all.Add(read(rows));
            }

            return all;
        }
    }

    private List<HeldCall> Holds(string text, params ReadOnlySpan<object?> values) => Read(
        Statements.Query(text, values),
        static row => new HeldCall(
            new Guid(row.GetFieldValue<byte[]>(0)), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3) == 1, SqliteLedgerText.Lines(row.GetFieldValue<byte[]>(4))));
}
