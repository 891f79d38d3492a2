using System.Collections.Concurrent;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.CostExporter.Tests;

/// <summary>Answers are lost, Redis is killed, forgets and is replaced: what was answered as booked is there once, and what was not is there once or not at all.</summary>
public sealed class RedisReceiptFaultTests
{
    private const string IdCheck = "if redis.call('SISMEMBER', KEYS[k], ARGV[i]) == 1 then";
    private const string VersionCheck = "if version ~= ARGV[at] then";

    // The same receipt is made again: of the same day.
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Receipt_whose_answer_was_lost_is_known_when_it_comes_again()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var proxy = new AnswerCutter(redis.Port);
        await using var store = await OpenAsync(proxy.Address);
        Assert.Equal(ReceiptStatus.Booked, (await BookAsync(store, Receipt(0, version: 0))).Status);
        for (var i = 1; i <= 5; i++)
        {
            proxy.CutNext();
            await Assert.ThrowsAnyAsync<Exception>(() => BookAsync(store, Receipt(i, version: i)));
            Assert.Equal(i, proxy.Cuts);

            // It was applied, and says so.
            var reply = await UntilAnsweredAsync(store, Receipt(i, version: i));
            Assert.Equal((ReceiptStatus.Refused, 1, 1), (reply.Status, reply.Known.Count, reply.Changed.Count));
        }

