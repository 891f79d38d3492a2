using LlmTelemetry.CostExporter;

namespace LlmTelemetry.Service;

/// <summary>One data point, read.</summary>
internal ref struct PointReader
{
    // DATA_POINT_FLAGS_NO_RECORDED_VALUE_MASK of the specification: the series has ended.
    private const ulong NoValue = 1;

    private ulong _flags;
    private ulong _value;
    private ulong _count;
    private bool _hasWhole;
    private bool _hasReal;

    /// <summary>Unix nanoseconds; 0: not said.</summary>
    public ulong Start { get; private set; }

    /// <summary>Unix nanoseconds; 0: not said.</summary>
    public ulong Time { get; private set; }

    /// <summary>The fields that hold attributes, as they stand.</summary>
    public ReadOnlySpan<byte> Attributes { get; private set; }

    public int AttributeCount { get; private set; }

    public readonly bool HasValue => (_flags & NoValue) == 0;

    public static PointReader Read(ReadOnlySpan<byte> point, PointLayout layout)
    {
        var read = default(PointReader);
        int first = 0, last = 0;
        var isApart = false;
        for (var field = new ProtoReader(point); field.Next();)
        {
            if (field.Tag == layout.Attributes)
            {
                isApart |= read.AttributeCount != 0 && field.Start != last;
                first = read.AttributeCount++ == 0 ? field.Start : first;
                last = field.End;
            }
            else
            {
                read.Take(in field, layout);
            }
        }

        read.Attributes = isApart ? Gathered(point, layout.Attributes) : point[first..last];
        return read;
    }

    /// <summary>False: it has none that can be added up.</summary>
    public readonly bool TryGetSum(out PointSum sum)
    {
        sum = default;
        return _hasWhole ? PointSum.TryMake((long)_value, out sum)
            : _hasReal && _count <= long.MaxValue && PointSum.TryMake(BitConverter.UInt64BitsToDouble(_value), (long)_count, out sum);
    }

    private void Take(ref readonly ProtoReader field, PointLayout layout)
    {
        var tag = field.Tag;
        if (tag == layout.Start)
        {
            Start = field.Number;
        }
        else if (tag == layout.Time)
        {
            Time = field.Number;
        }
        else if (tag == layout.Whole || tag == layout.Real)
        {
            // Of the two alternatives the last counts.
            _value = field.Number;
            _hasWhole = tag == layout.Whole;
            _hasReal = tag == layout.Real;
        }
        else if (tag == layout.Count)
        {
            _count = field.Number;
        }
        else if (tag == layout.Flags)
        {
            _flags = field.Number;
        }
    }

    // Some write other fields between them.
    private static byte[] Gathered(ReadOnlySpan<byte> point, uint tag)
    {
        var gathered = new List<byte>(point.Length);
        for (var field = new ProtoReader(point); field.Next();)
        {
            if (field.Tag == tag)
            {
                gathered.AddRange(point[field.Start..field.End]);
            }
        }

        return [.. gathered];
    }
}
