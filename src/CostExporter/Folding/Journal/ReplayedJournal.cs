namespace LlmTelemetry.CostExporter;

/// <summary>A journal that was left behind, while its batches are on their way to the store.</summary>
internal sealed class ReplayedJournal(JournalFolder folder, Guid store, IReadOnlyList<JournaledBatch> batches, TimeProvider time, JournalHealth health)
{
    // Its lanes find out apart from one another.
    private readonly Lock _gate = new();
    private readonly Dictionary<(string, string, long), DateTimeOffset> _ages = batches.ToDictionary(b => (b.Batch.Instance, b.Batch.Partition, b.Batch.Number), b => b.At);

    /// <summary>The batches in the order in which they are sent, in runs of one instance and partition without holes.</summary>
    public IEnumerable<List<SpendBatch>> Runs()
    {
        var run = new List<SpendBatch>();
        foreach (var (batch, _) in batches.OrderBy(b => b.Batch.Instance, StringComparer.Ordinal).ThenBy(b => b.Batch.Partition, StringComparer.Ordinal).ThenBy(b => b.Batch.Number))
        {
            if (run is [.., var last] && (last.Instance, last.Partition, last.Number + 1) != (batch.Instance, batch.Partition, batch.Number))
            {
                yield return run;
                run = [];
            }

            run.Add(batch);
        }

        if (run.Count > 0)
        {
            yield return run;
        }
    }

    /// <summary>Writes down what is sent from now on in the place of everything that was there.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Write(IEnumerable<SpendBatch> held)
    {
        lock (_gate)
        {
            var now = time.GetUtcNow();
            var snapshot = new JournalSnapshot(
                long.MaxValue, store, [.. held.Select(b => new JournaledBatch(b, _ages.GetValueOrDefault((b.Instance, b.Partition, b.Number), now)))], []);
            using (var draft = new FileStream(folder.DraftPath, FileMode.Create, FileAccess.Write))
            {
                _ = snapshot.Write(draft, long.MaxValue);
            }

            File.Move(folder.DraftPath, folder.SnapshotPath, overwrite: true);
            foreach (var segment in folder.SegmentPaths())
            {
                File.Delete(segment);
            }
        }
    }

    /// <summary>Everything is in the store.</summary>
    public void Finish()
    {
        folder.Delete();
        health.Replayed(folder.Path);
    }

    /// <summary>Leaves it to the next exporter.</summary>
    public void LetGo() => folder.Dispose();
}
