using System.Globalization;

namespace LlmTelemetry.CostExporter;

/// <summary>Applies one batch in one transaction.</summary>
internal static class SqliteBatch
{
    // Far longer than an exporter may pause between two batches.
    public static readonly TimeSpan NumbersKept = TimeSpan.FromDays(400);

    public static BatchReply Apply(SqliteSession session, SpendBatch batch, SpendPeriods periods, StoreSettings settings)
    {
        var now = settings.Time.GetUtcNow();
        using var transaction = session.Connection.BeginTransaction();
        var last = LastNumber(session, batch);
        if (batch.Number != last + 1)
        {
            return new BatchReply(batch.Number <= last ? BatchStatus.AlreadyApplied : BatchStatus.Gap, last);
        }

        var expired = SqliteRows.Add(session, batch.Rows, periods, settings);
        Remember(session, batch, now);
        var next = SqlitePurge.RunIfDue(session, periods, now);
        transaction.Commit();
        session.NextPurge = next;
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
}
