using System.Buffers.Binary;

namespace LlmTelemetry.CostExporter;

/// <summary>Reads what a <see cref="BinaryWriter"/> wrote, and throws <see cref="FormatException"/> for whatever it cannot have written.</summary>
internal ref struct StateReader(ReadOnlySpan<byte> content)
{
    private const int GroupBits = 7;

    private ReadOnlySpan<byte> _rest = content;

    public byte Byte() => Take(1)[0];

    /// <summary>8 bytes, little-endian.</summary>
    public ulong Fixed() => BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong)));

    /// <summary>16 bytes, the upper half first.</summary>
    public UInt128 Id() => new(Fixed(), Fixed());

    /// <summary>A number in groups of 7 bits.</summary>
    public ulong Number()
    {
        ulong number = 0;
        for (var shift = 0; shift < 64; shift += GroupBits)
        {
            var group = Byte();
            number |= (ulong)(group & 0x7F) << shift;
            if (group < 0x80)
            {
                // The last group has room for one bit.
                return shift < 63 || group <= 1 ? number : throw Damaged();
            }
        }

        throw Damaged();
    }

    /// <summary>A number that is not negative.</summary>
    public long Long() => Number() is <= long.MaxValue and var number ? (long)number : throw Damaged();

    /// <summary>How many follow.</summary>
    public int Count(int most) => Number() is var count && count <= (ulong)most ? (int)count : throw Damaged();

    /// <summary>Nothing must follow.</summary>
    public readonly void End()
    {
        if (!_rest.IsEmpty)
        {
            throw Damaged();
        }
    }

    private static FormatException Damaged() => new("A source's state is not in the form that this version writes.");

    private ReadOnlySpan<byte> Take(int length)
    {
        if (_rest.Length < length)
        {
            throw Damaged();
        }

        var taken = _rest[..length];
        _rest = _rest[length..];
        return taken;
    }
}
