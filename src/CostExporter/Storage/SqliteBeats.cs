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
        var dead = new List<ExporterBeat>();
        using var command = session.Command("SELECT seen, beat FROM beats");
        using var rows = command.ExecuteReader();
        while (rows.Read())
        {
            if (BeatText.Parse(rows.GetString(1)) is { } other && other.Instance != beat.Instance
                && (now - DateTimeOffset.FromUnixTimeSeconds(rows.GetInt64(0)) > BeatText.Overdue(other) || ProcessLife.IsDead(other, beat)))
            {
                dead.Add(other);
            }
        }

        return dead;
    }

    private static void Insert(SqliteSession session, ExporterBeat beat, DateTimeOffset now)
    {
        using var insert = session.Command("INSERT INTO beats (instance, seen, beat) VALUES ($instance, $seen, $beat)", "$instance", "$seen", "$beat");
        insert.Parameters[0].Value = beat.Instance;
        insert.Parameters[1].Value = now.ToUnixTimeSeconds();
        insert.Parameters[2].Value = BeatText.Of(beat);
        insert.ExecuteNonQuery();
    }
}
