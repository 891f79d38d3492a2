using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.CostExporter;

/// <summary>
/// What is remembered of one series. Cumulative: the last value of each start, since every restart, and every process of one name, has a start of its own. Delta: the intervals that were taken.
/// </summary>
internal sealed class SeriesHistory
{
    private const int MaxStarts = 8;
    private const int MaxIntervals = 32;

    // A sender's clock may be wrong; what is further ahead than this says nothing of which point is the later one.
    private static readonly TimeSpan MostAhead = TimeSpan.FromDays(1);

    // The one heard of last stands last.
    private readonly List<StartedSum> _starts = [];

    // Up to here starts were forgotten to make room: a late point of one would count all of its value again.
    private ulong _forgottenStart;

    // In their order, by time.
    private readonly List<Interval> _taken = [];
    private Interval _forgotten;
    private bool _isChanged;

    /// <summary>UTC hours since 1970: when something was heard of it.</summary>
    public long Heard { get; private set; }

    /// <returns>Whether it is the first time in this hour.</returns>
    public bool Hear(long hour)
    {
        var isLater = hour > Heard;
        Heard = Math.Max(hour, Heard);
        return isLater;
    }

    /// <summary>Whether something was taken in since this was asked last.</summary>
    public bool TakeChange()
    {
        var isChanged = _isChanged;
        _isChanged = false;
        return isChanged;
    }

    /// <inheritdoc cref="SeriesState.Advance"/>
    public PointSum TakeCumulative(in ReceivedPoint point, DateTimeOffset now, out string? ignored)
    {
        ignored = null;
        var time = point.Time > UnixTime.Of(now + MostAhead) ? 0 : point.Time;
        var start = point.Start;
        var at = _starts.FindIndex(sum => sum.Start == start);
        if (at < 0)
        {
            return Begin(new StartedSum(start, time, 0, point.Value), out ignored);
        }

        var sum = _starts[at];
        var added = sum.Advance(time, point.Value, out var next);
        _isChanged |= next.Value != sum.Value;
        _starts.RemoveAt(at);
        _starts.Add(next);
        return added;
    }

    /// <inheritdoc cref="SeriesState.Advance"/>
    public PointSum TakeDelta(in ReceivedPoint point, out string? ignored)
    {
        ignored = null;
        var interval = new Interval(point.Time, point.Start);
        var at = _taken.BinarySearch(interval);
        if (at >= 0 || point.Value.IsZero)
        {
            return default;
        }

        // Without any time, or that old, nothing tells whether it was taken.
        if (interval.CompareTo(_forgotten) <= 0)
        {
            ignored = IgnoredReasons.TooOld;
            return default;
        }

        _taken.Insert(~at, interval);
        if (_taken.Count > MaxIntervals)
        {
            _forgotten = _taken[0];
            _taken.RemoveAt(0);
        }

        _isChanged = true;
        return point.Value;
    }

    public void Write(BinaryWriter writer)
    {
        writer.Write7BitEncodedInt64(Heard);
        writer.Write7BitEncodedInt64(unchecked((long)_forgottenStart));
        writer.Write7BitEncodedInt(_starts.Count);
        foreach (var sum in _starts)
        {
            sum.Write(writer);
        }

        writer.Write7BitEncodedInt(_taken.Count);
        var last = default(Interval);
        foreach (var interval in _taken.Count == 0 ? [] : _taken.Prepend(_forgotten))
        {
            interval.Write(writer, last);
            last = interval;
        }
    }

    /// <exception cref="FormatException">It is not in the form that this version writes.</exception>
    public static SeriesHistory Read(ref StateReader reader)
    {
        var history = new SeriesHistory { Heard = reader.Long(), _forgottenStart = reader.Number() };
        for (var rest = reader.Count(MaxStarts); rest > 0; rest--)
        {
            history._starts.Add(StartedSum.Read(ref reader));
        }

        var intervals = reader.Count(MaxIntervals);
        history._forgotten = intervals == 0 ? default : Interval.Read(ref reader, default);
        var last = history._forgotten;
        for (; intervals > 0; intervals--)
        {
            var interval = Interval.Read(ref reader, last);
            if (interval.CompareTo(last) <= 0)
            {
                throw new FormatException("A source's state has its intervals in no order.");
            }

            history._taken.Add(last = interval);
        }

        return history;
    }

    private PointSum Begin(in StartedSum sum, out string? ignored)
    {
        // No start is no time at all: it is never forgotten.
        ignored = sum.Start != 0 && sum.Start <= _forgottenStart ? IgnoredReasons.TooOld : null;
        if (ignored is not null || sum.Value.IsZero)
        {
            return default;
        }

        if (_starts.Count == MaxStarts)
        {
            var oldest = _starts.FindIndex(known => known.Start != 0);
            _forgottenStart = Math.Max(_forgottenStart, _starts[oldest].Start);
            _starts.RemoveAt(oldest);
        }

        _starts.Add(sum);
        _isChanged = true;
        return sum.Value;
    }
}
