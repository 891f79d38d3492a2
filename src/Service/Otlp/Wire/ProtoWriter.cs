using System.Buffers.Binary;
using System.Text;

namespace LlmTelemetry.Service;

/// <summary>Writes protobuf whose lengths are known only behind what they are of: each takes the 5 bytes that the longest takes, which is as valid as fewer.</summary>
internal sealed class ProtoWriter(OtlpBuffer buffer)
{
    private const int LengthBytes = 5;

    /// <summary>Begins a message, string or bytes.</summary>
    /// <returns>For <see cref="Close"/>.</returns>
    public int Open(int field)
    {
        WriteVarint(ProtoReader.Message(field));
        buffer.Take(LengthBytes);
        return buffer.Length;
    }

    public void Close(int start)
    {
        var length = (uint)(buffer.Length - start);
        var place = buffer.Span[(start - LengthBytes)..start];
        for (var i = 0; i < LengthBytes - 1; i++, length >>= 7)
        {
            place[i] = (byte)(length | 0x80);
        }

        place[^1] = (byte)length;
    }

    public void Varint(int field, ulong value)
    {
        WriteVarint(ProtoReader.Varint(field));
        WriteVarint(value);
    }

    public void Fixed64(int field, ulong value)
    {
        WriteVarint(ProtoReader.Fixed64(field));
        BinaryPrimitives.WriteUInt64LittleEndian(buffer.Take(sizeof(ulong)), value);
    }

    public void Bytes(int field, ReadOnlySpan<byte> value)
    {
        WriteVarint(ProtoReader.Message(field));
        WriteVarint((ulong)value.Length);
        value.CopyTo(buffer.Take(value.Length));
    }

    public void Text(int field, string value)
    {
        WriteVarint(ProtoReader.Message(field));
        var length = Encoding.UTF8.GetByteCount(value);
        WriteVarint((ulong)length);
        Encoding.UTF8.GetBytes(value, buffer.Take(length));
    }

    private void WriteVarint(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            buffer.Take(1)[0] = (byte)(value | 0x80);
        }

        buffer.Take(1)[0] = (byte)value;
    }
}
