namespace LlmTelemetry.CostExporter;

/// <summary>
/// Takes out of a SQLite file what is to be kept no longer. A deleted row is overwritten, and the file is then written anew (VACUUM) and its log emptied,
/// because both may still hold older pages: what was erased is in neither.
/// </summary>
internal static class SqliteErasure
{
    // All that a store has, but what makes it one.
    private const string KeptWhenCleared = $"'{StoreIdentity.SchemaName}', '{StoreIdentity.TimeZoneName}'";

    /// <summary>See <see cref="ISpendStore.EraseUserAsync"/>.</summary>
    public static long EraseUser(SqliteSession session, string user)
    {
        if (user == ErasedUser.Name)
        {
            return 0;
        }

        Run(session, "PRAGMA secure_delete = ON");
        long changed;
        using (var transaction = session.Connection.BeginTransaction())
        {
            changed = SqliteUserErasure.Run(session, user);
            transaction.Commit();
        }

        // Also where nothing was found: the time before may have been cut short here.
        Scrub(session);
        return changed;
    }

    /// <summary>See <see cref="ISpendStore.ClearAsync"/>. An empty store of the same zone remains, so that exporters that run go on; to keep days of another zone delete the file.</summary>
    public static long Clear(SqliteSession session)
    {
        Run(session, "PRAGMA secure_delete = ON");
        var deleted = 0L;
        using (var transaction = session.Connection.BeginTransaction())
        {
            foreach (var table in Tables(session))
            {
                deleted += Run(session, table == "settings" ? $"DELETE FROM settings WHERE name NOT IN ({KeptWhenCleared})" : $"DELETE FROM \"{table}\"");
            }

            transaction.Commit();
        }

        Scrub(session);
        return deleted;
    }

    /// <summary>See <see cref="ISpendStore.PruneAsync"/>.</summary>
    public static long Prune(SqliteSession session, SpendPeriods periods, SpendGrain grain, DateOnly before)
    {
        Run(session, "PRAGMA secure_delete = ON");
        using var transaction = session.Connection.BeginTransaction();
        var deleted = 0L;
        foreach (var table in new[] { "spend", "figures", "sums", "tops" })
        {
            using var command = session.Command($"DELETE FROM {table} WHERE grain = $grain AND period < $period", "$grain", "$period");
            command.Parameters[0].Value = (int)grain;
            command.Parameters[1].Value = periods.FirstNotBefore(grain, before).ToUnixTimeSeconds();
            var rows = command.ExecuteNonQuery();
            deleted += table is "spend" or "figures" ? rows : 0;
        }

        Run(session, "DELETE FROM keys WHERE id NOT IN (SELECT key FROM spend)");

        // So that reports say what they are short of.
        using (var from = session.Command(
            "INSERT INTO settings (name, value) VALUES ($name, $value) ON CONFLICT (name) DO UPDATE SET value = max(CAST(value AS INTEGER), CAST(excluded.value AS INTEGER))", "$name", "$value"))
        {
            from.Parameters[0].Value = StoreIdentity.PrunedName(grain);
            from.Parameters[1].Value = periods.FirstNotBefore(grain, before).ToUnixTimeSeconds();
            from.ExecuteNonQuery();
        }

        transaction.Commit();
        return deleted;
    }

    private static List<string> Tables(SqliteSession session)
    {
        // How many records there are, triggers keep: whoever writes records relies on its row.
        using var command = session.Command("SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'records_count' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'");
        using var rows = command.ExecuteReader();
        var tables = new List<string>();
        while (rows.Read())
        {
            tables.Add(rows.GetString(0));
        }

        return tables;
    }

    private static void Scrub(SqliteSession session)
    {
        Run(session, "VACUUM");
        Run(session, $"PRAGMA busy_timeout = {session.Connection.DefaultTimeout * 1000}");
        using var checkpoint = session.Command("PRAGMA wal_checkpoint(TRUNCATE)");
        if (checkpoint.ExecuteScalar() is not 0L)
        {
            throw new IOException("It is done, but the store's log still holds what was there before, because somebody reads it: do it again when nobody does.");
        }
    }

    private static int Run(SqliteSession session, string text)
    {
        using var command = session.Command(text);
        return command.ExecuteNonQuery();
    }
}
