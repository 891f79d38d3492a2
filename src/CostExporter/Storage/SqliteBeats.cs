namespace LlmTelemetry.CostExporter;

/// <summary>The list of the exporters that live.</summary>
internal static class SqliteBeats
{
    /// <summary>See <see cref="ISpendStore.BeatAsync"/>.</summary>
    /// <param name="session">The open file.</param>
    /// <param name="beat">The beat.</param>
    /// <param name="now">The store's time.</param>
    public static IReadOnlyList<ExporterBeat> Beat(SqliteSession session, ExporterBeat beat, DateTimeOffset now)
    {
        // As it is kept, so that a beat is not a fraction older than it is.
        now = DateTimeOffset.FromUnixTimeMilliseconds(now.ToUnixTimeMilliseconds());

        // Waits for other writers from its beginning on: whoever finds a dead one is the only one that does.
        using var transaction = session.Connection.BeginTransaction();
        using (var table = session.Command("CREATE TABLE IF NOT EXISTS beats (instance TEXT PRIMARY KEY, seen INTEGER NOT NULL, beat TEXT NOT NULL) WITHOUT ROWID"))
        {
            table.ExecuteNonQuery();
        }

        List<ExporterBeat> dead = beat.Ends ? [] : [.. Others(session, beat, now)];
        foreach (var instance in dead.Select(d => d.Instance).Append(beat.Instance))
        {
            using var delete = session.Command("DELETE FROM beats WHERE instance = $instance", "$instance");
            delete.Parameters[0].Value = instance;
            delete.ExecuteNonQuery();
        }

        if (!beat.Ends)
        {
            Insert(session, beat, now);
        }

        transaction.Commit();
        return dead;
    }

    /// <summary>See <see cref="ISpendStore.ReadBeatsAsync"/>.</summary>
    public static IReadOnlyList<ExporterBeat> Read(SqliteSession session)
    {
        using var table = session.Command("SELECT count(*) FROM sqlite_master WHERE name = 'beats'");
        if (table.ExecuteScalar() is not 1L)
        {
            return [];
        }

        var beats = new List<ExporterBeat>();
        using var command = session.Command("SELECT beat FROM beats");
        using var rows = command.ExecuteReader();
        while (rows.Read())
        {
            if (BeatText.Parse(rows.GetString(0)) is { } beat)
            {
                beats.Add(beat);
            }
        }

        return beats;
    }

    private static List<ExporterBeat> Others(SqliteSession session, ExporterBeat beat, DateTimeOffset now)
    {
        // Where nobody was heard, it was the file that was away, or the machine asleep: everybody gets their time once more.
        var wasAway = LastSeen(session) is { } last && now - last > BeatText.Overdue(beat);
        var dead = new List<ExporterBeat>();
        using (var command = session.Command("SELECT seen, beat FROM beats"))
        {
            using var rows = command.ExecuteReader();
            while (rows.Read())
            {
                if (BeatText.Parse(rows.GetString(1)) is { } other && other.Instance != beat.Instance
                    && (ProcessLife.IsDead(other, beat) || (!wasAway && now - DateTimeOffset.FromUnixTimeMilliseconds(rows.GetInt64(0)) > BeatText.Overdue(other))))
                {
                    dead.Add(other);
                }
            }
        }

        if (wasAway)
        {
            using var renew = session.Command("UPDATE beats SET seen = $seen", "$seen");
            renew.Parameters[0].Value = now.ToUnixTimeMilliseconds();
            renew.ExecuteNonQuery();
        }

        return dead;
    }

    private static DateTimeOffset? LastSeen(SqliteSession session)
    {
        using var command = session.Command("SELECT max(seen) FROM beats");
        return command.ExecuteScalar() is long seen ? DateTimeOffset.FromUnixTimeMilliseconds(seen) : null;
    }

    private static void Insert(SqliteSession session, ExporterBeat beat, DateTimeOffset now)
    {
        using var insert = session.Command("INSERT INTO beats (instance, seen, beat) VALUES ($instance, $seen, $beat)", "$instance", "$seen", "$beat");
        insert.Parameters[0].Value = beat.Instance;
        insert.Parameters[1].Value = now.ToUnixTimeMilliseconds();
        insert.Parameters[2].Value = BeatText.Of(beat);
        insert.ExecuteNonQuery();
    }
}
