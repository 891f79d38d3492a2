using System.Collections.Concurrent;
using LlmTelemetry.CostExporter;

namespace LlmTelemetry.Service;

/// <summary>A series as its points need it.</summary>
/// <param name="Tags">The attributes that the ledger knows.</param>
/// <param name="Hash">Identifies it within its source.</param>
internal sealed record Series(PointTags Tags, UInt128 Hash);

/// <summary>
/// Remembers series by the bytes of their attributes, which most clients write the same way each time: reading and hashing them again would cost more than all the rest of a
/// point. Bounded: what was not asked for lately is forgotten. Thread-safe.
/// </summary>
internal sealed class SeriesCache(long maxBytes)
{
    // What an entry takes beside its attributes: key, series, their texts, its place in the table.
    private const int EntryBytes = 600;

    private readonly Lock _gate = new();

    // A series that is asked for moves from the older to the newer; when half of the room is full, the newer becomes the older.
    private volatile Generation _newer = new();
    private volatile Generation _older = new();

    /// <param name="family">A hash of what all series of the metric share.</param>
    /// <param name="attributes">The fields of the point that hold attributes, one behind the other.</param>
    /// <returns>Null: not known.</returns>
    public Series? Find(UInt128 family, ReadOnlySpan<byte> attributes)
    {
        var key = new Lookup(family, attributes);
        if (_newer.Series.TryGetValue(key, out var series))
        {
            return series;
        }

        if (_older.Series.TryGetValue(key, out series))
        {
            Add(family, attributes, series);
        }

        return series;
    }

    public void Add(UInt128 family, ReadOnlySpan<byte> attributes, Series series)
    {
        var newer = _newer;
        if (!newer.Series.TryAdd(new Lookup(family, attributes), series) || Interlocked.Add(ref newer.Bytes, EntryBytes + attributes.Length) < maxBytes / 2)
        {
            return;
        }

        lock (_gate)
        {
            if (ReferenceEquals(newer, _newer))
            {
                (_older, _newer) = (newer, new Generation());
            }
        }
    }

    private sealed class Generation
    {
        private readonly ConcurrentDictionary<Key, Series> _series = new(new Comparer());

        public long Bytes;

        public ConcurrentDictionary<Key, Series>.AlternateLookup<Lookup> Series => _series.GetAlternateLookup<Lookup>();
    }

    private sealed record Key(UInt128 Family, byte[] Attributes);

    private readonly ref struct Lookup(UInt128 family, ReadOnlySpan<byte> attributes)
    {
        public readonly UInt128 Family = family;
        public readonly ReadOnlySpan<byte> Attributes = attributes;
    }

    private sealed class Comparer : IEqualityComparer<Key>, IAlternateEqualityComparer<Lookup, Key>
    {
        public bool Equals(Key? x, Key? y) => x is not null && y is not null && x.Family == y.Family && x.Attributes.AsSpan().SequenceEqual(y.Attributes);

        public int GetHashCode(Key key) => GetHashCode(new Lookup(key.Family, key.Attributes));

        public bool Equals(Lookup alternate, Key other) => alternate.Family == other.Family && alternate.Attributes.SequenceEqual(other.Attributes);

        // Seeded anew in each process: nobody can choose attributes that all fall into one place.
        public int GetHashCode(Lookup alternate)
        {
            var hash = new HashCode();
            hash.Add(alternate.Family);
            hash.AddBytes(alternate.Attributes);
            return hash.ToHashCode();
        }

        public Key Create(Lookup alternate) => new(alternate.Family, alternate.Attributes.ToArray());
    }
}
