using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter;

/// <summary>
/// Copies of the latest events, until the writer takes them. Never fails, never waits for I/O; where events come faster than they are taken, the oldest make
/// room, and are counted. Thread-safe.
/// </summary>
/// <param name="capacity">How many are kept at most.</param>
/// <param name="onHalf">Told, outside of any lock, when it is half full: the writer should not wait for its interval.</param>
internal sealed class RecordRing(int capacity, Action onHalf) : IUsageSink
{
    private const int FirstSize = 64;

    private readonly Lock _gate = new();
    private readonly KeptTags _tags = new();

    // All under _gate. The array grows with what waits, up to the capacity; the event at _start is the oldest.
    private UsageEvent[] _events = new UsageEvent[Math.Min(FirstSize, capacity)];
    private UsageEvent[]? _spare;
    private int _start;
    private int _count;
    private long _overflown;

    /// <summary>Events waiting.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
            {
                return _count;
            }
        }
    }

    /// <inheritdoc/>
    public void Record(in UsageEvent usageEvent)
    {
        bool half;
        lock (_gate)
        {
            if (_count == _events.Length && _count < capacity)
            {
                Grow();
            }

            var at = _start + _count;
            ref var slot = ref _events[at < _events.Length ? at : at - _events.Length];
            slot = usageEvent;
            if (usageEvent.Attribution.Tags is { Count: > 0 } tags)
            {
                slot = usageEvent with { Attribution = usageEvent.Attribution with { Tags = _tags.Copy(tags) } };
            }

            if (_count == _events.Length)
            {
                _start = _start + 1 == _events.Length ? 0 : _start + 1;
                _overflown++;
            }
            else
            {
                _count++;
            }

            half = _count == (capacity + 1) / 2;
        }

        if (half)
        {
            onHalf();
        }
    }

    /// <summary>Takes all events out, the oldest first, as records.</summary>
    /// <param name="overflown">How many had to make room since the last time.</param>
    public List<UsageRecord> Drain(out long overflown)
    {
        UsageEvent[] events;
        int start, count;
        lock (_gate)
        {
            (events, start, count, overflown) = (_events, _start, _count, _overflown);
            (_start, _count, _overflown) = (0, 0, 0);
            if (count == 0)
            {
                return [];
            }

            (_events, _spare) = (_spare ?? new UsageEvent[Math.Min(FirstSize, capacity)], null);
        }

        var records = new List<UsageRecord>(count);
        for (var i = 0; i < count; i++)
        {
            var at = start + i;
            records.Add(UsageRecord.Of(in events[at < events.Length ? at : at - events.Length]));
        }

        // Whatever strings it holds are free again; the room is used the next time.
        Array.Clear(events);
        lock (_gate)
        {
            _spare ??= events;
        }

        return records;
    }

    private void Grow()
    {
        // Only a full array grows: it begins at _start.
        var larger = new UsageEvent[Math.Min(capacity, _events.Length * 2)];
        _events.AsSpan(_start).CopyTo(larger);
        _events.AsSpan(0, _start).CopyTo(larger.AsSpan(_events.Length - _start));
        (_events, _start) = (larger, 0);
    }
}
