using System.Globalization;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter.Tests;

/// <summary>A real Cluster of three masters that changes while an exporter writes to it.</summary>
public sealed class RedisClusterFaultTests
{
    private const int Tenants = 9;

    private readonly UsageHub _hub = new();
    private readonly DateTimeOffset _now = TimeProvider.System.GetUtcNow();
    private Tally _recorded;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Slot_moved_and_master_killed_under_load_lose_nothing_and_count_nothing_twice()
    {
        await using var cluster = new RedisCluster();
        await cluster.StartAsync(durable: true);
        var options = new CostExporterOptions
        {
            Store = cluster.Address,
            Hub = _hub,
            Interval = TimeSpan.FromMilliseconds(30),
            StoreTimeout = TimeSpan.FromSeconds(1),
            ShutdownTimeout = TimeSpan.FromSeconds(30),
        };
        await using var exporter = new CostExporterHost(options);
        await exporter.StartAsync(subscribe: true, Stop);
        using var done = new CancellationTokenSource();
        var writing = Task.Run(() => WriteAsync(done.Token), Stop);
        await FlushedAsync(exporter);

        for (var tenant = 0; tenant < Tenants; tenant += 2)
        {
            var key = $"llm:{{=tenant-{tenant}:0}}:batch:any";
            var owner = await cluster.OwnerAsync(key);
            await cluster.MoveSlotAsync(key, cluster.Ports.First(port => port != owner));
            Assert.NotEqual(owner, await cluster.OwnerAsync(key));
        }

        await FlushedAsync(exporter);
        foreach (var port in cluster.Ports)
        {
            await cluster.KillAsync(port);
            await Task.Delay(300, Stop);
            cluster.Restart(port);
            await cluster.AgreesAsync();
            await FlushedAsync(exporter);
        }

        await done.CancelAsync();
        await writing;
        await Eventually.HoldsAsync(async () => await exporter.FlushAsync(Stop) is { Error: null, PendingRows: 0 }, "everything is flushed", TimeSpan.FromSeconds(60));
        foreach (var (grain, found) in await RedisLedger.ReadAsync(cluster.Address, Stop))
        {
            Assert.True(_recorded == found.Values.Aggregate((sum, one) => sum + one), $"The {grain} rows hold {found.Values.Aggregate((sum, one) => sum + one)}, recorded were {_recorded}.");
            Assert.Equal(Tenants, found.Keys.Select(key => key.Tenant).Distinct().Count());
        }
    }

    [Fact]
    public async Task Database_other_than_0_is_refused_with_what_to_do_instead()
    {
        await using var cluster = new RedisCluster();
        await cluster.StartAsync();
        await using var exporter = new CostExporterHost(new CostExporterOptions { Store = cluster.Address + "/3", Hub = _hub });

        var refusal = await Assert.ThrowsAsync<SpendStoreMismatchException>(() => exporter.StartAsync(subscribe: true, Stop));
        Assert.Contains("/3", refusal.Message, StringComparison.Ordinal);
        Assert.Contains("KeyPrefix", refusal.Message, StringComparison.Ordinal);
    }

    // Everything recorded before has arrived: what comes after it is under way when the next thing happens.
    private static Task FlushedAsync(CostExporterHost exporter) =>
        Eventually.HoldsAsync(async () => (await exporter.FlushAsync(Stop)).Error is null, "a flush succeeds", TimeSpan.FromSeconds(60));

    private async Task WriteAsync(CancellationToken done)
    {
        var random = new Random(1);
        while (!done.IsCancellationRequested)
        {
            var call = Calls.Make(
                "user-" + random.Next(10).ToString(CultureInfo.InvariantCulture), _now.AddMinutes(-random.Next(100)), random.Next(1_000_000), random.Next(8_000),
                tenant: "tenant-" + random.Next(Tenants).ToString(CultureInfo.InvariantCulture));
            _hub.Publish(in call);
            _recorded = _recorded.Plus(in call);
            if (random.Next(20) == 0)
            {
                await Task.Delay(1, CancellationToken.None);
            }
        }
    }
}
