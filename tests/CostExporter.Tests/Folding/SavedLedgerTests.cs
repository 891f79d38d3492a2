using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter.Tests;

/// <summary>From hits of a cache to reports, through real stores.</summary>
public sealed class SavedLedgerTests
{
    [Fact]
    public async Task Hits_are_no_calls_and_what_they_saved_is_apart_from_what_calls_cost()
    {
        var total = await TotalAsync("sqlite::memory:", hub => Publish(hub, Hit(1_000_000_000_001), Calls.Make(), Hit(2), Hit(null)));

        Assert.Equal((1L, 3L, 1.000000000003m), (total.Calls, total.CacheHits, total.Saved));
        Assert.Equal(Cost.ToUsd(100 * 3_000_001L + 10 * 15_000_000L), total.Cost);
        Assert.Equal((100L, 0L, 0L), (total.InputTokens, total.Unmeasured, total.Unpriced));
        Assert.Equal(TimeSpan.FromMilliseconds(1.5), total.AverageDuration); // Without the time that a cache took.
    }

    [Fact]
    public async Task Hits_alone_cost_nothing_which_is_known()
    {
        var total = await TotalAsync("sqlite::memory:", hub => Publish(hub, Hit(7), Hit(null)));

        Assert.Equal((0L, 2L, 0m, 0.000000000007m), (total.Calls, total.CacheHits, total.Cost, total.Saved));
    }

    [Fact]
    public async Task Hits_whose_price_nobody_knows_saved_nothing_that_is_known()
    {
        var total = await TotalAsync("sqlite::memory:", hub => Publish(hub, Hit(null)));

        Assert.Equal((1L, null), (total.CacheHits, total.Saved));
    }

    [Fact]
    public async Task Saving_beyond_belief_is_left_out_and_stops_nothing()
    {
        var total = await TotalAsync("sqlite::memory:", hub => Publish(hub, Hit(Int128.MaxValue), Hit(5)));

        Assert.Equal((2L, 0.000000000005m), (total.CacheHits, total.Saved));
    }

    [Fact]
    public async Task Redis_keeps_hits_and_what_they_saved()
    {
        await using var redis = await RedisServer.StartAsync();

        var total = await TotalAsync(redis.Address, hub => Publish(hub, Hit(long.MaxValue), Hit(long.MaxValue), Calls.Make()));

        Assert.Equal((1L, 2L, Cost.ToUsd((Int128)long.MaxValue * 2)), (total.Calls, total.CacheHits, total.Saved));
    }

    private static UsageEvent Hit(Int128? saved) => new()
    {
        CallId = Guid.NewGuid(),
        EndedAt = Calls.Noon,
        Operation = "chat",
        Provider = "anthropic",
        ResponseModel = "claude-sonnet-4-5",
        Duration = TimeSpan.FromSeconds(3),
        Calls = 0,
        IsCacheHit = true,
        SavedPico = saved,
        Quality = saved is null ? CostQuality.Unpriced : CostQuality.Reported,
    };

    private static void Publish(UsageHub hub, params UsageEvent[] events)
    {
        foreach (var call in events)
        {
            hub.Publish(in call);
        }
    }

    private static async Task<UsageReportRow> TotalAsync(string store, Action<UsageHub> publish)
    {
        var options = new CostExporterOptions { Store = store, Hub = new UsageHub(), Interval = Timeout.InfiniteTimeSpan, TimeProvider = new ManualTime(Calls.Noon) };
        await using var host = new CostExporterHost(options);
        await host.StartAsync(subscribe: true, TestContext.Current.CancellationToken);
        publish(options.Hub);
        Assert.Null((await host.FlushAsync(TestContext.Current.CancellationToken)).Error);
        var day = DateOnly.FromDateTime(Calls.Noon.UtcDateTime);
        return (await host.Reports.QueryAsync(new() { From = day, To = day }, TestContext.Current.CancellationToken)).Total;
    }
}
