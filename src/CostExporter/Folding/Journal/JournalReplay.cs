namespace LlmTelemetry.CostExporter;

/// <summary>
/// Takes over the journals of exporters that are gone. What was numbered keeps its numbers, whatever was not gets some of its own; only when these are
/// written down too may any of it be sent: so whoever comes next, should this process die as well, sends the same.
/// </summary>
internal sealed class JournalReplay(string parent, Guid store, TimeSpan numbersKept, TimeProvider time, JournalHealth health)
{
    // Between a batch's frame and its last attempt lies at most what an exporter waits for its store; then the replay's own.
    private static readonly TimeSpan Margin = TimeSpan.FromDays(1);

    // Told once each.
    private readonly HashSet<string> _foreign = new(StringComparer.Ordinal);

    /// <summary>Takes over what nobody else has; empty ones are deleted at once.</summary>
    /// <param name="partitionOf">Where a row belongs.</param>
    public List<ReplayedJournal> TakeOver(Func<SpendKey, string> partitionOf)
    {
        var taken = new List<ReplayedJournal>();
        try
        {
            foreach (var folder in JournalFolder.TakeOver(parent, (id, of) => of == store || !_foreign.Contains(id)))
            {
                if (folder.Store != store)
                {
                    // Let go at once: somebody who has that store may be looking for it.
                    folder.Dispose();
                    _foreign.Add(folder.Id);
                    health.Foreign(folder.Path);
                }
                else if (TakeOver(folder, partitionOf) is { } journal)
                {
                    taken.Add(journal);
                }
            }
        }
        catch (Exception cause) when (cause is IOException or UnauthorizedAccessException)
        {
            health.CannotReplay(parent, cause);
        }

        return taken;
    }

    private ReplayedJournal? TakeOver(JournalFolder folder, Func<SpendKey, string> partitionOf)
    {
        try
        {
            var content = JournalReader.Read(folder, out var damaged);
            if (damaged > 0)
            {
                health.Damaged(folder.Path, damaged);
            }

            return Number(folder, content, partitionOf);
        }
        catch (Exception cause) // What one journal holds must not stop this exporter; it stays where it is.
        {
            health.CannotReplay(folder.Path, cause);
            folder.Dispose();
            return null;
        }
    }

    private ReplayedJournal? Number(JournalFolder folder, JournalSnapshot content, Func<SpendKey, string> partitionOf)
    {
        var now = time.GetUtcNow();
        var batches = content.Batches.Where(b => now - b.At < numbersKept - Margin).ToList();
        if (batches.Count != content.Batches.Count)
        {
            health.Expired(folder.Path, content.Rows - content.Loose.Count - batches.Sum(b => (long)b.Batch.Rows.Count));
        }

        foreach (var rows in content.Loose.GroupBy(row => partitionOf(row.Key), StringComparer.Ordinal))
        {
            // An instance of its own that begins at 1: a journal has rows without a number until it is taken over, and then never again.
            batches.AddRange(rows.Chunk(SpendBatch.MaxRows).Select((part, n) => new JournaledBatch(new SpendBatch($"{folder.Id}-journal", rows.Key, n + 1, part), now)));
        }

        var journal = new ReplayedJournal(folder, store, batches, time, health);
        if (batches.Count == 0)
        {
            journal.Finish();
            return null;
        }

        if (content.Loose.Count > 0)
        {
            journal.Write(batches.Select(b => b.Batch));
        }

        health.Replaying(folder.Path, batches.Sum(b => (long)b.Batch.Rows.Count));
        return journal;
    }
}
