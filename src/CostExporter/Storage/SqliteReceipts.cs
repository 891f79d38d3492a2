namespace LlmTelemetry.CostExporter;

/// <summary>Books receipts, all of a call in one transaction: one write to disk for them together.</summary>
internal static class SqliteReceipts
{
    public static readonly TimeSpan IdsKept = TimeSpan.FromDays(8);
    public static readonly TimeSpan StatesKept = TimeSpan.FromDays(40);

    private const string Savepoint = "receipt";

    public static IReadOnlyList<ReceiptReply> Book(SqliteSession session, IReadOnlyList<SpendReceipt> receipts, SpendPeriods periods, StoreSettings settings)
    {
        var now = settings.Time.GetUtcNow();
        var replies = new List<ReceiptReply>(receipts.Count);
        OverflowException? refused = null;
        using var transaction = session.Connection.BeginTransaction();
        using (var marks = new SqliteReceiptMarks(session))
        {
            foreach (var receipt in receipts)
            {
                transaction.Save(Savepoint);
                try
                {
                    replies.Add(Book(session, marks, receipt, periods, settings, now));
                    if (replies[^1].Status == ReceiptStatus.Refused)
                    {
                        transaction.Rollback(Savepoint);
                    }
                }
                catch (OverflowException cause)
                {
                    // A sum that the file cannot hold: nothing of this receipt, and the others all the same, as where each goes on its own.
                    transaction.Rollback(Savepoint);
                    refused ??= cause;
                }

                transaction.Release(Savepoint);
            }
        }

        var next = SqlitePurge.RunIfDue(session, periods, now);
        transaction.Commit();
        session.NextPurge = next;
        return refused is null ? replies : throw new OverflowException(refused.Message, refused);
    }

    public static IReadOnlyList<StoredState> ReadStates(SqliteSession session, string partition, IReadOnlyList<string> keys)
    {
        using var read = session.Command("SELECT version, content FROM received_states WHERE partition = $partition AND key = $key", "$partition", "$key");
        read.Parameters[0].Value = partition;
        var states = new List<StoredState>(keys.Count);
        foreach (var key in keys)
        {
            read.Parameters[1].Value = key;
            using var found = read.ExecuteReader();
            states.Add(found.Read() ? new StoredState(found.GetInt64(0), found.GetFieldValue<byte[]>(1)) : default);
        }

        return states;
    }

    public static void Purge(SqliteSession session, DateTimeOffset now)
    {
        // A day is named by its beginning, and its calls end before its end.
        Delete(session, "DELETE FROM received_ids WHERE day < $before", now - IdsKept - TimeSpan.FromDays(1));
        Delete(session, "DELETE FROM received_states WHERE written < $before", now - StatesKept);
        Delete(session, "DELETE FROM received_hours WHERE asked < $before", now - SqliteClaims.Kept);
    }

    // Where it is refused, ids that are not known were added all the same: its savepoint takes them back.
    private static ReceiptReply Book(
        SqliteSession session, SqliteReceiptMarks marks, SpendReceipt receipt, SpendPeriods periods, StoreSettings settings, DateTimeOffset now)
    {
        Guid[] known = [.. receipt.Ids.Where(id => !marks.TryAdd(receipt.Partition, id)).Select(id => id.Id)];
        string[] changed = [.. receipt.States.Where(state => marks.Version(receipt.Partition, state.Key) != state.Version).Select(state => state.Key)];
        if (known.Length > 0 || changed.Length > 0)
        {
            return new ReceiptReply(ReceiptStatus.Refused, known, changed);
        }

        foreach (var state in receipt.States)
        {
            marks.Write(receipt.Partition, state, now);
        }

        return new ReceiptReply(ReceiptStatus.Booked, [], [], SqliteRows.Add(session, receipt.Rows, periods, settings));
    }

    private static void Delete(SqliteSession session, string text, DateTimeOffset before)
    {
        using var command = session.Command(text, "$before");
        command.Parameters[0].Value = before.ToUnixTimeSeconds();
        command.ExecuteNonQuery();
    }
}
