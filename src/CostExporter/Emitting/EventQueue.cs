using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter;

/// <summary>
/// Copies of events in their order, until they are where they should be. Never fails and never waits: what finds no room is counted and let go, so that what is under way to the
/// receiver keeps its place. Thread-safe; one at a time reads and removes.
/// </summary>
/// <param name="capacity">How many are kept at most, those under way included.</param>
/// <param name="enough">How many are worth sending at once.</param>
/// <param name="onEnough">Told, outside of any lock, when that many are there.</param>
internal sealed class EventQueue(int capacity, int enough, Action onEnough) : IUsageSink
{
    private const int FirstSize = 64;

    private readonly Lock _gate = new();
    private readonly KeptTags _tags = new();

    // All under _gate. The array grows with what waits, up to the capacity; the event at _start is the oldest.
    private UsageEvent[] _events = new UsageEvent[Math.Min(FirstSize, capacity)];
    private int _start;
    private int _count;
    private long _added;
    private bool _closed;

    /// <summary>Whoever receives metrics and spans of these calls must leave them: the events are what is booked, also where the process is known by another name there.</summary>
    public bool IsLedger => true;

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

    /// <summary>How many were ever taken in.</summary>
    public long Added
    {
        get
        {
            lock (_gate)
            {
                return _added;
            }
        }
    }

    /// <inheritdoc/>
    public void Record(in UsageEvent usageEvent)
    {
        string? dropped = null;
        var isEnough = false;
        lock (_gate)
        {
            if (_closed || _count == capacity)
            {
                dropped = _closed ? Vocabulary.DropReasons.Shutdown : Vocabulary.DropReasons.Overflow;
            }
            else
            {
                if (_count == _events.Length)
                {
                    Grow();
                }

                ref var slot = ref _events[At(_count)];
                slot = usageEvent;
                if (usageEvent.Attribution.Tags is { Count: > 0 } tags)
                {
                    slot = usageEvent with { Attribution = usageEvent.Attribution with { Tags = _tags.Copy(tags) } };
                }

                _added++;
                isEnough = ++_count == enough;
            }
        }

        if (dropped is not null)
        {
            EventMetrics.CountDropped(dropped, 1);
        }

        if (isEnough)
        {
            onEnough();
        }
    }

    /// <summary>The oldest events, as records; they stay.</summary>
    public IReadOnlyList<UsageRecord> Peek(int most)
    {
        UsageEvent[] events;
        int start, count;
        lock (_gate)
        {
            (events, start, count) = (_events, _start, Math.Min(most, _count));
        }

        // Nobody writes to slots that are taken, but whoever removes; and when the array grows, this one stays as it is.
        var records = new UsageRecord[count];
        for (var i = 0; i < count; i++)
        {
            records[i] = UsageRecord.Of(in events[start + i < events.Length ? start + i : start + i - events.Length]);
        }

        return records;
    }

    /// <summary>Removes the oldest.</summary>
    public void Remove(int count)
    {
        lock (_gate)
        {
            for (var i = 0; i < count; i++)
            {
                // Whatever strings it holds are free again.
                _events[At(i)] = default;
            }

            (_start, _count) = (At(count), _count - count);
            if (_count == 0 && _events.Length > 2 * enough)
            {
                // An outage is over: its room is given back.
                (_events, _start) = (new UsageEvent[Math.Min(FirstSize, capacity)], 0);
            }
        }
    }

    /// <summary>From now on nothing is taken in.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _closed = true;
        }
    }

    private int At(int index) => _start + index < _events.Length ? _start + index : _start + index - _events.Length;

    private void Grow()
    {
        var larger = new UsageEvent[Math.Min(capacity, _events.Length * 2)];
        _events.AsSpan(_start).CopyTo(larger);
        _events.AsSpan(0, _start).CopyTo(larger.AsSpan(_events.Length - _start));
        (_events, _start) = (larger, 0);
    }
}
