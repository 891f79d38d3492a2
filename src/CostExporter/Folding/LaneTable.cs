using System.Globalization;

namespace LlmTelemetry.CostExporter;

/// <summary>
/// The lanes of one exporter, one for each partition that had something to send lately, and those of journals that it replays. Not thread-safe.
/// </summary>
/// <param name="id">Begins the exporter's instances; never used before.</param>
/// <param name="store">The store.</param>
/// <param name="context">What the lanes share.</param>
internal sealed class LaneTable(string id, TimedStore store, LaneContext context)
{
    // Redis and SQLite with the weakest settings recommended write to disk every second; twice that for a slow disk, and some more.
    private static readonly TimeSpan DurableAfter = TimeSpan.FromSeconds(5);

    // Much shorter than the store remembers an instance (weeks), much longer than any outage of its own.
    private static readonly TimeSpan QuietAfter = TimeSpan.FromDays(1);

    private readonly Dictionary<string, PartitionLane> _lanes = new(StringComparer.Ordinal);
    private readonly List<(ReplayedJournal Journal, PartitionLane[] Lanes)> _replays = [];
    private long _removed;

    // Lanes take new instances in their own time.
    private int _instances;

    public IEnumerable<PartitionLane> All => _lanes.Values.Concat(_replays.SelectMany(r => r.Lanes));

    public long PendingRows => All.Sum(l => l.PendingRows);

    /// <summary>The batches of this exporter's own that the store may not have for sure.</summary>
    public IEnumerable<SpendBatch> Held => _lanes.Values.SelectMany(l => l.Held);

    /// <summary>Changes with what is held.</summary>
    public long HeldVersion => _removed + _lanes.Values.Sum(l => l.Version);

    /// <summary>Timestamp of the oldest increment that is not acknowledged; null when there is none.</summary>
    public long? Since => All.Select(l => l.Since).Min();

    public PartitionLane Of(string partition)
    {
        if (!_lanes.TryGetValue(partition, out var lane))
        {
            _lanes.Add(partition, lane = new PartitionLane(partition, NewSequence(partition), store, context));
        }

        return lane;
    }

    /// <summary>Sends what waits in all lanes.</summary>
    public void Start()
    {
        foreach (var lane in _lanes.Values)
        {
            lane.Start();
        }
    }

    /// <summary>Sends the batches of a journal beside those of this exporter.</summary>
    public void Replay(ReplayedJournal journal)
    {
        PartitionLane[] lanes = [];
        var ofJournal = context with { Renumbered = () => journal.Write(lanes.SelectMany(l => l.Held)) };
        lanes = [.. journal.Runs().Select(run =>
        {
            var sequence = NewSequence(run[0].Partition);
            sequence.Resume(run, context.Time.GetTimestamp());
            return new PartitionLane(run[0].Partition, sequence, store, ofJournal);
        })];
        _replays.Add((journal, lanes));
        Array.ForEach(lanes, l => l.Start());
    }

    /// <summary>Ends the replays: what the store acknowledged is done with, what it did not is left to the next exporter.</summary>
    public void EndReplays()
    {
        foreach (var (journal, lanes) in _replays)
        {
            if (lanes.All(l => l.PendingRows == 0))
            {
                journal.Finish();
            }
            else
            {
                journal.LetGo();
            }
        }

        _replays.Clear();
    }

    /// <summary>Lets lanes without anything to send ask whether the store still has what it acknowledged; those quiet for long go.</summary>
    public void ConfirmOrRemove()
    {
        var now = context.Time.GetTimestamp();
        foreach (var (partition, lane) in _lanes)
        {
            if (!lane.Confirm(now, Timestamps(QuietAfter)))
            {
                // The next rows of this partition begin at 1 under a new instance: nobody needs to remember this one.
                _removed += lane.Version + 1;
                _lanes.Remove(partition);
            }
        }

        _replays.RemoveAll(replay =>
        {
            Array.ForEach(replay.Lanes, l => l.Confirm(now, long.MaxValue));
            if (Array.Exists(replay.Lanes, l => l.Held.Count != 0))
            {
                return false;
            }

            replay.Journal.Finish();
            return true;
        });
    }

    private long Timestamps(TimeSpan span) => (long)(span.TotalSeconds * context.Time.TimestampFrequency);

    private BatchSequence NewSequence(string partition) => new(partition, NewInstance, Timestamps(DurableAfter), context.Time.GetTimestamp());

    private string NewInstance() => string.Create(CultureInfo.InvariantCulture, $"{id}-{Interlocked.Increment(ref _instances)}");
}
