namespace LlmTelemetry.CostExporter;

/// <summary>
/// What is remembered of the series of one shard of one source, so that each increment is booked once: whatever is delivered twice, late, in another order, after a
/// restart, or by several processes of one name. Bounded. Not thread-safe.
/// </summary>
internal sealed class SeriesState
{
    /// <summary>How many shards the series of a source are divided into; the shard is a part of the series' hash. Never changes: states are kept in stores.</summary>
    public const int Shards = 16;

    /// <summary>The most series that a shard remembers.</summary>
    public const int MaxSeries = 5_000;

    private const byte Form = 1;

    // As long as stores keep a state that nothing was heard of: what is older would have been forgotten anyway.
    private const int HoursKept = 40 * 24;

    private readonly Dictionary<UInt128, SeriesHistory> _series = [];

    // The last hour in which there was nothing to forget: to look again before the next one would take long and find nothing.
    private long _fullIn = -1;

    /// <summary>Whether <see cref="ToBytes"/> gives something that is to be written, since it was read or asked last: something was taken in, or heard for the first time in an hour.</summary>
    public bool IsChanged { get; private set; }

    /// <summary>Reads what <see cref="ToBytes"/> wrote; nothing: no series yet.</summary>
    /// <exception cref="FormatException">It is none; a newer version's, say.</exception>
    public static SeriesState Read(ReadOnlySpan<byte> content)
    {
        var state = new SeriesState();
        if (content.IsEmpty)
        {
            return state;
        }

        var reader = new StateReader(content);
        if (reader.Byte() is not Form and var form)
        {
            throw new FormatException($"A source's state is of form {form}, which this version does not know.");
        }

        for (var rest = reader.Count(MaxSeries); rest > 0; rest--)
        {
            var id = reader.Id();
            if (!state._series.TryAdd(id, SeriesHistory.Read(ref reader)))
            {
                throw new FormatException("A source's state has a series twice.");
            }
        }

        reader.End();
        return state;
    }

    /// <summary>Takes a point in and returns what it adds to what was taken in before; zero for a point that was delivered before.</summary>
    /// <param name="point">The point.</param>
    /// <param name="now">The service's clock: says of which series nothing was heard for long, and which times cannot be.</param>
    /// <param name="ignored">Why it adds nothing and never will, a word of <see cref="Vocabulary.IgnoredReasons"/>; null otherwise.</param>
    public PointSum Advance(in ReceivedPoint point, DateTimeOffset now, out string? ignored)
    {
        ignored = null;
        var hour = Math.Max(now.ToUnixTimeSeconds() / 3600, 0);
        if (!_series.TryGetValue(point.Series, out var history))
        {
            if (point.Value.IsZero)
            {
                return default; // What follows counts from nothing with or without it.
            }

            if (_series.Count >= MaxSeries && !MakeRoom(hour))
            {
                ignored = Vocabulary.IgnoredReasons.Cardinality;
                return default;
            }

            _series.Add(point.Series, history = new SeriesHistory());
        }

        IsChanged |= history.Hear(hour);
        var added = point.IsDelta ? history.TakeDelta(in point, out ignored) : history.TakeCumulative(in point, now, out ignored);
        IsChanged |= history.TakeChange();
        return added;
    }

    /// <summary>The state as bytes; the same state gives the same bytes.</summary>
    public byte[] ToBytes()
    {
        var content = new MemoryStream(_series.Count * 48);
        var writer = new BinaryWriter(content);
        writer.Write(Form);
        writer.Write7BitEncodedInt(_series.Count);
        foreach (var (id, history) in _series.OrderBy(series => series.Key))
        {
            writer.Write((ulong)(id >> 64));
            writer.Write((ulong)id);
            history.Write(writer);
        }

        IsChanged = false;
        return content.ToArray();
    }

    private bool MakeRoom(long hour)
    {
        if (hour == _fullIn)
        {
            return false;
        }

        foreach (var (id, history) in _series)
        {
            if (history.Heard < hour - HoursKept)
            {
                _series.Remove(id);
                IsChanged = true;
            }
        }

        _fullIn = _series.Count < MaxSeries ? -1 : hour;
        return _series.Count < MaxSeries;
    }
}
