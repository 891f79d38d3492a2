using LlmTelemetry.TestKit;

namespace LlmTelemetry.CostExporter.Tests.Storage;

public sealed class RedisClusterReceiptTests(RedisCluster cluster) : ReceiptClaimTests, IClassFixture<RedisCluster>, IAsyncLifetime
{
    private protected override string Address => cluster.Address;

    // One cluster for all tests, since it takes seconds to agree: so each has its own keys.
    private protected override string KeyPrefix { get; } = $"t{Guid.NewGuid():N}";

    [Fact]
    public async Task Receipts_of_tenants_on_all_nodes_are_booked_in_one_call_and_nodes_have_lives_of_their_own()
    {
        await using var store = await OpenAsync();
        SpendReceipt[] receipts =
        [
            .. Enumerable.Range(0, 60).Select(i => Key(tenant: $"t-{i}"))
                .Select((key, i) => new SpendReceipt(store.PartitionOf(in key), [Row(key, (0, 1))], [Id(i)], [State("a/0", 0, $"{i}")])),
        ];

        var replies = await BookAsync(store, receipts);

        Assert.All(replies, reply => Assert.Equal(ReceiptStatus.Booked, reply.Status));
        Assert.Equal(3, replies.Select(reply => reply.Life).Distinct().Count());
        foreach (var (receipt, reply) in receipts.Zip(replies))
        {
            Assert.Equal(reply.Life, await Receipts(store).LifeAsync(receipt.Partition, Stop));
        }

        Assert.All(await BookAsync(store, receipts), reply => Assert.Equal(ReceiptStatus.Refused, reply.Status));
        Assert.Equal([60, 60, 60], await TotalsAsync(store));
        Assert.NotEmpty(await RedisContents.KeysAsync(cluster.Ports, KeyPrefix));

        await store.ClearAsync(Stop);
        Assert.Empty(await RedisContents.KeysAsync(cluster.Ports, KeyPrefix));
    }

    public async ValueTask InitializeAsync() => await cluster.StartAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private protected override async Task<long?> HoursKeptAsync(string source)
    {
        var hash = Assert.Single(await RedisContents.KeysAsync(cluster.Ports, new Keys(KeyPrefix).Claims(source)));
        return hash.Split(' ').Length - 1;
    }
}
