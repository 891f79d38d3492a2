using System.Buffers.Binary;
using System.Text;

namespace LlmTelemetry.CostExporter;

/// <summary>The frames of a snapshot: magic, length, checksum, content. What is damaged is passed over; whatever else is whole counts.</summary>
internal static class JournalFrames
{
    public const int HeaderLength = 12;

    // "LJF" and the version of the format.
    private const uint Magic = 0x464A4C01;

    /// <summary>A frame of what is written.</summary>
    public static byte[] Make(Action<BinaryWriter> write)
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes, Encoding.UTF8);
        bytes.SetLength(HeaderLength);
        bytes.Position = HeaderLength;
        write(writer);
        writer.Flush();
        var frame = bytes.ToArray();
        BinaryPrimitives.WriteUInt32LittleEndian(frame, Magic);
        BinaryPrimitives.WriteInt32LittleEndian(frame.AsSpan(4), frame.Length - HeaderLength);
        BinaryPrimitives.WriteUInt32LittleEndian(frame.AsSpan(8), JournalFormat.Crc(frame.AsSpan(HeaderLength), Magic));
        return frame;
    }

    /// <summary>The contents of all whole frames.</summary>
    /// <param name="file">Everything there is.</param>
    /// <param name="damaged">How many places held something else.</param>
    public static List<byte[]> Read(ReadOnlySpan<byte> file, out int damaged)
    {
        var frames = new List<byte[]>();
        var (at, wasDamaged) = (0, false);
        damaged = 0;
        while (at < file.Length)
        {
            if (ContentLength(file[at..]) is { } length)
            {
                frames.Add(file.Slice(at + HeaderLength, length).ToArray());
                at += HeaderLength + length;
                wasDamaged = false;
                continue;
            }

            damaged += wasDamaged ? 0 : 1;
            wasDamaged = true;
            at++;
        }

        return frames;
    }

    public static void WriteRow(BinaryWriter writer, in SpendRow row)
    {
        writer.Write(JournalKeys.TextOf(row.Key));
        writer.Write7BitEncodedInt64(row.Hour);
        writer.Write7BitEncodedInt(row.Day.DayNumber);
        var (first, last) = row.Measures.Seen ?? (1, 0);
        writer.Write7BitEncodedInt(first);
        writer.Write7BitEncodedInt(last);
        writer.Write7BitEncodedInt(row.Measures.Count);
        for (var i = 0; i < row.Measures.Count; i++)
        {
            var (measure, value) = row.Measures.At(i);
            writer.Write(measure);
            writer.Write7BitEncodedInt64((long)(ulong)((UInt128)value & ulong.MaxValue));
            writer.Write7BitEncodedInt64((long)(ulong)((UInt128)value >> 64));
        }
    }

    public static SpendRow ReadRow(BinaryReader reader)
    {
        var key = JournalKeys.Parse(reader.ReadString());
        var hour = reader.Read7BitEncodedInt64();
        var day = DateOnly.FromDayNumber(reader.Read7BitEncodedInt());
        var measures = new SpendMeasures();
        var (first, last) = (reader.Read7BitEncodedInt(), reader.Read7BitEncodedInt());
        if (first <= last)
        {
            measures.See(first);
            measures.See(last);
        }

        for (var left = reader.Read7BitEncodedInt(); left > 0; left--)
        {
            var measure = reader.ReadByte();
            var low = (ulong)reader.Read7BitEncodedInt64();
            measures.Add(measure, (Int128)new UInt128((ulong)reader.Read7BitEncodedInt64(), low));
        }

        return new SpendRow(hour, day, key, measures);
    }

    private static int? ContentLength(ReadOnlySpan<byte> at)
    {
        if (at.Length < HeaderLength || BinaryPrimitives.ReadUInt32LittleEndian(at) != Magic)
        {
            return null;
        }

        var length = BinaryPrimitives.ReadInt32LittleEndian(at[4..]);
        return length >= 0 && length <= at.Length - HeaderLength
            && BinaryPrimitives.ReadUInt32LittleEndian(at[8..]) == JournalFormat.Crc(at.Slice(HeaderLength, length), Magic)
            ? length
            : null;
    }
}
