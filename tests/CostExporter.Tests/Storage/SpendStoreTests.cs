using LlmTelemetry.TestKit;

namespace LlmTelemetry.CostExporter.Tests.Storage;

/// <summary>
/// What every store must do stands in src/StoreConformance. Each store's own class runs that, and tests what only this store does; time starts at the real
/// present, since Redis expires by its own clock.
/// </summary>
public abstract class SpendStoreTests
{
    private protected static readonly SpendDimension[] Everything =
        [SpendDimension.Provider, SpendDimension.Model, SpendDimension.User, SpendDimension.Tenant, SpendDimension.Feature];

    private protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    private protected ManualTime Time { get; } = new(TimeProvider.System.GetUtcNow());

    private protected abstract string Address { get; }

    private protected virtual string KeyPrefix => "llm";

    // The last full UTC hour, so that nothing here is in the future.
    private protected long Hour => Time.GetUtcNow().ToUnixTimeSeconds() / 3600 - 1;

    private protected DateOnly Day => DateOnly.FromDateTime(DateTime.UnixEpoch.AddHours(Hour));

    // A store may end such a call otherwise; ours say so.
    [Fact]
    public async Task Cancelled_call_ends_as_cancelled()
    {
        await using var store = await OpenAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => store.ApplyAsync(new SpendBatch("first-1", store.PartitionOf(Key()), 1, [Row(Key(), (0, 1))]), new CancellationToken(canceled: true)));
    }

    private protected static SpendKey Key(string? user = "ann", string? model = "claude", string? feature = "chat", string? tenant = null) => new("anthropic", model, user, tenant, feature);

    private protected static SpendMeasures Measures(params (byte Id, Int128 Value)[] values)
    {
        var measures = new SpendMeasures();
        foreach (var (id, value) in values)
        {
            measures.Add(id, value);
        }

        return measures;
    }

    private protected SpendRow Row(SpendKey key, params (byte Id, Int128 Value)[] values) => new(Hour, Day, key, Measures(values));

    private protected async Task<ISpendStore> OpenAsync(string? address = null, TimeZoneInfo? timeZone = null, TimeProvider? time = null, TimeSpan? timeout = null)
    {
        var settings = new StoreSettings(
            KeyPrefix, timeZone ?? TimeZoneInfo.Utc, TimeSpan.FromDays(8), TimeSpan.FromDays(400), TimeSpan.FromDays(3653), timeout ?? TimeSpan.FromSeconds(10), time ?? Time);
        var store = SpendStores.Create(StoreAddress.Parse(address ?? Address), settings);
        try
        {
            await store.OpenAsync(Stop);
            return store;
        }
        catch
        {
            await store.DisposeAsync();
            throw;
        }
    }

    private protected static Task<BatchReply> ApplyAsync(ISpendStore store, long number, params SpendRow[] rows) => ApplyAsync(store, number, "first-1", rows);

    private protected static Task<BatchReply> ApplyAsync(ISpendStore store, long number, string instance, params SpendRow[] rows) =>
        store.ApplyAsync(new SpendBatch(instance, store.PartitionOf(rows[0].Key), number, rows), Stop);

    private protected static async Task<List<SpendAggregate>> ReadAsync(ISpendStore store, SpendGrain grain, params SpendDimension[] by)
    {
        var rows = new List<SpendAggregate>();
        await foreach (var row in store.ReadAsync(new SpendRead(grain, DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue, by.ToHashSet()), Stop))
        {
            rows.Add(row);
        }

        return rows;
    }

    private protected static async Task<Int128> TotalAsync(ISpendStore store, byte measure, SpendDimension[]? by = null, SpendGrain grain = SpendGrain.Day) =>
        (await ReadAsync(store, grain, by ?? [])).Aggregate((Int128)0, (sum, row) => sum + row.Measures[measure]);

    private protected static SpendKey With(SpendKeyParts parts, params (string Name, string Value)[] tags) =>
        Key() with { More = SpendKeyMore.Of(in parts, [.. tags.Select(tag => new KeyValuePair<string, string>(tag.Name, tag.Value))]) };

    private protected static SpendKey With(SpendKeyParts parts, string? user = "ann", string? model = "claude", string? tenant = null) =>
        Key(user, model, tenant: tenant) with { More = SpendKeyMore.Of(in parts) };

    private protected static async Task<List<SpendAggregate>> ReadFiguresAsync(ISpendStore store, SpendGrain grain, params SpendDimension[] by)
    {
        var rows = new List<SpendAggregate>();
        await foreach (var row in store.ReadAsync(new SpendRead(grain, DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue, by.ToHashSet()) { OfFigures = true }, Stop))
        {
            rows.Add(row);
        }

        return rows;
    }
}
