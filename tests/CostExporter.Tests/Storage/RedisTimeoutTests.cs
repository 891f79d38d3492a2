using System.Diagnostics;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.CostExporter.Tests.Storage;

/// <summary>A Redis that stands still: every call of a store ends by itself.</summary>
public sealed class RedisTimeoutTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public static TheoryData<string> AllCalls => [.. Calls.Keys];

    private static Dictionary<string, Func<ISpendStore, Task>> Calls { get; } = new()
    {
        ["apply"] = store => store.ApplyAsync(new SpendBatch("one-1", store.PartitionOf(default), 2, []), Stop),
        ["read"] = async store =>
        {
            await foreach (var row in store.ReadAsync(new SpendRead(SpendGrain.Month, DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue, new HashSet<SpendDimension>()), Stop))
            {
                Assert.Fail($"A stopped server answered {row}.");
            }
        },
        ["session"] = store => store.ReadSessionsAsync(new SessionRead("s1", AnyTenant: true), Stop),
        ["beat"] = store => store.BeatAsync(new ExporterBeat("one", "host", 1, DateTimeOffset.UnixEpoch, TimeSpan.FromSeconds(1), Journal: false), Stop),
        ["status"] = store => store.StatusAsync(Stop),
        ["receipt"] = store => ((IReceiptStore)store).BookAsync([.. Enumerable.Range(0, 100).Select(_ => new SpendReceipt(store.PartitionOf(default), [], [], []))], Stop),
        ["states"] = store => ((IReceiptStore)store).ReadStatesAsync(store.PartitionOf(default), ["a/0"], Stop),
        ["claim"] = store => ((IReceiptStore)store).ClaimAsync("a", 1, UsageSourceKind.Spans, Stop),
        ["life"] = store => ((IReceiptStore)store).LifeAsync(store.PartitionOf(default), Stop),
        ["retention"] = store => store.HourRetentionAsync(Stop),
    };

    [Theory]
    [MemberData(nameof(AllCalls))]
    public async Task Call_to_a_server_that_stands_still_ends_in_time(string call)
    {
        await using var redis = await RedisServer.StartAsync();
        await using var store = Create(redis);
        await store.OpenAsync(Stop);
        await store.ApplyAsync(new SpendBatch("one-1", store.PartitionOf(default), 1, []), Stop);
        redis.Process.Signal("STOP");
        var clock = Stopwatch.StartNew();

        await Assert.ThrowsAsync<TimeoutException>(() => Calls[call](store).WaitAsync(TimeSpan.FromSeconds(60), Stop));
        Assert.InRange(clock.Elapsed, TimeSpan.FromSeconds(0.9), TimeSpan.FromSeconds(15));
    }

    [Fact]
    public async Task Opening_a_server_that_stands_still_ends_in_time()
    {
        await using var redis = await RedisServer.StartAsync();
        redis.Process.Signal("STOP");
        await using var store = Create(redis);
        var clock = Stopwatch.StartNew();

        var error = await Record.ExceptionAsync(() => store.OpenAsync(Stop).WaitAsync(TimeSpan.FromSeconds(60), Stop));
        Assert.True(error is TimeoutException or IOException, error?.ToString());
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(15));
    }

    [Fact]
    public async Task Master_that_was_a_replica_when_it_was_connected_to_takes_batches_again_at_once()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var store = Create(redis);
        await store.OpenAsync(Stop);
        await redis.CommandAsync("REPLICAOF", "127.0.0.1", "1");
        await redis.CommandAsync("CLIENT", "KILL", "TYPE", "normal");
        for (var attempt = 0; attempt < 20; attempt++)
        {
            await Assert.ThrowsAnyAsync<Exception>(() => store.ApplyAsync(new SpendBatch("one-1", store.PartitionOf(default), 1, []), Stop));
            await Task.Delay(50, Stop);
        }

        await redis.CommandAsync("REPLICAOF", "NO", "ONE");
        var clock = Stopwatch.StartNew();
        await Eventually.HoldsAsync(
            async () => await Record.ExceptionAsync(() => store.ApplyAsync(new SpendBatch("one-1", store.PartitionOf(default), 1, []), Stop)) is null, "the batch is applied");
        Assert.InRange(clock.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(20));
    }

    private static ISpendStore Create(RedisServer redis) =>
        SpendStores.Create(StoreAddress.Parse(redis.Address), new CostExporterOptions { StoreTimeout = TimeSpan.FromSeconds(1) }.ToStoreSettings());
}
