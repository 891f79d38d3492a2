using System.Buffers.Text;

namespace LlmTelemetry.CostExporter;

/// <summary>
/// A checked query, as stores walk it: the range of keys in its order, and what of it matches. A store hands out what it has from <see cref="After"/> on, some at
/// a time; <see cref="ToPage"/> makes the page of it.
/// </summary>
internal sealed class RecordScan
{
    private const int MaxPage = 10_000;
    private const byte Newest = 0;
    private const byte Oldest = 1;

    private readonly RecordFilter _filter;
    private readonly List<UsageRecord> _page = [];
    private readonly int _size;
    private RecordKey? _last;

    /// <exception cref="ArgumentException">The query contradicts itself; the message says how.</exception>
    public RecordScan(UsageRecordQuery query)
    {
        if (query.PageSize is < 1 or > MaxPage)
        {
            throw new ArgumentOutOfRangeException(nameof(query), query.PageSize, $"{nameof(query.PageSize)} must be from 1 to {MaxPage}.");
        }

        if (query.From >= query.To)
        {
            throw new ArgumentException($"{nameof(query.From)} ({query.From:O}) must be before {nameof(query.To)} ({query.To:O}).", nameof(query));
        }

        _filter = new RecordFilter(query);
        _size = query.PageSize;
        OldestFirst = query.OldestFirst;
        From = query.From is { } from ? RecordKey.First(from) : null;
        To = query.To is { } to ? RecordKey.First(to) : null;
        After = query.After is { } cursor ? Decode(cursor, query.OldestFirst) : null;
    }

    public bool OldestFirst { get; }

    /// <summary>Keys from this one on; null: from the first.</summary>
    public RecordKey? From { get; }

    /// <summary>Keys before this one; null: to the last.</summary>
    public RecordKey? To { get; }

    /// <summary>Only what comes behind this key in the query's order; null: from the beginning.</summary>
    public RecordKey? After { get; private set; }

    /// <summary>The one user whose records are asked for, clean; null: not just one.</summary>
    public string? User => _filter.User;

    /// <summary>Whether the page is full: nothing more need be read.</summary>
    public bool IsFull => _page.Count > _size;

    /// <summary>The lowest key that is left to read, and whether it is left itself.</summary>
    public (RecordKey Key, bool Inclusive)? Lowest => OldestFirst && After is { } after && !(From > after) ? (after, false) : From is { } from ? (from, true) : null;

    /// <summary>The key at which what is left to read ends: exclusive.</summary>
    public RecordKey? Highest => !OldestFirst && After is { } after && !(To < after) ? after : To;

    public bool IsInRange(RecordKey key) => !(key < From) && !(key >= To) && (After is not { } after || (OldestFirst ? key > after : key < after));

    /// <summary>The query's order.</summary>
    public IComparer<RecordKey> Order => OldestFirst ? Comparer<RecordKey>.Default : Comparer<RecordKey>.Create(static (left, right) => right.CompareTo(left));

    /// <summary>How many matches make a page, and say whether there is another one behind it.</summary>
    public int Wanted => _size + 1;

    /// <summary>Whether a record in the range is one that is asked for.</summary>
    public bool Matches(UsageRecord record) => _filter.Matches(record);

    /// <summary>Offers the next record in the query's order.</summary>
    public void Take(UsageRecord record) => Take(RecordKey.Of(record), record);

    /// <summary>The same; record null: one that is there no more.</summary>
    public void Take(RecordKey key, UsageRecord? record)
    {
        After = key;
        if (!IsFull && record is not null && _filter.Matches(record))
        {
            _last = _page.Count == _size ? _last : key;
            _page.Add(record);
        }
    }

    /// <summary>The page. One record more than it holds was looked for, so that a last page says that it is the last.</summary>
    public UsageRecordPage ToPage()
    {
        if (!IsFull)
        {
            return new UsageRecordPage(_page, Next: null);
        }

        _page.RemoveAt(_size);
        return new UsageRecordPage(_page, Encode(_last!.Value, OldestFirst));
    }

    private static string Encode(RecordKey key, bool oldestFirst) => Base64Url.EncodeToString([oldestFirst ? Oldest : Newest, .. key.ToBytes()]);

    private static RecordKey Decode(string cursor, bool oldestFirst)
    {
        Span<byte> bytes = stackalloc byte[RecordKey.Size + 1];
        if (cursor.Length > bytes.Length * 2 || !Base64Url.IsValid(cursor, out var length) || length != bytes.Length)
        {
            throw new ArgumentException($"'{cursor}' is not where a page ends: {nameof(UsageRecordQuery.After)} takes {nameof(UsageRecordPage)}.{nameof(UsageRecordPage.Next)}.", nameof(cursor));
        }

        Base64Url.DecodeFromChars(cursor, bytes);
        return bytes[0] == (oldestFirst ? Oldest : Newest)
            ? RecordKey.Read(bytes[1..])
            : throw new ArgumentException($"The page before was in the other order: {nameof(UsageRecordQuery.OldestFirst)} must stay as it was.", nameof(cursor));
    }
}
