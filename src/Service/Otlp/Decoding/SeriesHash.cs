using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using LlmTelemetry.Service.Wire;

namespace LlmTelemetry.Service;

/// <summary>
/// Identifies series: the first 128 bits of a SHA-256 of what they are told apart by, each part behind its length. Whoever sends telemetry chooses names, and two series of one hash would lose money: so it is
/// a hash that nobody finds two for, and one that is the same in every version and on every machine, as states are kept under it. It is worked out once for each series: <see cref="SeriesCache"/>.
/// Not thread-safe.
/// </summary>
internal sealed class SeriesHash(OtlpLimits limits)
{
    private static readonly uint ArrayItem = ProtoReader.Message(ArrayValue.ValuesFieldNumber);
    private static readonly uint ListItem = ProtoReader.Message(KeyValueList.ValuesFieldNumber);

    private readonly ArrayBufferWriter<byte> _parts = new(512);

    public SeriesHash Add(ReadOnlySpan<byte> part)
    {
        AddNumber((uint)part.Length);
        _parts.Write(part);
        return this;
    }

    public SeriesHash Add(UInt128 part)
    {
        BinaryPrimitives.WriteUInt128LittleEndian(_parts.GetSpan(16), part);
        _parts.Advance(16);
        return this;
    }

    public SeriesHash AddNumber(ulong part)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(_parts.GetSpan(sizeof(ulong)), part);
        _parts.Advance(sizeof(ulong));
        return this;
    }

    /// <summary>Adds the attributes among a message's fields, in the order of their names, whatever order and form they are sent in.</summary>
    public SeriesHash AddAttributes(ReadOnlySpan<byte> message, uint tag)
    {
        List<(byte[] Key, byte[] Value)> attributes = [];
        for (var field = new ProtoReader(message); field.Next();)
        {
            if (field.Tag == tag)
            {
                AttributeReader.Split(field.Bytes, out var key, out var value);
                if (attributes.Count == limits.MaxAttributes)
                {
                    throw new OtlpFormatException(FormattableString.Invariant($"a scope has more than {limits.MaxAttributes} attributes"));
                }

                attributes.Add((key.ToArray(), value.ToArray()));
            }
        }

        // A stable order where a name is there twice, as the .NET SDK lets it be.
        attributes.Sort(static (a, b) => a.Key.AsSpan().SequenceCompareTo(b.Key) is var byKey and not 0 ? byKey : a.Value.AsSpan().SequenceCompareTo(b.Value));
        foreach (var (key, value) in attributes)
        {
            Add(key).AddValue(value, depth: 0);
        }

        return this;
    }

    /// <summary>The hash of what was added, and begins anew.</summary>
    public UInt128 Finish()
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(_parts.WrittenSpan, hash);
        _parts.ResetWrittenCount();
        return BinaryPrimitives.ReadUInt128LittleEndian(hash);
    }

    // What the value says, not how it is written: lengths may be written longer than they need to be.
    private void AddValue(ReadOnlySpan<byte> value, int depth)
    {
        if (depth > limits.MaxDepth)
        {
            throw new OtlpFormatException("values are nested too deeply");
        }

        for (var field = new ProtoReader(value); field.Next();)
        {
            switch (field.Tag >> 3)
            {
                case AnyValue.StringValueFieldNumber or AnyValue.BytesValueFieldNumber when (field.Tag & 7) == 2:
                    AddNumber(field.Tag).Add(field.Bytes);
                    break;
                case AnyValue.ArrayValueFieldNumber when (field.Tag & 7) == 2:
                    AddNumber(field.Tag);
                    AddItems(field.Bytes, ArrayItem, depth);
                    break;
                case AnyValue.KvlistValueFieldNumber when (field.Tag & 7) == 2:
                    AddNumber(field.Tag);
                    AddItems(field.Bytes, ListItem, depth);
                    break;
                case AnyValue.BoolValueFieldNumber or AnyValue.IntValueFieldNumber when (field.Tag & 7) == 0:
                case AnyValue.DoubleValueFieldNumber when (field.Tag & 7) == 1:
                    AddNumber(field.Tag).AddNumber(field.Number);
                    break;
                default:
                    break;
            }
        }

        AddNumber(0); // Its end: no tag is 0.
    }

    private void AddItems(ReadOnlySpan<byte> list, uint tag, int depth)
    {
        for (var field = new ProtoReader(list); field.Next();)
        {
            if (field.Tag != tag)
            {
                continue;
            }

            var item = field.Bytes;
            if (tag == ListItem)
            {
                AttributeReader.Split(field.Bytes, out var key, out item);
                Add(key);
            }

            AddValue(item, depth + 1);
        }

        AddNumber(0);
    }
}
