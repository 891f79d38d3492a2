using System.Text;

namespace LlmTelemetry.CostExporter;

/// <summary>
/// Adds up the rows of hashes in Redis. The same few names stand in the hashes of all users: each text is read once, and rows are told apart by
/// its number instead of by their names. Not thread-safe.
/// </summary>
internal sealed class RowMerge(SpendRead read)
{
    /// <summary>Compares texts that are not decoded.</summary>
    public static readonly IEqualityComparer<byte[]> ByContent = new ByteComparer();

    private const int Parts = 3;

    // Conversations have no end: what was read is forgotten then.
    private const int MaxTexts = 20_000;

    private readonly DimensionSet _apart = read.Apart();
    private readonly Dictionary<byte[], int> _texts = new(ByContent);
    private readonly Dictionary<(SpendKey Key, DateOnly? Day), int> _numbers = [];
    private readonly List<(SpendKey Key, DateOnly? Day)> _keys = [];
    private readonly List<SpendMeasures?> _sums = [];
    private readonly List<int> _used = [];

    /// <param name="field">Provider, model, feature and what else is kept, as <see cref="SpendKeyText"/> writes it.</param>
    /// <param name="packed">The row's measures.</param>
    public void Add(byte[] field, ReadOnlySpan<byte> packed)
    {
        if (!_texts.TryGetValue(field, out var number))
        {
            _texts.Add(field, number = NumberOf(field));
        }

        if (_sums[number] is { } sum)
        {
            PackedMeasures.AddTo(sum, packed);
        }
        else
        {
            _sums[number] = PackedMeasures.Unpack(packed);
            _used.Add(number);
        }
    }

    /// <summary>Takes out what was added up so far.</summary>
    public IEnumerable<SpendAggregate> Take(DateTimeOffset period, string? tenant, string? user)
    {
        (tenant, user) = (_apart.Take(SpendDimension.Tenant, tenant), _apart.Take(SpendDimension.User, user));
        foreach (var number in _used)
        {
            yield return new SpendAggregate(period, _keys[number].Key with { Tenant = tenant, User = user }, _sums[number]!, _keys[number].Day);
            _sums[number] = null;
        }

        _used.Clear();
        if (_texts.Count > MaxTexts)
        {
            _texts.Clear();
            _numbers.Clear();
            _keys.Clear();
            _sums.Clear();
        }
    }

    private int NumberOf(byte[] field)
    {
        Span<string?> parts = new string?[Parts];
        var more = SpendKeyText.Read(KeyText.Split(Encoding.UTF8.GetString(field), parts), out var day);
        var key = (_apart.Of(new SpendKey(parts[0], parts[1], null, null, parts[2], more)), day);
        if (!_numbers.TryGetValue(key, out var number))
        {
            number = _keys.Count;
            _numbers.Add(key, number);
            _keys.Add(key);
            _sums.Add(null);
        }

        return number;
    }

    private sealed class ByteComparer : IEqualityComparer<byte[]>
    {
        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(byte[] obj)
        {
            var hash = new HashCode();
            hash.AddBytes(obj);
            return hash.ToHashCode();
        }
    }
}
