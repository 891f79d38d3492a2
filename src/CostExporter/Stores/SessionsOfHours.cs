using System.Runtime.InteropServices;

namespace LlmTelemetry.CostExporter.Stores;

/// <summary>Reads sessions of a store that does not keep them by their id: from its hours, all of them.</summary>
internal static class SessionsOfHours
{
    private const int SecondsPerHour = 3600;

    private static readonly HashSet<SpendDimension> Apart = [SpendDimension.Session, SpendDimension.Tenant, SpendDimension.Provider, SpendDimension.Model];

    public static async Task<IReadOnlyList<StoredSession>> ReadAsync(ISpendStore store, SessionRead read, CancellationToken cancellationToken)
    {
        var tenants = new Dictionary<ValueTuple<string?>, Sum>(); // In a tuple, because calls without a tenant have sessions too.
        await foreach (var row in store.ReadAsync(new SpendRead(SpendGrain.Hour, DateTimeOffset.MinValue, DateTimeOffset.MaxValue, Apart), cancellationToken).ConfigureAwait(false))
        {
            var tenant = row.Key.Tenant;
            if (row.Key.More?.Parts.Session != read.Session || !(read.AnyTenant || tenant == read.Tenant))
            {
                continue;
            }

            ref var sum = ref CollectionsMarshal.GetValueRefOrAddDefault(tenants, ValueTuple.Create(tenant), out _);
            (sum ??= new Sum()).Add(in row);
        }

        return [.. tenants.Select(tenant => tenant.Value.ToSession(tenant.Key.Item1))];
    }

    private sealed class Sum
    {
        private readonly Dictionary<SpendKey, SpendMeasures> _rows = [];
        private DateTimeOffset _first = DateTimeOffset.MaxValue;
        private DateTimeOffset _last = DateTimeOffset.MinValue;

        public void Add(in SpendAggregate row)
        {
            // A store that keeps when its calls were seen says so; others know the hour.
            var (first, last) = row.Measures.Seen ?? (0, SecondsPerHour - 1);
            _first = row.Period.AddSeconds(first) is var began && began < _first ? began : _first;
            _last = row.Period.AddSeconds(last) is var ended && ended > _last ? ended : _last;
            ref var measures = ref CollectionsMarshal.GetValueRefOrAddDefault(_rows, new SpendKey(row.Key.Provider, row.Key.Model, null, null, null), out _);
            (measures ??= new SpendMeasures()).Add(row.Measures);
        }

        public StoredSession ToSession(string? tenant) => new(tenant, _first, _last, [.. _rows.Select(row => (row.Key, row.Value))]);
    }
}
