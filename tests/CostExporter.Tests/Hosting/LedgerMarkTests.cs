namespace LlmTelemetry.CostExporter.Tests;

public sealed class LedgerMarkTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Hub_has_a_ledger_while_an_exporter_keeps_its_sums(bool aggregates)
    {
        var exporter = await ExporterUnderTest.StartAsync(o => o.Aggregates = aggregates);

        Assert.Equal(aggregates, exporter.Hub.HasLedger);

        await exporter.DisposeAsync();
        Assert.False(exporter.Hub.HasLedger);
    }
}
