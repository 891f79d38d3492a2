using LlmTelemetry.TestKit;
using static LlmTelemetry.Budgets.Tests.RedisBudgets;

namespace LlmTelemetry.Budgets.Tests;

/// <summary>What may befall the server between two decisions.</summary>
public sealed class RedisLedgerFaultTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Scripts_that_the_server_forgot_are_sent_again()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var ledger = Open(redis.Address);
        for (var i = 0; i < 3; i++)
        {
            var id = Guid.NewGuid();
            Assert.Equal(LedgerStatus.Done, (await ledger.HoldAsync(Hold(id, Line(Session, 100, 10)), Stop)).Status);
            await redis.CommandAsync("SCRIPT", "FLUSH");
            Assert.Equal(LedgerStatus.Done, (await ledger.SettleAsync(Settle(id, new ChargeLine(Line(Session, 100), 7)), Stop)).Status);
            await redis.CommandAsync("SCRIPT", "FLUSH");
        }

        Assert.Equal((21, 0), await StandsAsync(ledger, Line(Session, 100)));
    }

    [Fact]
    public async Task Server_out_of_memory_holds_nothing_and_still_takes_what_was_used()
    {
        await using var redis = await RedisServer.StartAsync("--maxmemory-policy", "noeviction");
        await using var ledger = Open(redis.Address);
        var id = Guid.NewGuid();
        await ledger.HoldAsync(Hold(id, Line(Session, 100, 10)), Stop);
        var keys = await redis.KeysAsync();
        await redis.CommandAsync("CONFIG", "SET", "maxmemory", "1");

        var error = await Record.ExceptionAsync(() => ledger.HoldAsync(Hold(Guid.NewGuid(), Line(Session, 100, 10), Line(Session, 100, 10, "b")), Stop));
        Assert.Contains("OOM", error?.Message, StringComparison.Ordinal);
        Assert.Equal(keys, await redis.KeysAsync());

        Assert.Equal(LedgerStatus.Done, (await ledger.SettleAsync(Settle(id, new ChargeLine(Line(Session, 100), 7)), Stop)).Status);
        Assert.Equal((7, 0), await StandsAsync(ledger, Line(Session, 100)));
    }

    [Fact]
    public async Task Server_that_may_not_write_says_so_and_changes_nothing()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var ledger = Open(redis.Address);
        var id = Guid.NewGuid();
        await ledger.HoldAsync(Hold(id, Line(Session, 100, 10)), Stop);
        await redis.CommandAsync("CONFIG", "SET", "min-replicas-to-write", "1");

        Assert.NotNull(await Record.ExceptionAsync(() => ledger.HoldAsync(Hold(Guid.NewGuid(), Line(Session, 100, 10)), Stop)));
        Assert.NotNull(await Record.ExceptionAsync(() => ledger.SettleAsync(Settle(id, new ChargeLine(Line(Session, 100), 7)), Stop)));
        Assert.Equal((0, 10), await StandsAsync(ledger, Line(Session, 100)));

        await redis.CommandAsync("CONFIG", "SET", "min-replicas-to-write", "0");
        await ledger.SettleAsync(Settle(id, new ChargeLine(Line(Session, 100), 7)), Stop);
        Assert.Equal((7, 0), await StandsAsync(ledger, Line(Session, 100)));
    }

    [Fact]
    public async Task Thousands_of_holds_that_expire_at_once_are_all_let_go()
    {
        // On a machine that has much to do, the first would expire before the last is placed.
        await using var redis = await RedisServer.StartAsync("--appendonly", "no");
        var clock = new MovedRedisClock(redis);
        await clock.SetAsync();
        await using var ledger = Open(redis.Address, scripts: MovedRedisClock.Scripts);
        await Task.WhenAll(Enumerable.Range(0, 2500).Select(i =>
            ledger.HoldAsync(new HoldRequest(Guid.NewGuid(), TimeSpan.FromSeconds(1), [Line(Session, null, 3), Line(Session, null, 5, subject: $"u{i % 10}")]), Stop)));
        Assert.Equal((0, 7500), await StandsAsync(ledger, Line(Session, null)));
        await clock.AdvanceAsync(TimeSpan.FromSeconds(2)); // Beyond what the clock counts of itself.

        var expired = new List<int>();
        while ((await ledger.ReadAsync([Line(Session, null)], Stop)).Expired is { Count: > 0 } told)
        {
            expired.Add(told.Single(held => held.Counter.Subject.Length == 0).Holds);
        }

        Assert.Equal([1000, 1000, 500], expired);
        Assert.Equal(0, await redis.NumberAsync("ZCARD", "t:{budgets}:holds"));
        Assert.Equal((0, 0), await StandsAsync(ledger, Line(Session, null)));
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal((0, 0), await StandsAsync(ledger, Line(Session, null, subject: $"u{i}")));
        }
    }

    [Fact]
    public async Task Expired_hold_gives_back_where_it_can_and_keeps_what_it_owes_a_counter_that_is_not_there()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var ledger = Open(redis.Address);
        var id = Guid.NewGuid();
        var held = await ledger.HoldAsync(new HoldRequest(id, TimeSpan.FromMilliseconds(50), [Line(Session, 100, 10), Line(Session, 100, 20, "b")]), Stop);
        await redis.CommandAsync("RENAME", "t:{budgets}:c:b|tokens|w|=", "elsewhere");
        await Eventually.HoldsAsync(async () => await redis.ClockAsync() >= held.Now + 50, "the deadline passes");

        Assert.Equal(new ExpiredHolds(Line(Session, 100).Counter, 1), Assert.Single((await ledger.ReadAsync([Line(Session, 100)], Stop)).Expired));
        Assert.Empty((await ledger.ReadAsync([Line(Session, 100)], Stop)).Expired);
        Assert.Equal((0, 0), await StandsAsync(ledger, Line(Session, 100)));
        await redis.CommandAsync("RENAME", "elsewhere", "t:{budgets}:c:b|tokens|w|=");

        Assert.Equal((0, 0), await StandsAsync(ledger, Line(Session, 100, name: "b")));
        Assert.Equal(0, await redis.NumberAsync("ZCARD", "t:{budgets}:holds"));
        Assert.Equal(LedgerStatus.Done, (await ledger.SettleAsync(Settle(id, new ChargeLine(Line(Session, 100), 7), new ChargeLine(Line(Session, 100, name: "b"), 7)), Stop)).Status);
        Assert.Equal(((7, 0), (7, 0)), (await StandsAsync(ledger, Line(Session, 100)), await StandsAsync(ledger, Line(Session, 100, name: "b"))));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Hold_that_was_evicted_takes_no_room_for_ever(bool isSettled)
    {
        await using var redis = await RedisServer.StartAsync();
        await using var ledger = Open(redis.Address, scripts: MovedRedisClock.Scripts);
        var (clock, id) = (new MovedRedisClock(redis), Guid.NewGuid());
        await clock.SetAsync();
        await ledger.HoldAsync(Hold(id, Line(Session, 100, 60)), Stop);
        await redis.CommandAsync("DEL", $"t:{{budgets}}:hold:{id:N}");
        if (isSettled)
        {
            await ledger.SettleAsync(Settle(id, new ChargeLine(Line(Session, 100), 0)), Stop);
        }
        else
        {
            await clock.AdvanceAsync(TimeSpan.FromMinutes(12));
            await ledger.ReadAsync([Line(Session, 100)], Stop);
        }

        Assert.Equal((0, 0), await StandsAsync(ledger, Line(Session, 100)));
        Assert.Equal(LedgerStatus.Done, (await ledger.HoldAsync(Hold(Guid.NewGuid(), Line(Session, 100, 100)), Stop)).Status);
        Assert.Equal((0, 100), await StandsAsync(ledger, Line(Session, 100)));
    }

    private static async Task<(long Used, long Held)> StandsAsync(RedisBudgetLedger ledger, LedgerLine line) =>
        Assert.Single((await ledger.ReadAsync([line], Stop)).Lines) is var state ? (state.Used, state.Held) : default;
}
