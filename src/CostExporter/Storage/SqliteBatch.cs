using System.Globalization;

namespace LlmTelemetry.CostExporter;

/// <summary>Applies one batch in one transaction.</summary>
internal static class SqliteBatch
{
    // Far longer than an exporter may pause between two batches.
    public static readonly TimeSpan NumbersKept = TimeSpan.FromDays(400);

    private static readonly TimeSpan PurgeEvery = TimeSpan.FromHours(1);

    public static BatchReply Apply(SqliteSession session, SpendBatch batch, SpendPeriods periods, StoreSettings settings)
    {
        var now = settings.Time.GetUtcNow();
        using var transaction = session.Connection.BeginTransaction();
        var last = LastNumber(session, batch);
        if (batch.Number != last + 1)
        {
            return new BatchReply(batch.Number <= last ? BatchStatus.AlreadyApplied : BatchStatus.Gap, last);
        }

        var expired = AddRows(session, batch.Rows, periods, settings);
        Remember(session, batch, now);
        var purge = now >= session.NextPurge;
        if (purge)
        {
            Purge(session, periods, now);
        }

        transaction.Commit();
        session.NextPurge = purge ? now + PurgeEvery : session.NextPurge;
        return new BatchReply(BatchStatus.Applied, batch.Number, expired);
    }

    private static long LastNumber(SqliteSession session, SpendBatch batch)
    {
        using var command = session.Command("SELECT number FROM batches WHERE instance = $instance AND partition = $partition", "$instance", "$partition");
        command.Parameters[0].Value = batch.Instance;
        command.Parameters[1].Value = batch.Partition;
        return Convert.ToInt64(command.ExecuteScalar(), CultureInfo.InvariantCulture);
    }

    private static void Remember(SqliteSession session, SpendBatch batch, DateTimeOffset now)
    {
        using var command = session.Command(
            "INSERT OR REPLACE INTO batches (instance, partition, number, applied, schema) VALUES ($instance, $partition, $number, $applied, $schema)",
            "$instance", "$partition", "$number", "$applied", "$schema");
        command.Parameters[0].Value = batch.Instance;
        command.Parameters[1].Value = batch.Partition;
        command.Parameters[2].Value = batch.Number;
        command.Parameters[3].Value = now.ToUnixTimeSeconds();
        command.Parameters[4].Value = int.Parse(StoreIdentity.Schema, CultureInfo.InvariantCulture);
        command.ExecuteNonQuery();
    }

    private static int AddRows(SqliteSession session, IReadOnlyList<SpendRow> rows, SpendPeriods periods, StoreSettings settings)
    {
        using var writer = new SqliteRowWriter(session);
        using var sessions = new SqliteSessions(session);
        using var figures = new SqliteFigures(session);
        using var sums = new SqliteSums(session);
        var sessionsUntil = periods.SessionExpiry();
        var expired = 0;
        var kept = SpendPeriods.Grains.Select(periods.FirstKept).ToArray();
        foreach (var row in rows)
        {
            var isFigure = row.Key.More?.Parts.Metric is not null;
            (string Text, long Id)? key = null;
            foreach (var grain in settings.Aggregates ? SpendPeriods.Grains : [])
            {
                var period = SpendPeriods.Of(grain, row);
                if (period < kept[(int)grain])
                {
                    expired++;
                    continue;
                }

                var text = TextOf(grain, in row, periods);
                if (isFigure)
                {
                    figures.Add(grain, period, text, row.Measures);
                    continue;
                }

                key = key is { } last && last.Text == text ? last : (text, writer.KeyId(text));
                writer.Add(grain, period, key.Value.Id, row.Measures);
                if (grain != SpendGrain.Hour)
                {
                    sums.Add(grain, period, row.Key, row.Measures);
                }
            }

            if (!isFigure && settings.LiveSessions)
            {
                sessions.Add(in row, sessionsUntil);
            }
        }

        sums.Write();
        return expired;
    }

    private static string TextOf(SpendGrain grain, in SpendRow row, SpendPeriods periods)
    {
        var key = row.Key;
        return grain == SpendGrain.Hour
            ? SpendKeyText.JoinHour([key.Provider, key.Model, key.User, key.Tenant, key.Feature], key.More, periods.LaterDay(in row))
            : SpendKeyText.Join([key.Provider, key.Model, key.User, key.Tenant, key.Feature], key.More);
    }

    private static void Purge(SqliteSession session, SpendPeriods periods, DateTimeOffset now)
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
        using var numbers = session.Command("DELETE FROM batches WHERE applied < $applied", "$applied");
        numbers.Parameters[0].Value = (now - NumbersKept).ToUnixTimeSeconds();
        numbers.ExecuteNonQuery();
    }
}
