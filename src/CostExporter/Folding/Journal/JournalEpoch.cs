namespace LlmTelemetry.CostExporter;

/// <summary>Where the rows are written down that are folded from one drain to the next. Its segments are added by one thread, and used by all.</summary>
internal sealed class JournalEpoch(long number)
{
    // Replaced as a whole.
    private volatile JournalSegment[] _segments = [];
    private int _rows;
    private int _asked;

    public long Number => number;

    /// <summary>Rows that have a place.</summary>
    public int Rows => Volatile.Read(ref _rows);

    public IReadOnlyList<JournalSegment> Segments => _segments;

    /// <summary>Bytes in use.</summary>
    public long Used => _segments.Sum(s => (long)s.Used);

    public void Add(JournalSegment segment)
    {
        _segments = [.. _segments, segment];
        Volatile.Write(ref _asked, 0);
    }

    /// <summary>Takes room for a row; false: there is none, as yet.</summary>
    /// <param name="length">How much.</param>
    /// <param name="segment">Where.</param>
    /// <param name="offset">From where on.</param>
    /// <param name="isShort">Whether it is time to add a segment: told to one caller only.</param>
    public bool TryTake(int length, out JournalSegment? segment, out int offset, out bool isShort)
    {
        segment = _segments is [.., var last] ? last : null;
        var at = segment?.Take(length);
        offset = at ?? 0;
        isShort = (at is null || segment!.Used > segment.Length / 2) && Interlocked.Exchange(ref _asked, 1) == 0;
        if (at is not null)
        {
            Interlocked.Increment(ref _rows);
        }

        return at is not null;
    }
}
