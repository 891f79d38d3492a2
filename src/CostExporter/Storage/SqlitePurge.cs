namespace LlmTelemetry.CostExporter;

/// <summary>Deletes what is past its retention, once an hour, inside a transaction that writes anyway.</summary>
internal static class SqlitePurge
{
    private static readonly TimeSpan Every = TimeSpan.FromHours(1);

    /// <returns>When it is due next; to be kept (<see cref="SqliteSession.NextPurge"/>) once the transaction is committed.</returns>
    public static DateTimeOffset RunIfDue(SqliteSession session, SpendPeriods periods, DateTimeOffset now)
    {
        if (now < session.NextPurge)
        {
            return session.NextPurge;
        }

        Run(session, periods, now);
        return now + Every;
    }

    private static void Run(SqliteSession session, SpendPeriods periods, DateTimeOffset now)
    {
        using var rows = session.Command("DELETE FROM spend WHERE grain = $grain AND period < $period", "$grain", "$period");
        var deleted = 0;
        foreach (var grain in SpendPeriods.Grains)
        {
            rows.Parameters[0].Value = (int)grain;
            rows.Parameters[1].Value = periods.FirstKept(grain).ToUnixTimeSeconds();
            deleted += rows.ExecuteNonQuery();
        }

        if (deleted > 0)
        {
            using var keys = session.Command("DELETE FROM keys WHERE id NOT IN (SELECT key FROM spend)");
            keys.ExecuteNonQuery();
        }

        SqliteFigures.Purge(session, periods);
        SqliteSums.Purge(session, periods);
        SqliteSessions.Purge(session, now);
        SqliteReceipts.Purge(session, now);
        using var numbers = session.Command("DELETE FROM batches WHERE applied < $applied", "$applied");
        numbers.Parameters[0].Value = (now - SqliteBatch.NumbersKept).ToUnixTimeSeconds();
        numbers.ExecuteNonQuery();
    }
}
