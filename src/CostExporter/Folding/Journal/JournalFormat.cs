using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;
using System.Text;

namespace LlmTelemetry.CostExporter;

/// <summary>The bytes of a segment. Of this machine's own kind: a journal is read where it was written.</summary>
internal static class JournalFormat
{
    /// <summary>A row: checksum, length of the whole, of its text, room for measures, number, number of the row it replaces, hour, day.</summary>
    public const int SlotHeader = 48;

    // Sums: checksum, sequence, count, first and last second, and as many numbers and values as there is room for.
    private const int AreaHeader = 16;
    private const int MeasureLength = 1 + 16;

    // "LLMJSEG" and the version of the format.
    private const long SegmentMagic = 0x4C4C4D4A53454701;

    public static uint Crc(ReadOnlySpan<byte> bytes, uint start)
    {
        var crc = ~start;
        foreach (var eight in MemoryMarshal.Cast<byte, ulong>(bytes))
        {
            crc = BitOperations.Crc32C(crc, eight);
        }

        foreach (var one in bytes[(bytes.Length & ~7)..])
        {
            crc = BitOperations.Crc32C(crc, one);
        }

        return ~crc;
    }

    public static void WriteSegmentHeader(Span<byte> to, long epoch, uint salt, Guid store)
    {
        BinaryPrimitives.WriteInt64LittleEndian(to, SegmentMagic);
        BinaryPrimitives.WriteInt64LittleEndian(to[8..], epoch);
        BinaryPrimitives.WriteUInt32LittleEndian(to[16..], salt);
        _ = store.TryWriteBytes(to[20..]);
        BinaryPrimitives.WriteUInt32LittleEndian(to[36..], Crc(to[..36], 0));
    }

    public static bool TryReadSegmentHeader(ReadOnlySpan<byte> from, out long epoch, out uint salt, out Guid store)
    {
        (epoch, salt, store) = (0, 0, default);
        if (from.Length < JournalSegment.Grain || BinaryPrimitives.ReadInt64LittleEndian(from) != SegmentMagic
            || BinaryPrimitives.ReadUInt32LittleEndian(from[36..]) != Crc(from[..36], 0))
        {
            return false;
        }

        epoch = BinaryPrimitives.ReadInt64LittleEndian(from[8..]);
        salt = BinaryPrimitives.ReadUInt32LittleEndian(from[16..]);
        store = new Guid(from.Slice(20, 16));
        return true;
    }

    public static int SlotLength(int textLength, int room) => RoundUp(RoundUp(SlotHeader + textLength, 8) + (2 * AreaLength(room)), JournalSegment.Grain);

    /// <summary>Writes a row without its sums.</summary>
    /// <returns>Where its sums begin.</returns>
    public static int WriteSlot(Span<byte> to, in JournalRowHead head, string text, uint salt)
    {
        var textLength = Encoding.UTF8.GetBytes(text, to[SlotHeader..]);
        BinaryPrimitives.WriteInt32LittleEndian(to[4..], to.Length);
        BinaryPrimitives.WriteInt32LittleEndian(to[8..], textLength);
        BinaryPrimitives.WriteInt32LittleEndian(to[12..], head.Room);
        BinaryPrimitives.WriteInt64LittleEndian(to[16..], head.Id);
        BinaryPrimitives.WriteInt64LittleEndian(to[24..], head.Replaces);
        BinaryPrimitives.WriteInt64LittleEndian(to[32..], head.Hour);
        BinaryPrimitives.WriteInt32LittleEndian(to[40..], head.Day);
        BinaryPrimitives.WriteUInt32LittleEndian(to, Crc(to[4..(SlotHeader + textLength)], salt));
        return SumsAt(textLength);
    }

    /// <summary>Where in a row its sums begin.</summary>
    public static int SumsAt(int textLength) => RoundUp(SlotHeader + textLength, 8);

