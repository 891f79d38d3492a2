using System.Runtime.InteropServices;

namespace LlmTelemetry.CostExporter;

/// <summary>Adds up rows whose keys differ only in what the reader does not need apart. Not thread-safe.</summary>
internal sealed class SpendMerge(SpendRead read)
{
    private readonly DimensionSet _apart = read.Apart();
    private readonly Dictionary<(SpendKey Key, DateOnly? Day), SpendMeasures> _sums = [];

    /// <param name="key">The row's key.</param>
    /// <param name="day">See <see cref="SpendAggregate"/>.</param>
    /// <param name="packed">The row's measures.</param>
    public void Add(in SpendKey key, DateOnly? day, ReadOnlySpan<byte> packed)
    {
        ref var sum = ref CollectionsMarshal.GetValueRefOrAddDefault(_sums, (_apart.Of(in key), day), out _);
        PackedMeasures.AddTo(sum ??= new SpendMeasures(), packed);
    }

    /// <summary>Takes out what was added up so far.</summary>
    public List<SpendAggregate> Take(DateTimeOffset period)
    {
        var rows = _sums.Select(sum => new SpendAggregate(period, sum.Key.Key, sum.Value, sum.Key.Day)).ToList();
        _sums.Clear();
        return rows;
    }
}
