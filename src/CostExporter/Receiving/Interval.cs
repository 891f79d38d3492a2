namespace LlmTelemetry.CostExporter;

/// <summary>An interval that a delta point told of. Ordered by when it ended.</summary>
/// <param name="Time">Its end; unix nanoseconds, 0: not said.</param>
/// <param name="Start">Its start; unix nanoseconds, 0: not said.</param>
internal readonly record struct Interval(ulong Time, ulong Start) : IComparable<Interval>
{
    public int CompareTo(Interval other) => Time != other.Time ? Time.CompareTo(other.Time) : Start.CompareTo(other.Start);

    /// <summary>Writes it as the time since an earlier one, and its length: few bytes.</summary>
    public void Write(BinaryWriter writer, Interval earlier)
    {
        writer.Write7BitEncodedInt64(unchecked((long)(Time - earlier.Time)));
        writer.Write7BitEncodedInt64(unchecked((long)(Time - Start)));
    }

    /// <exception cref="FormatException">It is not in the form that this version writes.</exception>
    public static Interval Read(ref StateReader reader, Interval earlier)
    {
        var time = unchecked(earlier.Time + reader.Number());
        return new Interval(time, unchecked(time - reader.Number()));
    }
}
