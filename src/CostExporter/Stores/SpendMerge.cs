using System.Runtime.InteropServices;

namespace LlmTelemetry.CostExporter.Stores;

/// <summary>
/// Adds up rows whose keys differ only in what the reader does not need apart: for stores, so that a reading hands out few rows. Not thread-safe.
/// </summary>
/// <param name="read">Who reads.</param>
public sealed class SpendMerge(SpendRead read)
{
    private readonly DimensionSet _apart = read.Apart();
    private readonly Dictionary<(SpendKey Key, DateOnly? Day), SpendMeasures> _sums = [];

    /// <summary>Adds a row, whose measures stay as they are.</summary>
    /// <param name="key">The row's key.</param>
    /// <param name="day">See <see cref="SpendAggregate"/>.</param>
    /// <param name="measures">The row's measures.</param>
    public void Add(in SpendKey key, DateOnly? day, SpendMeasures measures) => SumOf(in key, day).Add(measures);

    /// <summary>Adds a row.</summary>
    /// <param name="key">The row's key.</param>
    /// <param name="day">See <see cref="SpendAggregate"/>.</param>
    /// <param name="packed">The row's measures, as <see cref="SpendMeasures.ToBytes"/> wrote them.</param>
    /// <exception cref="InvalidDataException">They are not in that form.</exception>
    public void Add(in SpendKey key, DateOnly? day, ReadOnlySpan<byte> packed) => PackedMeasures.AddTo(SumOf(in key, day), packed);

    /// <summary>Takes out what was added up so far.</summary>
    /// <param name="period">The period that it was of.</param>
    public List<SpendAggregate> Take(DateTimeOffset period)
    {
        var rows = new List<SpendAggregate>(_sums.Count);
        foreach (var (at, sum) in _sums)
        {
            if (sum.Count == 0)
            {
                continue; // A row of nothing is a name that stands for others (names.lua).
            }

            rows.Add(new SpendAggregate(period, at.Key, sum, at.Day));
        }

        _sums.Clear();
        return rows;
    }

    private SpendMeasures SumOf(in SpendKey key, DateOnly? day)
    {
        ref var sum = ref CollectionsMarshal.GetValueRefOrAddDefault(_sums, (_apart.Of(in key), day), out _);
        return sum ??= new SpendMeasures();
    }
}
