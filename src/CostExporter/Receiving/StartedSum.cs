namespace LlmTelemetry.CostExporter;

/// <summary>How far a cumulative sum has come that counts from one start.</summary>
/// <param name="Start">Unix nanoseconds; 0: not said.</param>
/// <param name="Time">The latest time that was heard of; unix nanoseconds, 0: none said.</param>
/// <param name="Since">When its value was first seen to have begun anew under the same start; 0: never.</param>
/// <param name="Value">The highest value since.</param>
internal readonly record struct StartedSum(ulong Start, ulong Time, ulong Since, PointSum Value)
{
    private const int HasFraction = 1;
    private const int HasCount = 2;
    private const int HasSince = 4;

    /// <summary>Takes in a later or earlier value of the same start, and returns what it adds.</summary>
    /// <param name="time">Its time; 0: not said.</param>
    /// <param name="value">The value.</param>
    /// <param name="next">The sum with it.</param>
    public PointSum Advance(ulong time, in PointSum value, out StartedSum next)
    {
        next = this;
        if (time < Since)
        {
            return default; // Of what was before the reset; that was counted, as far as it came in its time.
        }

        if (value.IsAtLeast(Value))
        {
            // Also at an earlier time, when a clock was put back: such a sum never falls, so what is higher is more.
            next = this with { Time = Math.Max(time, Time), Value = value.AtLeast(Value) };
            return next.Value.Since(Value);
        }

        if (time <= Time)
        {
            return default; // Overtaken on its way: the higher value had it in it.
        }

        next = new StartedSum(Start, time, time, value);
        return value;
    }

    public void Write(BinaryWriter writer)
    {
        var has = (Value.Fraction != 0 ? HasFraction : 0) | (Value.Count != 0 ? HasCount : 0) | (Since != 0 ? HasSince : 0);
        writer.Write((byte)has);
        writer.Write(Start);
        writer.Write7BitEncodedInt64(unchecked((long)(Time - Start)));
        writer.Write7BitEncodedInt64((long)Value.Whole);
        if (Value.Fraction != 0)
        {
            writer.Write(Value.Fraction);
        }

        if (Value.Count != 0)
        {
            writer.Write7BitEncodedInt64(Value.Count);
        }

        if (Since != 0)
        {
            writer.Write7BitEncodedInt64(unchecked((long)(Since - Start)));
        }
    }

    /// <exception cref="FormatException">It is not in the form that this version writes.</exception>
    public static StartedSum Read(ref StateReader reader)
    {
        var has = reader.Byte();
        var start = reader.Fixed();
        var time = unchecked(start + reader.Number());
        var whole = reader.Long();
        var fraction = (has & HasFraction) != 0 ? BitConverter.UInt64BitsToDouble(reader.Fixed()) : 0;
        var count = (has & HasCount) != 0 ? reader.Long() : 0;
        var since = (has & HasSince) != 0 ? unchecked(start + reader.Number()) : 0;
        return has < HasSince << 1 && PointSum.TryRestore(whole, fraction, count, out var value)
            ? new StartedSum(start, time, since, value)
            : throw new FormatException("A source's state has a value that is none.");
    }
}