        Assert.Equal(6, await CallsAsync(store));
    }

    [Theory]
    [InlineData(IdCheck, "if false then", 1, 0)]
    [InlineData(VersionCheck, "if false then", 0, 1)]
    public async Task Without_a_check_in_the_script_a_repeated_receipt_counts_again(string check, string without, int ids, int states)
    {
        await using var redis = await RedisServer.StartAsync();
        var script = StoreScript.ReadBooking("receive.lua");
        Assert.Contains(check, script, StringComparison.Ordinal);
        foreach (var (text, expected) in new[] { (script, 1), (script.Replace(check, without, StringComparison.Ordinal), 2) })
        {
            await redis.CommandAsync("FLUSHALL");
            await using var store = await OpenAsync(redis.Address, text);
            var receipt = Receipt(1, version: 0);
            receipt = receipt with { Ids = [.. receipt.Ids.Take(ids)], States = [.. receipt.States.Take(states)] };
            await BookAsync(store, receipt);
            await BookAsync(store, receipt);

            Assert.Equal(expected, await CallsAsync(store));
        }
    }

    [Fact]
    public async Task Whenever_Redis_is_killed_what_it_answered_is_there_once()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var store = await OpenAsync(redis.Address);
        var seed = Environment.TickCount & 0xFFFFFF;
        var random = new Random(seed);
        var (answered, unanswered) = (new ConcurrentBag<int>(), new ConcurrentBag<int>());
        var next = 0;
        for (var round = 0; round < 8; round++)
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(Stop);
            var workers = Enumerable.Range(0, 4).Select(_ => Task.Run(() => BookUntilAsync(store, () => Interlocked.Increment(ref next), answered, unanswered, stop.Token))).ToArray();
            var goal = answered.Count + 20 + random.Next(200);
            await Eventually.HoldsAsync(() => Task.FromResult(answered.Count >= goal), $"{goal} receipts are booked (seed {seed})");
            await redis.KillAsync();
            await stop.CancelAsync();
            await Task.WhenAll(workers);
            await redis.RestartAsync();
            await UntilAnsweredAsync(store, Receipt(0, version: null));
        }

        Assert.NotEmpty(unanswered);
        foreach (var number in answered)
        {
            Assert.Equal(ReceiptStatus.Refused, (await BookAsync(store, Receipt(number, version: null))).Status);
        }

        Assert.Equal(answered.Count + 1, await CallsAsync(store) - await CountKnownAsync(store, unanswered));
        foreach (var number in unanswered)
        {
            await BookAsync(store, Receipt(number, version: null));
        }

        Assert.Equal(next + 1, await CallsAsync(store));
    }

    [Fact]
    public async Task Restarted_Redis_has_another_life_and_books_again_what_it_lost_alone()
    {
        // As a machine that is lost before its last second is on disk: what came after the snapshot is gone.
        await using var redis = await RedisServer.StartAsync("--appendonly", "no");
        await using var store = await OpenAsync(redis.Address);
        var before = (await BookAsync(store, Receipt(1, version: 0))).Life;
        Assert.StartsWith("+OK", await redis.CommandAsync("SAVE"), StringComparison.Ordinal);
        Assert.Equal(before, (await BookAsync(store, Receipt(2, version: 1))).Life);
        Assert.Equal(before, await store.LifeAsync(Partition, Stop));
        Assert.True(store.DurableAfter > TimeSpan.FromSeconds(2));

        await redis.KillAsync();
        await redis.RestartAsync();
        var first = await UntilAnsweredAsync(store, Receipt(1, version: 0));

        Assert.NotEqual(before, first.Life);
        Assert.Equal(first.Life, await store.LifeAsync(Partition, Stop));
        Assert.Equal((ReceiptStatus.Refused, 1), (first.Status, first.Known.Count));
        Assert.Equal(ReceiptStatus.Booked, (await BookAsync(store, Receipt(2, version: 1))).Status);
        Assert.Equal(2, await CallsAsync(store));
    }

    [Fact]
    public async Task Server_that_may_not_be_asked_who_it_is_has_another_life_after_each_lost_connection()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var store = await OpenAsync(redis.Address);
        await redis.CommandAsync("ACL", "SETUSER", "default", "-info");
        var before = (await BookAsync(store, Receipt(1, version: null))).Life;
        Assert.Equal(before, (await BookAsync(store, Receipt(2, version: null))).Life);
        Assert.Equal(before, await store.LifeAsync(Partition, Stop));

        await redis.CommandAsync("CLIENT", "KILL", "TYPE", "normal");
        await Eventually.HoldsAsync(async () => (await UntilAnsweredAsync(store, Receipt(3, version: null))).Life != before, "another life is told");

        // Each refusal stands there; asked once, and not with every receipt.
        await redis.CommandAsync("ACL", "LOG", "RESET");
        await UntilAnsweredAsync(store, Receipt(4, version: null));
        Assert.Equal("*0\r\n", await redis.CommandAsync("ACL", "LOG"));
    }

    private static string Partition => Keys.Partition(null);

    // One call of its own; those that go on from a version share a state.
    private static SpendReceipt Receipt(int number, long? version)
    {
        var today = DateOnly.FromDateTime(Now.UtcDateTime);
        var measures = new SpendMeasures();
        measures.Add(SpendMeasure.Calls, 1);
        var row = new SpendRow(Now.ToUnixTimeSeconds() / 3600, today, new SpendKey("anthropic", "claude", $"u{number % 7}", null, null), measures);
        return new SpendReceipt(
            Partition, [row], [new ReceiptId(new Guid(number, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10), today)], version is { } at ? [new NextState("a/0", at, new byte[] { 1, 2, 3 })] : []);
    }

    private static async Task<RedisSpendStore> OpenAsync(string address, string? script = null)
    {
        var store = new RedisSpendStore(StoreAddress.Parse(address).Redis!, new CostExporterOptions { StoreTimeout = TimeSpan.FromSeconds(5) }.ToStoreSettings(), receiveScript: script);
        await store.OpenAsync(Stop);
        return store;
    }

    private static async Task<ReceiptReply> BookAsync(RedisSpendStore store, SpendReceipt receipt) => Assert.Single(await store.BookAsync([receipt], Stop));

    private static async Task<ReceiptReply> UntilAnsweredAsync(RedisSpendStore store, SpendReceipt receipt)
    {
        ReceiptReply? reply = null;
        await Eventually.HoldsAsync(
            async () =>
            {
                try
                {
                    reply = await BookAsync(store, receipt);
                    return true;
                }
                catch (Exception cause) when (cause is TimeoutException or IOException or StackExchange.Redis.RedisException)
                {
                    return false;
                }
            },
            "the store answers");
        return reply!;
    }

    private static async Task BookUntilAsync(RedisSpendStore store, Func<int> next, ConcurrentBag<int> answered, ConcurrentBag<int> unanswered, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            var number = next();
            try
            {
                Assert.Equal(ReceiptStatus.Booked, (await BookAsync(store, Receipt(number, version: null))).Status);
                answered.Add(number);
            }
            catch (Exception cause) when (cause is TimeoutException or IOException or StackExchange.Redis.RedisException)
            {
                unanswered.Add(number);
                return;
            }
        }
    }

    private static async Task<int> CountKnownAsync(RedisSpendStore store, IEnumerable<int> numbers)
    {
        // A state that is never there: nothing is booked, and what is known is said.
        var known = 0;
        foreach (var number in numbers)
        {
            known += (await BookAsync(store, Receipt(number, version: long.MaxValue - 1))).Known.Count;
        }

        return known;
    }

    private static async Task<long> CallsAsync(RedisSpendStore store)
    {
        long calls = 0;
        await foreach (var row in store.ReadAsync(new SpendRead(SpendGrain.Day, DateTimeOffset.UnixEpoch, DateTimeOffset.MaxValue, new HashSet<SpendDimension> { SpendDimension.User }), Stop))
        {
            calls += (long)row.Measures[SpendMeasure.Calls];
        }

        return calls;
    }
}
