using System.Buffers.Binary;

namespace LlmTelemetry.CostExporter;

/// <summary>
/// Where a record stands among all: by the moment its call ended, then by its id. No two records share one, and a record keeps its own, so a page that begins
/// behind one neither repeats nor skips a record, whatever comes or goes meanwhile.
/// </summary>
internal readonly record struct RecordKey(long Ticks, Guid Id) : IComparable<RecordKey>
{
    public const int Size = 24;
    private const int TicksSize = 8;

    public static RecordKey Of(UsageRecord record) => new(record.EndedAt.UtcTicks, record.Id);

    /// <summary>The first that a record of that moment can have.</summary>
    public static RecordKey First(DateTimeOffset at) => new(at.UtcTicks, Guid.Empty);

    /// <summary>Bytes that are ordered as the keys are.</summary>
    public byte[] ToBytes()
    {
        var bytes = new byte[Size];
        BinaryPrimitives.WriteInt64BigEndian(bytes, Ticks);
        Id.TryWriteBytes(bytes.AsSpan(TicksSize), bigEndian: true, out _);
        return bytes;
    }

    public static RecordKey Read(ReadOnlySpan<byte> bytes) => new(BinaryPrimitives.ReadInt64BigEndian(bytes), new Guid(bytes[TicksSize..Size], bigEndian: true));

    // Guid compares its parts as numbers, which is the order of its big-endian bytes.
    public int CompareTo(RecordKey other) => Ticks != other.Ticks ? Ticks.CompareTo(other.Ticks) : Id.CompareTo(other.Id);

    public static bool operator <(RecordKey left, RecordKey right) => left.CompareTo(right) < 0;

    public static bool operator >(RecordKey left, RecordKey right) => left.CompareTo(right) > 0;

    public static bool operator <=(RecordKey left, RecordKey right) => left.CompareTo(right) <= 0;

    public static bool operator >=(RecordKey left, RecordKey right) => left.CompareTo(right) >= 0;
}
