namespace LlmTelemetry.CostExporter.Stores;

/// <summary>
/// The measures of one row: few of the many that there are (<see cref="SpendMeasure"/>), so kept sparse, in ascending order of their number. None is
/// negative. Int128, so that no sum of Int64 counts or of pico-USD can overflow. Not thread-safe.
/// </summary>
public sealed class SpendMeasures
{
    private const int SecondsPerHour = 3600;
    private const int UsualCount = 8;

    private byte[] _ids;
    private Int128[] _values;

    // The first above the last: nothing was seen yet. Half-words, so that a row takes no more room for them.
    private ushort _firstSecond = ushort.MaxValue;
    private ushort _lastSecond;

    /// <summary>Makes one without measures.</summary>
    public SpendMeasures()
        : this(UsualCount)
    {
    }

    /// <param name="capacity">How many measures there will be, as far as that is known.</param>
    internal SpendMeasures(int capacity)
    {
        _ids = new byte[capacity];
        _values = new Int128[capacity];
    }

    /// <summary>How many measures are there.</summary>
    public int Count { get; private set; }

    /// <summary>The numbers of the measures that are there.</summary>
    internal ReadOnlySpan<byte> Ids => _ids.AsSpan(0, Count);

    /// <summary>Their values, in the same order.</summary>
    internal ReadOnlySpan<Int128> Values => _values.AsSpan(0, Count);

    /// <summary>When the first and the last call of the row's hour ended, in seconds of that hour; null where no call said.</summary>
    public (int First, int Last)? Seen => _firstSecond <= _lastSecond ? (_firstSecond, _lastSecond) : null;

    /// <summary>The measure's value; 0 when it was never added to.</summary>
    public Int128 this[byte measure]
    {
        get
        {
            var at = _ids.AsSpan(0, Count).IndexOf(measure);
            return at < 0 ? 0 : _values[at];
        }
    }

    /// <summary>The n-th measure that is there.</summary>
    public (byte Measure, Int128 Value) At(int index) => (_ids.AsSpan(0, Count)[index], _values[index]);

    /// <summary>Adds to one measure.</summary>
    /// <param name="measure">Its number, below 128.</param>
    /// <param name="amount">What to add; not negative.</param>
    public void Add(byte measure, Int128 amount)
    {
        // Not BinarySearch: it boxes what it looks for, once per measure of every call.
        var at = Count == 0 || _ids[Count - 1] < measure ? -1 : _ids.AsSpan(0, Count).IndexOf(measure);
        if (at < 0)
        {
            at = Insert(measure);
        }

        _values[at] += amount;
    }

    /// <summary>A call ended in this second of the row's hour, 0 to 3599.</summary>
    public void See(int second)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(second);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(second, SecondsPerHour);
        _firstSecond = Math.Min(_firstSecond, (ushort)second);
        _lastSecond = Math.Max(_lastSecond, (ushort)second);
    }

    /// <summary>Adds all measures of another row, and when its calls ended.</summary>
    public void Add(SpendMeasures other)
    {
        _firstSecond = Math.Min(_firstSecond, other._firstSecond);
        _lastSecond = Math.Max(_lastSecond, other._lastSecond);
        for (var i = 0; i < other.Count; i++)
        {
            Add(other._ids[i], other._values[i]);
        }
    }

    /// <summary>
    /// The measures as few bytes, for stores to keep; not when calls ended. The same in every version, measures of 0 left out: docs/redis.md.
    /// </summary>
    /// <exception cref="OverflowException">A value is negative or above 2^96-1, or a number above 127.</exception>
    public byte[] ToBytes() => PackedMeasures.Pack(this);

    /// <summary>Adds what <see cref="ToBytes"/> wrote.</summary>
    /// <exception cref="InvalidDataException">They are not in that form; a part may have been added.</exception>
    public void AddBytes(ReadOnlySpan<byte> packed) => PackedMeasures.AddTo(this, packed);

    private int Insert(byte measure)
    {
        if (Count == _ids.Length)
        {
            Array.Resize(ref _ids, Math.Max(Count * 2, 4));
            Array.Resize(ref _values, _ids.Length);
        }

        // Stores hand them over in their order.
        var at = Count;
        while (at > 0 && _ids[at - 1] > measure)
        {
            at--;
        }

        _ids.AsSpan(at, Count - at).CopyTo(_ids.AsSpan(at + 1));
        _values.AsSpan(at, Count - at).CopyTo(_values.AsSpan(at + 1));
        _ids[at] = measure;
        _values[at] = 0;
        Count++;
        return at;
    }
}
