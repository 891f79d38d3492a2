using LlmTelemetry.CostExporter;
using LlmTelemetry.TestKit;
using static LlmTelemetry.Budgets.Tests.Guard.GuardUnderTest;

namespace LlmTelemetry.Budgets.Tests.Guard;

/// <summary>A guard over a real Redis that dies, stands still and comes back: nothing that a call used is lost, and nothing counts twice.</summary>
public sealed class RedisFailureTests
{
    private static readonly BudgetLimit Limit = new("month", BudgetUnit.Tokens, 1_000_000, BudgetWindow.Month);

    [Fact]
    public async Task A_redis_that_is_killed_and_comes_back_has_every_charge_once()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var guard = Guard(redis);
        var (before, during, later) = (await AdmittedAsync(guard, 100), await AdmittedAsync(guard, 100), await AdmittedAsync(guard, 100));
        await before.SettleAsync(Amounts(10));
        await redis.KillAsync();
        await during.SettleAsync(Amounts(20));
        var unasked = await AdmittedAsync(guard, 100);
        Assert.Empty(unasked.States);
        await unasked.SettleAsync(Amounts(30));
        Assert.Equal(2, guard.PendingSettlements);

        await redis.RestartAsync();
        await SettledAsync(guard);
        Assert.Equal((60m, 100m), await StandsAsync(guard));
        await later.SettleAsync(Amounts(40));
        await SettledAsync(guard);
        Assert.Equal((100m, 0m), await StandsAsync(guard));
    }

    [Fact]
    public async Task A_redis_that_stands_still_delays_calls_by_the_time_limit_and_has_every_charge_once()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var guard = Guard(redis);
        var held = await AdmittedAsync(guard, 100);
        redis.Process.Signal("STOP");
        BudgetHold asked;
        try
        {
            var began = TimeProvider.System.GetTimestamp();
            asked = await AdmittedAsync(guard, 100);
            await held.SettleAsync(Amounts(10));
            await asked.SettleAsync(Amounts(20));

            // Three waits of 0.3 s on a machine that may be busy; without a limit they would end with the server.
            Assert.InRange(TimeProvider.System.GetElapsedTime(began), TimeSpan.FromSeconds(0.8), TimeSpan.FromSeconds(20));
            Assert.Equal(2, guard.PendingSettlements);
        }
        finally
        {
            redis.Process.Signal("CONT");
        }

        await SettledAsync(guard);
        Assert.Equal((30m, 0m), await StandsAsync(guard));
    }

    [Fact]
    public async Task Calls_under_way_while_redis_dies_again_and_again_are_counted_exactly()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var guard = Guard(redis);
        var used = 0L;
        using var stop = new CancellationTokenSource();
        var callers = Enumerable.Range(1, 8).Select(seed => Task.Run(async () =>
        {
            var random = new Random(seed);
            while (!stop.IsCancellationRequested)
            {
                var hold = await AdmittedAsync(guard, 50);
                await Task.Delay(1); // The call itself.
                var tokens = random.Next(0, 50);
                await hold.SettleAsync(Amounts(tokens));
                Interlocked.Add(ref used, tokens);
            }
        })).ToArray();
        for (var i = 0; i < 3; i++)
        {
            var from = Volatile.Read(ref used);
            await Eventually.HoldsAsync(() => Task.FromResult(Volatile.Read(ref used) > from + 500), "calls are made");
            await redis.KillAsync();
            await Eventually.HoldsAsync(() => Task.FromResult(guard.PendingSettlements > 0), "a settlement waits");
            await redis.RestartAsync();
        }

        await stop.CancelAsync();
        await Task.WhenAll(callers);
        await SettledAsync(guard);
        Assert.Equal((used, 0m), await StandsAsync(guard));
    }

    [Fact]
    public async Task A_key_that_is_somebody_else_s_fails_by_policy_and_stays_as_it_is()
    {
        await using var redis = await RedisServer.StartAsync();
        await using var guard = Guard(redis);
        await (await AdmittedAsync(guard, 100)).SettleAsync(Amounts(10));
        var counter = (await redis.KeysAsync()).First(key => key.Contains("month|tokens", StringComparison.Ordinal) && key.Contains(":c:", StringComparison.Ordinal));
        await redis.CommandAsync("DEL", counter);
        await redis.CommandAsync("SET", counter, "mine");
        Assert.Empty((await AdmittedAsync(guard, 100)).States);
        Assert.Contains("mine", await redis.CommandAsync("GET", counter), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_redis_that_stands_still_does_not_keep_a_process_from_ending_however_long_its_time_limit_is()
    {
        await using var redis = await RedisServer.StartAsync();
        redis.Process.Signal("STOP");
        try
        {
            var guard = BudgetGuard.Start(options =>
            {
                (options.Store, options.StoreTimeout) = (redis.Address, TimeSpan.FromMinutes(5));
                options.Limits.Add(Limit);
            });
            await guard.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        }
        finally
        {
            redis.Process.Signal("CONT");
        }
    }

    private static BudgetGuard Guard(RedisServer redis)
    {
        var options = new BudgetOptions { StoreTimeout = TimeSpan.FromMilliseconds(300), Limits = { Limit } };
        var address = StoreAddress.Parse(redis.Address).Redis!;
        return new BudgetGuard(options, new RedisBudgetLedger(address, "guard", options.StoreTimeout, TimeProvider.System));
    }

    private static async Task<BudgetHold> AdmittedAsync(BudgetGuard guard, long tokens)
    {
        var outcome = await guard.HoldAsync(new CallAsk(Ada, Amounts(tokens)), TestContext.Current.CancellationToken);
        Assert.Null(outcome.Refusal);
        return Assert.IsType<BudgetHold>(outcome.Hold);
    }

    private static Task SettledAsync(BudgetGuard guard) =>
        Eventually.HoldsAsync(() => Task.FromResult(guard.PendingSettlements == 0), "everything is settled", TimeSpan.FromMinutes(1));

    private static async Task<(decimal Used, decimal Held)> StandsAsync(BudgetGuard guard) =>
        Assert.Single(await guard.Store.ReadAsync(guard.Limits.For(Ada), guard.Limits.Calendar, guard.Options.StoreTimeout, TestContext.Current.CancellationToken)) is var state ? (state.Used, state.Held) : default;
}
