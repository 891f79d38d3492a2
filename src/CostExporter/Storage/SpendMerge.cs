using System.Runtime.InteropServices;

namespace LlmTelemetry.CostExporter;

/// <summary>Adds up rows whose keys differ only in dimensions that the reader does not need apart. Not thread-safe.</summary>
internal sealed class SpendMerge(IReadOnlySet<SpendDimension> by)
{
    private readonly bool _provider = by.Contains(SpendDimension.Provider);
    private readonly bool _model = by.Contains(SpendDimension.Model);
    private readonly bool _user = by.Contains(SpendDimension.User);
    private readonly bool _tenant = by.Contains(SpendDimension.Tenant);
    private readonly bool _feature = by.Contains(SpendDimension.Feature);
    private readonly Dictionary<SpendKey, SpendMeasures> _sums = [];

    public void Add(in SpendKey key, ReadOnlySpan<byte> packed)
    {
        var merged = new SpendKey(
            _provider ? key.Provider : null,
            _model ? key.Model : null,
            _user ? key.User : null,
            _tenant ? key.Tenant : null,
            _feature ? key.Feature : null);
        ref var sum = ref CollectionsMarshal.GetValueRefOrAddDefault(_sums, merged, out _);
        PackedMeasures.AddTo(sum ??= new SpendMeasures(), packed);
    }

    /// <summary>Takes out what was added up so far.</summary>
    public List<SpendAggregate> Take(DateTimeOffset period)
    {
        var rows = _sums.Select(sum => new SpendAggregate(period, sum.Key, sum.Value)).ToList();
        _sums.Clear();
        return rows;
    }
}
