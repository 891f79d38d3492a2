using System.Globalization;

namespace LlmTelemetry.CostExporter;

/// <summary>The lanes of one exporter, one for each partition that had something to send lately. Not thread-safe.</summary>
internal sealed class LaneTable(TimedStore store, LaneContext context)
{
    // Redis and SQLite with the weakest settings recommended write to disk every second; twice that for a slow disk, and some more.
    private static readonly TimeSpan DurableAfter = TimeSpan.FromSeconds(5);

    // Much shorter than the store remembers an instance (weeks), much longer than any outage of its own.
    private static readonly TimeSpan QuietAfter = TimeSpan.FromDays(1);

    private readonly string _id = Guid.NewGuid().ToString("N");
    private readonly Dictionary<string, PartitionLane> _lanes = new(StringComparer.Ordinal);

    // Lanes take new instances in their own time.
    private int _instances;

    public IEnumerable<PartitionLane> All => _lanes.Values;

    public long PendingRows => _lanes.Values.Sum(l => l.PendingRows);

    /// <summary>Timestamp of the oldest increment that is not acknowledged; null when there is none.</summary>
    public long? Since => _lanes.Values.Select(l => l.Since).Min();

    public PartitionLane Of(string partition)
    {
        if (!_lanes.TryGetValue(partition, out var lane))
        {
            var sequence = new BatchSequence(partition, NewInstance, Timestamps(DurableAfter), context.Time.GetTimestamp());
            _lanes.Add(partition, lane = new PartitionLane(partition, sequence, store, context));
        }

        return lane;
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
                _lanes.Remove(partition);
            }
        }
    }

    private long Timestamps(TimeSpan span) => (long)(span.TotalSeconds * context.Time.TimestampFrequency);

    private string NewInstance() => string.Create(CultureInfo.InvariantCulture, $"{_id}-{Interlocked.Increment(ref _instances)}");
}
