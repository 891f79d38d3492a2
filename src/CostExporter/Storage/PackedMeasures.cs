using System.Buffers.Binary;

namespace LlmTelemetry.CostExporter;

/// <summary>
/// The measures of one row as stores keep them: how many, their numbers (a byte each), their widths (a half-byte each, the first in the
/// low half), their values (unsigned, little-endian, in 1, 3, 6 or 12 bytes). measures.lua reads and writes the same form. Small on purpose:
/// a hash in Redis whose values are at most 64 bytes takes half the memory; few widths, because Lua works fast on what it has seen before.
/// A measure of 0 is left out.
/// </summary>
internal static class PackedMeasures
{
    private const int MaxWidth = 12;
    private const int MaxMeasures = 128;

    public static byte[] Pack(SpendMeasures measures)
    {
        Span<byte> ids = stackalloc byte[MaxMeasures];
        Span<byte> widths = stackalloc byte[(MaxMeasures + 1) / 2];
        Span<byte> values = stackalloc byte[MaxMeasures * MaxWidth + sizeof(ulong) * 2];
        widths.Clear();
        var (count, length) = (0, 0);
        for (var i = 0; i < measures.Count; i++)
        {
            var (id, value) = measures.At(i);
            if (value == 0)
            {
                continue;
            }

            var width = Width(id, value);
            BinaryPrimitives.WriteInt128LittleEndian(values[length..], value);
            ids[count] = id;
            widths[count / 2] |= (byte)(count % 2 == 0 ? width : width << 4);
            count++;
            length += width;
        }

        return [(byte)count, .. ids[..count], .. widths[..((count + 1) / 2)], .. values[..length]];
    }

    /// <summary>Packs what a row held and what is added to it, which stays as it is; null: the row is new.</summary>
    public static byte[] PackSum(byte[]? before, SpendMeasures added)
    {
        if (before is null)
        {
            return Pack(added);
        }

        var sum = Unpack(before);
        sum.Add(added);
        return Pack(sum);
    }

    /// <summary>A packed row's measures.</summary>
    /// <exception cref="InvalidDataException">It is not in the packed form.</exception>
    public static SpendMeasures Unpack(ReadOnlySpan<byte> packed)
    {
        var measures = new SpendMeasures(packed.IsEmpty ? 0 : packed[0]);
        AddTo(measures, packed);
        return measures;
    }

    /// <summary>Adds a packed row's measures.</summary>
    /// <exception cref="InvalidDataException">It is not in the packed form.</exception>
    public static void AddTo(SpendMeasures measures, ReadOnlySpan<byte> packed)
    {
        var count = packed.IsEmpty ? 0 : packed[0];
        var at = 1 + count + (count + 1) / 2;
        Span<byte> wide = stackalloc byte[sizeof(ulong) * 2];
        for (var i = 0; i < count; i++)
        {
            var width = at > packed.Length ? 0 : packed[1 + count + i / 2] >> (i % 2 * 4) & 0xF;
            if (width is not (1 or 3 or 6 or MaxWidth) || at + width > packed.Length)
            {
                throw Damaged(packed);
            }

            wide.Clear();
            packed.Slice(at, width).CopyTo(wide);
            measures.Add(packed[1 + i], BinaryPrimitives.ReadInt128LittleEndian(wide));
            at += width;
        }

        if (at != packed.Length)
        {
            throw Damaged(packed);
        }
    }

    private static InvalidDataException Damaged(ReadOnlySpan<byte> packed) =>
        new($"A row of the store holds {packed.Length} bytes that are not measures in the form this version writes.");

    private static int Width(byte id, Int128 value)
    {
        if (Int128.IsNegative(value) || value >> (MaxWidth * 8) != 0 || id >= MaxMeasures)
        {
            throw new OverflowException($"Measure {id} with the value {value} cannot be kept: values are from 0 to 2^96-1, numbers below {MaxMeasures}.");
        }

        return (int)Int128.LeadingZeroCount(value) switch
        {
            >= 120 => 1,
            >= 104 => 3,
            >= 80 => 6,
            _ => MaxWidth,
        };
    }
}
