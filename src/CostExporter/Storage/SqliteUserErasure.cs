namespace LlmTelemetry.CostExporter;

/// <summary>Gives what a user spent to <c>_erased</c>, without conversations and sessions, and deletes the user's sessions, inside a transaction.</summary>
internal static class SqliteUserErasure
{
    // Of a key's text: provider, model, user, tenant, feature.
    private const int Parts = 5;
    private const int UserPart = 2;
    private const int TenantPart = 3;

    /// <returns>How many rows and sessions were changed.</returns>
    public static long Run(SqliteSession session, string user)
    {
        var part = KeyText.Encode(user);
        var keys = KeysOf(session, part);
        SqliteSums.EraseUser(session, part);
        return EraseRows(session, keys) + EraseFigures(session, part) + DeleteSessions(session, keys.Values);
    }

    private static Dictionary<long, string> KeysOf(SqliteSession session, string user)
    {
        using var command = session.Command("SELECT id, text FROM keys WHERE instr(text, $user) > 0", "$user");
        command.Parameters[0].Value = KeyText.Separator + user;
        using var rows = command.ExecuteReader();
        var keys = new Dictionary<long, string>();
        while (rows.Read())
        {
            if (rows.GetString(1) is var text && IsOf(text, user))
            {
                keys.Add(rows.GetInt64(0), text);
            }
        }

        return keys;
    }

    private static long EraseRows(SqliteSession session, Dictionary<long, string> keys)
    {
        if (keys.Count == 0)
        {
            return 0;
        }

        using var writer = new SqliteRowWriter(session);
        using var deleteRow = session.Command("DELETE FROM spend WHERE grain = $grain AND period = $period AND key = $key", "$grain", "$period", "$key");
        var changed = 0L;
        foreach (var (grain, period, key, measures) in RowsOf(session, keys))
        {
            writer.Add(grain, period, writer.KeyId(SpendKeyText.Erase(keys[key], Parts, UserPart)), measures);
            deleteRow.Parameters[0].Value = (int)grain;
            deleteRow.Parameters[1].Value = period.ToUnixTimeSeconds();
            deleteRow.Parameters[2].Value = key;
            deleteRow.ExecuteNonQuery();
            changed++;
        }

        using var deleteKey = session.Command("DELETE FROM keys WHERE id = $id", "$id");
        foreach (var id in keys.Keys)
        {
            deleteKey.Parameters[0].Value = id;
            deleteKey.ExecuteNonQuery();
        }

        return changed;
    }

    // Read to the end before anything is written to the table.
    private static List<(SpendGrain Grain, DateTimeOffset Period, long Key, SpendMeasures Measures)> RowsOf(SqliteSession session, Dictionary<long, string> keys)
    {
        using var command = session.Command("SELECT grain, period, key, measures FROM spend");
        using var rows = command.ExecuteReader();
        var found = new List<(SpendGrain, DateTimeOffset, long, SpendMeasures)>();
        while (rows.Read())
        {
            if (keys.ContainsKey(rows.GetInt64(2)))
            {
                found.Add(((SpendGrain)rows.GetInt32(0), DateTimeOffset.FromUnixTimeSeconds(rows.GetInt64(1)), rows.GetInt64(2), Measures(rows.GetFieldValue<byte[]>(3))));
            }
        }

        return found;
    }

    private static long EraseFigures(SqliteSession session, string user)
    {
        var found = new List<(SpendGrain Grain, DateTimeOffset Period, string Text, SpendMeasures Measures)>();
        using (var command = session.Command("SELECT grain, period, text, measures FROM figures WHERE instr(text, $user) > 0", "$user"))
        {
            command.Parameters[0].Value = KeyText.Separator + user;
            using var rows = command.ExecuteReader();
            while (rows.Read())
            {
                if (rows.GetString(2) is var text && IsOf(text, user))
                {
                    found.Add(((SpendGrain)rows.GetInt32(0), DateTimeOffset.FromUnixTimeSeconds(rows.GetInt64(1)), text, Measures(rows.GetFieldValue<byte[]>(3))));
                }
            }
        }

        using var figures = new SqliteFigures(session);
        using var delete = session.Command("DELETE FROM figures WHERE grain = $grain AND period = $period AND text = $text", "$grain", "$period", "$text");
        foreach (var (grain, period, text, measures) in found)
        {
            figures.Add(grain, period, SpendKeyText.Erase(text, Parts, UserPart), measures);
            delete.Parameters[0].Value = (int)grain;
            delete.Parameters[1].Value = period.ToUnixTimeSeconds();
            delete.Parameters[2].Value = text;
            delete.ExecuteNonQuery();
        }

        return found.Count;
    }

    private static long DeleteSessions(SqliteSession session, IEnumerable<string> keys)
    {
        using var delete = session.Command("DELETE FROM sessions WHERE session = $session AND tenant = $tenant", "$session", "$tenant");
        var deleted = 0;
        foreach (var (id, tenant) in keys.Select(text => (SpendKeyText.SessionOf(text, Parts), text.Split(KeyText.Separator)[TenantPart])).Distinct())
        {
            if (id is not null)
            {
                delete.Parameters[0].Value = KeyText.Encode(id);
                delete.Parameters[1].Value = tenant;
                deleted += delete.ExecuteNonQuery() > 0 ? 1 : 0;
            }
        }

        return deleted;
    }

    private static bool IsOf(string text, string user) => text.Split(KeyText.Separator)[UserPart] == user;

    private static SpendMeasures Measures(byte[] packed)
    {
        var measures = new SpendMeasures();
        PackedMeasures.AddTo(measures, packed);
        return measures;
    }
}
