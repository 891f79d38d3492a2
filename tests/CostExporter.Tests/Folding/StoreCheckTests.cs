using LlmTelemetry.TestKit;

namespace LlmTelemetry.CostExporter.Tests;

public sealed class StoreCheckTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Check_writes_every_time_and_changes_no_row()
    {
        await using var exporter = await ExporterUnderTest.StartAsync();
        for (var i = 0; i < 3; i++)
        {
            var found = await exporter.Host.CheckAsync(Stop);
            Assert.Equal((true, null, false, 0L), (found.IsWritten, found.Error, found.IsLate, found.PendingRows));
        }

        Assert.Equal([1, 2, 3], exporter.Store.Sent.Select(batch => batch.Number));
        Assert.Single(exporter.Store.Sent.Select(batch => batch.Instance).Distinct());
        Assert.Empty(exporter.Store.Rows);
    }

    [Fact]
    public async Task Check_of_a_store_that_is_down_says_why_and_works_again_with_it()
    {
        await using var exporter = await ExporterUnderTest.StartAsync();
        exporter.Store.IsDown = true;
        var down = await exporter.Host.CheckAsync(Stop);
        exporter.Store.IsDown = false;
        var up = await exporter.Host.CheckAsync(Stop);

        Assert.False(down.IsWritten);
        Assert.Equal("IOException: The store is down.", down.Error);
        Assert.True(up.IsWritten);
    }

    [Theory]
    [InlineData(nameof(Fault.ApplyAndLoseTheAnswer))]
    [InlineData(nameof(Fault.LoseTheLastBatch))]
    public async Task Check_after_a_lost_answer_or_a_lost_batch_proves_a_write_of_its_own(string fault)
    {
        await using var exporter = await ExporterUnderTest.StartAsync();
        await exporter.Host.CheckAsync(Stop);
        exporter.Store.Meet(Enum.Parse<Fault>(fault));
        await exporter.Host.CheckAsync(Stop);
        var before = exporter.Store.Sent.Count;

        Assert.True((await exporter.Host.CheckAsync(Stop)).IsWritten);
        Assert.InRange(exporter.Store.Sent.Count - before, 1, 2);
    }

    [Fact]
    public async Task Check_of_a_store_that_never_answers_ends_and_those_that_ask_meanwhile_send_nothing_more()
    {
        await using var exporter = await ExporterUnderTest.StartAsync();
        exporter.Store.Meet(Fault.NeverAnswer);
        var checks = new[] { exporter.Host.CheckAsync(Stop), exporter.Host.CheckAsync(Stop) };
        await exporter.PassTimeUntilAsync(() => checks.All(check => check.IsCompleted), "both checks end");

        foreach (var check in checks)
        {
            var found = await check;
            Assert.False(found.IsWritten);
            Assert.Contains("within 5 s", found.Error!, StringComparison.Ordinal);
        }

        Assert.Single(exporter.Store.Sent);
    }

    [Fact]
    public async Task Partition_that_is_stuck_makes_it_late_though_writes_arrive()
    {
        await using var exporter = await ExporterUnderTest.StartAsync();
        exporter.Store.DownPartition = "acme";
        exporter.Call(tenant: "acme");
        await exporter.FlushAsync();
        var fresh = await exporter.Host.CheckAsync(Stop);
        exporter.Time.Advance(TimeSpan.FromSeconds(31));
        var late = await exporter.Host.CheckAsync(Stop);
        exporter.Store.DownPartition = null;

        Assert.Equal((true, false, 1L), (fresh.IsWritten, fresh.IsLate, fresh.PendingRows));
        Assert.Equal((true, true, 1L), (late.IsWritten, late.IsLate, late.PendingRows));
        Assert.NotNull(late.Error);
        Assert.True(late.Lag >= TimeSpan.FromSeconds(31));
    }

    [Fact]
    public async Task Exporter_that_has_ended_is_said_to_have()
    {
        var exporter = await ExporterUnderTest.StartAsync();
        await exporter.DisposeAsync();

        var found = await exporter.Host.CheckAsync(Stop);

        Assert.False(found.IsWritten);
        Assert.Contains("ObjectDisposedException", found.Error!, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("sqlite")]
    [InlineData("redis")]
    public async Task Check_leaves_no_row_in_a_real_store(string kind)
    {
        await using var redis = kind == "redis" ? await RedisServer.StartAsync() : null;
        await using var exporter = new CostExporterHost(new CostExporterOptions { Store = redis?.Address ?? "sqlite::memory:", Hub = new() });
        await exporter.StartAsync(subscribe: false, Stop);
        for (var i = 0; i < 3; i++)
        {
            Assert.Equal((true, null), ((await exporter.CheckAsync(Stop)) is var found ? (found.IsWritten, found.Error) : default));
        }

        var report = await exporter.Reports.QueryAsync(new() { From = exporter.Reports.Today, To = exporter.Reports.Today, By = [SpendDimension.User] }, Stop);
        Assert.Empty(report.Rows);
    }
}