    /// <summary>Reads a row without its sums.</summary>
    /// <param name="from">From its beginning to the end of what there is, which may be before its own.</param>
    /// <param name="salt">The segment's.</param>
    /// <param name="head">What it says.</param>
    /// <param name="text">Its key.</param>
    /// <param name="sumsAt">Where in it its sums begin.</param>
    /// <param name="length">Its length.</param>
    public static bool TryReadSlot(ReadOnlySpan<byte> from, uint salt, out JournalRowHead head, out string text, out int sumsAt, out int length)
    {
        (head, text, sumsAt, length) = (default, "", 0, 0);
        if (from.Length < SlotHeader)
        {
            return false;
        }

        length = BinaryPrimitives.ReadInt32LittleEndian(from[4..]);
        var textLength = BinaryPrimitives.ReadInt32LittleEndian(from[8..]);
        var room = BinaryPrimitives.ReadInt32LittleEndian(from[12..]);
        if (textLength < 0 || textLength > from.Length - SlotHeader || room is < 0 or > byte.MaxValue || length != SlotLength(textLength, room)
            || BinaryPrimitives.ReadUInt32LittleEndian(from) != Crc(from[4..(SlotHeader + textLength)], salt))
        {
            return false;
        }

        head = new JournalRowHead(
            BinaryPrimitives.ReadInt64LittleEndian(from[16..]), BinaryPrimitives.ReadInt64LittleEndian(from[24..]), room,
            BinaryPrimitives.ReadInt64LittleEndian(from[32..]), BinaryPrimitives.ReadInt32LittleEndian(from[40..]));
        text = Encoding.UTF8.GetString(from.Slice(SlotHeader, textLength));
        sumsAt = SumsAt(textLength);
        return true;
    }

    /// <summary>Writes a row's sums where its last but one were: whenever the process dies, one of the two is whole.</summary>
    public static void WriteSums(Span<byte> areas, int room, uint sequence, SpendMeasures sums, uint salt)
    {
        var length = AreaLength(room);
        var area = areas.Slice((int)(sequence & 1) * length, length);
        var (first, last) = sums.Seen ?? (ushort.MaxValue, 0);
        BinaryPrimitives.WriteUInt32LittleEndian(area[4..], sequence);
        BinaryPrimitives.WriteUInt16LittleEndian(area[8..], (ushort)sums.Count);
        BinaryPrimitives.WriteUInt16LittleEndian(area[10..], (ushort)first);
        BinaryPrimitives.WriteUInt16LittleEndian(area[12..], (ushort)last);
        sums.Ids.CopyTo(area[AreaHeader..]);
        MemoryMarshal.AsBytes(sums.Values).CopyTo(area[(AreaHeader + room)..]);
        BinaryPrimitives.WriteUInt32LittleEndian(area, AreaCrc(area, room, sums.Count, salt));
    }

    /// <summary>The latest whole sums of a row; null: none.</summary>
    /// <param name="areas">From their beginning to the end of what there is.</param>
    /// <param name="room">For how many measures there is room.</param>
    /// <param name="salt">The segment's.</param>
    public static SpendMeasures? ReadSums(ReadOnlySpan<byte> areas, int room, uint salt)
    {
        var length = AreaLength(room);
        SpendMeasures? best = null;
        uint bestSequence = 0;
        for (var n = 0; n < 2 && areas.Length >= (n + 1) * length; n++)
        {
            var area = areas.Slice(n * length, length);
            var sequence = BinaryPrimitives.ReadUInt32LittleEndian(area[4..]);
            var count = BinaryPrimitives.ReadUInt16LittleEndian(area[8..]);
            if (sequence <= bestSequence || count > room || BinaryPrimitives.ReadUInt32LittleEndian(area) != AreaCrc(area, room, count, salt))
            {
                continue;
            }

            (best, bestSequence) = (ReadArea(area, room, count), sequence);
        }

        return best;
    }

    private static SpendMeasures ReadArea(ReadOnlySpan<byte> area, int room, int count)
    {
        var sums = new SpendMeasures();
        var first = BinaryPrimitives.ReadUInt16LittleEndian(area[10..]);
        var last = BinaryPrimitives.ReadUInt16LittleEndian(area[12..]);
        if (first <= last)
        {
            sums.See(first);
            sums.See(last);
        }

        for (var i = 0; i < count; i++)
        {
            sums.Add(area[AreaHeader + i], MemoryMarshal.Read<Int128>(area[(AreaHeader + room + (16 * i))..]));
        }

        return sums;
    }

    // Only what is in use: a row of three measures is not to cost as much as one of twenty.
    private static uint AreaCrc(ReadOnlySpan<byte> area, int room, int count, uint salt) =>
        Crc(area.Slice(AreaHeader + room, 16 * count), Crc(area[4..(AreaHeader + count)], salt));

    private static int AreaLength(int room) => RoundUp(AreaHeader + (MeasureLength * room), 8);

    private static int RoundUp(int length, int to) => (length + to - 1) & ~(to - 1);
}

/// <summary>What a row of a segment says beside its key and its sums.</summary>
/// <param name="Id">Unique in the journal.</param>
/// <param name="Replaces">The row whose sums it goes on with; 0: none.</param>
/// <param name="Room">For how many measures it has room.</param>
/// <param name="Hour">The row's hour.</param>
/// <param name="Day">The row's day, as a number.</param>
internal readonly record struct JournalRowHead(long Id, long Replaces, int Room, long Hour, int Day);
