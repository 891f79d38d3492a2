namespace LlmTelemetry.CostExporter.Tests.Storage;

/// <summary>Nobody can look into it from outside: what it answers is compared, and that alone.</summary>
public sealed class SqliteMemoryErasureTests
{
    [Fact]
    public async Task Memory_is_erased_and_cleared_as_a_file_is()
    {
        var settings = new StoreSettings("llm", TimeZoneInfo.Utc, TimeSpan.FromDays(8), TimeSpan.FromDays(400), TimeSpan.FromDays(3653), TimeSpan.FromSeconds(10), TimeProvider.System);
        await using var store = SpendStores.Create(StoreAddress.Parse("sqlite::memory:"), settings);
        var stop = TestContext.Current.CancellationToken;
        await store.OpenAsync(stop);
        var measures = new SpendMeasures();
        measures.Add(SpendMeasure.Calls, 3);
        var now = TimeProvider.System.GetUtcNow();
        var row = new SpendRow(now.ToUnixTimeSeconds() / 3600, DateOnly.FromDateTime(now.UtcDateTime), new SpendKey("anthropic", "claude", "ann", null, null), measures);
        await store.ApplyAsync(new SpendBatch("first-1", store.PartitionOf(row.Key), 1, [row]), stop);

        Assert.Equal(3, await store.EraseUserAsync("ann", stop));
        var read = new SpendRead(SpendGrain.Month, DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue, new HashSet<SpendDimension> { SpendDimension.User });
        var erased = Assert.Single(await store.ReadAsync(read, stop).ToListAsync(stop));
        Assert.Equal(("_erased", 3), (erased.Key.User, (int)erased.Measures[SpendMeasure.Calls]));

        await store.ClearAsync(stop);
        Assert.Empty(await store.ReadAsync(read, stop).ToListAsync(stop));
    }
}
