using System.Buffers.Binary;

namespace LlmTelemetry.Service;

/// <summary>
/// Walks the fields of one protobuf message where it lies: nothing is copied and no object is made, so that what a body makes of itself in memory is bounded
/// by what is kept of it. Google.Protobuf's parser makes an object of each message, dozens of bytes for each two that arrive; tests compare the two.
/// </summary>
internal ref struct ProtoReader(ReadOnlySpan<byte> message)
{
    // Groups are not used any more, but they may stand in fields that are skipped.
    private const int MaxGroups = 32;

    private const int WireTypeBits = 3;
    private readonly ReadOnlySpan<byte> _message = message;
    private int _at;

    /// <summary>The field's tag: its number and wire type, as in <see cref="Varint"/> ... <see cref="Message"/>.</summary>
    public uint Tag { get; private set; }

    /// <summary>The value of a varint, or of a fixed number.</summary>
    public ulong Number { get; private set; }

    /// <summary>The value of a string, of bytes or of a message.</summary>
    public ReadOnlySpan<byte> Bytes { get; private set; }

    /// <summary>Where the field begins in the message.</summary>
    public int Start { get; private set; }

    /// <summary>Where the field ends in the message.</summary>
    public readonly int End => _at;

    public readonly double Double => BitConverter.UInt64BitsToDouble(Number);

    /// <summary>The tag of a number of no fixed length.</summary>
    public static uint Varint(int field) => (uint)field << WireTypeBits;

    /// <summary>The tag of a number of 8 bytes.</summary>
    public static uint Fixed64(int field) => ((uint)field << WireTypeBits) | 1;

    /// <summary>The tag of a string, of bytes or of a message.</summary>
    public static uint Message(int field) => ((uint)field << WireTypeBits) | 2;

    /// <summary>Goes to the next field.</summary>
    /// <returns>False at the end.</returns>
    /// <exception cref="OtlpFormatException">It is no protobuf.</exception>
    public bool Next()
    {
        Start = _at;
        if (_at == _message.Length)
        {
            return false;
        }

        ReadTag();
        ReadValue(depth: 0);
        return true;
    }

    private void ReadTag()
    {
        // Protobuf takes the lower 32 bits.
        Tag = (uint)ReadVarint();
        if (Tag >> WireTypeBits == 0)
        {
            throw new OtlpFormatException("a field has the number 0");
        }
    }

    private void ReadValue(int depth)
    {
        switch (Tag & 7)
        {
            case 0:
                Number = ReadVarint();
                break;
            case 1:
                Number = BinaryPrimitives.ReadUInt64LittleEndian(Take(sizeof(ulong)));
                break;
            case 2:
                Bytes = Take(ReadVarint());
                break;
            case 3:
                SkipGroup(Tag, depth);
                break;
            case 5:
                Number = BinaryPrimitives.ReadUInt32LittleEndian(Take(sizeof(uint)));
                break;
            default:
                throw new OtlpFormatException("a field is of no type that there is, or ends a group that did not begin");
        }
    }

    private void SkipGroup(uint group, int depth)
    {
        if (depth == MaxGroups)
        {
            throw new OtlpFormatException("groups are nested too deeply");
        }

        for (var end = group + 1; ;)
        {
            ReadTag();
            if (Tag == end)
            {
                Tag = group;
                return;
            }

            ReadValue(depth + 1);
        }
    }

    private ulong ReadVarint()
    {
        ulong value = 0;
        for (var shift = 0; shift < 70; shift += 7)
        {
            if (_at == _message.Length)
            {
                throw Truncated();
            }

            var next = _message[_at++];
            value |= (ulong)(next & 0x7F) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw new OtlpFormatException("a number is longer than 10 bytes");
    }

    private ReadOnlySpan<byte> Take(ulong length)
    {
        if (length > (ulong)(_message.Length - _at))
        {
            throw Truncated();
        }

        var taken = _message.Slice(_at, (int)length);
        _at += (int)length;
        return taken;
    }

    private static OtlpFormatException Truncated() => new("it ends in the middle of a field, or a length is too large");
}
