namespace LlmTelemetry.CostExporter.Tests.Records;

/// <summary>What every store does that keeps so many records, and no more.</summary>
public abstract class CappedRecordStoreTests : RecordStoreTests
{
    [Fact]
    public async Task Oldest_records_go_where_there_are_more_than_are_kept()
    {
        await using var store = await OpenAsync(maxRecords: 5);
        await store.WriteAsync([.. Enumerable.Range(0, 4).Select(n => Make(n))], Stop);

        // The first of these ended before all that are there.
        await store.WriteAsync([Make(100), .. Enumerable.Range(0, 7).Select(n => Make(n))], Stop);
        Assert.Equal([0, 1, 2, 3, 4], (await AllAsync(store)).Select(Number));
    }
}

public sealed class MemoryRecordStoreTests : CappedRecordStoreTests
{
    private protected override CostExporterOptions Options() => new() { Records = { Keep = RecordKeeping.Memory } };
}
