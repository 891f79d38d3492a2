namespace LlmTelemetry.CostExporter;

/// <summary>Raises a file that an earlier version made to the schema of this one, inside the transaction that opens it.</summary>
internal static class SqliteUpgrade
{
    /// <summary>Adds up the sums that the file does not have from its rows.</summary>
    public static void Run(SqliteSession session)
    {
        using var upgrade = session.Command(StoreScript.Read("upgrade.sql"));
        upgrade.ExecuteNonQuery();
        using var periods = session.Command("SELECT DISTINCT grain, period FROM spend WHERE grain <> $hour", "$hour");
        periods.Parameters[0].Value = (int)SpendGrain.Hour;
        using (var found = periods.ExecuteReader())
        {
            while (found.Read())
            {
                AddUp(session, (SpendGrain)found.GetInt32(0), found.GetInt64(1));
            }
        }

        using var schema = session.Command("UPDATE settings SET value = $schema WHERE name = $name", "$schema", "$name");
        schema.Parameters[0].Value = StoreIdentity.Schema;
        schema.Parameters[1].Value = StoreIdentity.SchemaName;
        schema.ExecuteNonQuery();
    }

    // A period at a time, so that a large file does not fill memory.
    private static void AddUp(SqliteSession session, SpendGrain grain, long period)
    {
        using var sums = new SqliteSums(session);
        using var rows = session.Command("SELECT text, measures FROM spend JOIN keys ON keys.id = spend.key WHERE grain = $grain AND period = $period", "$grain", "$period");
        rows.Parameters[0].Value = (int)grain;
        rows.Parameters[1].Value = period;
        using (var found = rows.ExecuteReader())
        {
            while (found.Read())
            {
                var key = SqliteReader.KeyOf(found.GetString(0), out _);
                sums.Add(grain, DateTimeOffset.FromUnixTimeSeconds(period), in key, PackedMeasures.Unpack(found.GetFieldValue<byte[]>(1)));
            }
        }

        sums.Write();
    }
}
