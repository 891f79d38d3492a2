namespace LlmTelemetry.CostExporter;

/// <summary>The corrections in force, and those taken back.</summary>
internal static class SqliteCorrections
{
    /// <summary>See <see cref="ISpendStore.CorrectionsAsync"/>.</summary>
    public static IReadOnlyList<SpendCorrection> Read(SqliteSession session)
    {
        using var table = session.Command("SELECT count(*) FROM sqlite_master WHERE name = 'corrections'");
        if (table.ExecuteScalar() is not 1L)
        {
            return [];
        }

        var corrections = new List<SpendCorrection>();
        using var command = session.Command("SELECT id, text FROM corrections WHERE state = 1 ORDER BY ord");
        using var rows = command.ExecuteReader();
        while (rows.Read())
        {
            corrections.Add(CorrectionText.Read(rows.GetString(0), rows.GetString(1)));
        }

        return corrections;
    }

    /// <summary>See <see cref="ISpendStore.SetCorrectionAsync"/>.</summary>
    public static bool Set(SqliteSession session, SpendCorrection correction, bool inForce)
    {
        using var transaction = session.Connection.BeginTransaction();
        using var make = session.Command(StoreScript.Read("corrections.sql"));
        make.ExecuteNonQuery();
        using var state = session.Command("SELECT state FROM corrections WHERE id = $id", "$id");
        state.Parameters[0].Value = correction.Id;
        if (state.ExecuteScalar() is 1L == inForce)
        {
            return false;
        }

        using var write = session.Command(
            "INSERT OR REPLACE INTO corrections (id, state, ord, text) VALUES ($id, $state, (SELECT coalesce(max(ord), 0) + 1 FROM corrections), $text)", "$id", "$state", "$text");
        write.Parameters[0].Value = correction.Id;
        write.Parameters[1].Value = inForce ? 1 : 0;
        write.Parameters[2].Value = CorrectionText.Of(correction);
        write.ExecuteNonQuery();
        transaction.Commit();
        return true;
    }
}
