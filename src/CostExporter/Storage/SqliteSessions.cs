using Microsoft.Data.Sqlite;

namespace LlmTelemetry.CostExporter;

/// <summary>Adds to what sessions spent, inside a transaction, and reads it.</summary>
internal sealed class SqliteSessions(SqliteSession connection) : IDisposable
{
    private readonly SqliteCommand _read = connection.Command(
        "SELECT measures, first, last FROM sessions WHERE session = $session AND tenant = $tenant AND rest = $rest", "$session", "$tenant", "$rest");

    private readonly SqliteCommand _write = connection.Command(
        "INSERT OR REPLACE INTO sessions (session, tenant, rest, measures, first, last, kept_until) VALUES ($session, $tenant, $rest, $measures, $first, $last, $until)",
        "$session", "$tenant", "$rest", "$measures", "$first", "$last", "$until");

    /// <summary>Adds a row to its session; a row without a session changes nothing.</summary>
    public void Add(in SpendRow row, DateTimeOffset keptUntil)
    {
        if (row.Key.More?.Parts.Session is not { } session)
        {
            return;
        }

        string[] name = [KeyText.Encode(session), KeyText.Encode(row.Key.Tenant), KeyText.Join(row.Key.Provider, row.Key.Model)];
        var sum = new SpendMeasures();
        sum.Add(row.Measures);
        var span = SessionSpan.Of(in row);
        Name(_read, name);
        using (var before = _read.ExecuteReader())
        {
            if (before.Read())
            {
                PackedMeasures.AddTo(sum, before.GetFieldValue<byte[]>(0));
                span = span.With(new SessionSpan(before.GetInt64(1), before.GetInt64(2)));
            }
        }

        Name(_write, name);
        _write.Parameters[3].Value = PackedMeasures.Pack(sum);
        _write.Parameters[4].Value = span.First;
        _write.Parameters[5].Value = span.Last;
        _write.Parameters[6].Value = keptUntil.ToUnixTimeSeconds();
        _write.ExecuteNonQuery();
    }

    /// <summary>Drops the sessions of which every row is past its retention.</summary>
    public static void Purge(SqliteSession connection, DateTimeOffset now)
    {
        using var command = connection.Command(
            "DELETE FROM sessions WHERE (session, tenant) IN (SELECT session, tenant FROM sessions GROUP BY session, tenant HAVING max(kept_until) <= $now)", "$now");
        command.Parameters[0].Value = now.ToUnixTimeSeconds();
        command.ExecuteNonQuery();
    }

    public static IReadOnlyList<StoredSession> Read(SqliteSession connection, SessionRead read, DateTimeOffset now, CancellationToken stop)
    {
        // An earlier version's store, opened to read.
        using var table = connection.Command("SELECT count(*) FROM sqlite_master WHERE name = 'sessions'");
        if (table.ExecuteScalar() is not 1L)
        {
            return [];
        }

        using var command = connection.Command("SELECT tenant, rest, measures, first, last, kept_until FROM sessions WHERE session = $session", "$session");
        command.Parameters[0].Value = KeyText.Encode(read.Session);
        using var rows = command.ExecuteReader();
        var parts = new List<(string? Tenant, SpendKey Key, SpendMeasures Measures, SessionSpan Span, long Until)>();
        var names = new string?[2];
        while (rows.Read())
        {
            stop.ThrowIfCancellationRequested();
            var measures = new SpendMeasures();
            PackedMeasures.AddTo(measures, rows.GetFieldValue<byte[]>(2));
            _ = KeyText.Split(rows.GetString(1), names);
            parts.Add((KeyText.Decode(rows.GetString(0)), new SpendKey(names[0], names[1], null, null, null), measures, new SessionSpan(rows.GetInt64(3), rows.GetInt64(4)), rows.GetInt64(5)));
        }

        return [.. parts
            .Where(part => read.AnyTenant || part.Tenant == read.Tenant)
            .GroupBy(part => part.Tenant)
            .Where(tenant => tenant.Max(part => part.Until) > now.ToUnixTimeSeconds())
            .Select(tenant => tenant.Select(part => part.Span).Aggregate((sum, span) => sum.With(span)).ToSession(tenant.Key, [.. tenant.Select(part => (part.Key, part.Measures))]))];
    }

    public void Dispose()
    {
        _read.Dispose();
        _write.Dispose();
    }

    private static void Name(SqliteCommand command, string[] name)
    {
        for (var i = 0; i < name.Length; i++)
        {
            command.Parameters[i].Value = name[i];
        }
    }
}
