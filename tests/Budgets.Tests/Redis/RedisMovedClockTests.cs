using LlmTelemetry.Budgets.Tests.Ledgers;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.Budgets.Tests;

/// <summary>What every ledger must do over time, in Redis to the millisecond, and what its clock may do.</summary>
public sealed class RedisMovedClockTests(SharedRedis redis) : LedgerWindowCases, IClassFixture<SharedRedis>
{
    private readonly string _prefix = $"t{Guid.NewGuid():N}";
    private MovedRedisClock? _clock;

    private MovedRedisClock Clock => _clock ?? throw new InvalidOperationException("Not open.");

    private protected override async Task<IBudgetLedger> OpenAsync()
    {
        await redis.StartAsync();
        _clock = new MovedRedisClock(redis.Server);
        await _clock.SetAsync();
        return RedisBudgets.Open(redis.Address, _prefix, MovedRedisClock.Scripts);
    }

    private protected override Task PassAsync(long until) => Clock.AdvanceAsync(TimeSpan.FromMilliseconds(Math.Max(0, until - Clock.Now)));

    [Fact]
    public async Task Hold_lets_go_at_its_deadline_to_the_millisecond()
    {
        var held = await HoldAsync(Guid.NewGuid(), 1_000, Line(100, 60));
        await PassAsync(held.Now + 999);
        Assert.Equal((0, 60), await StandsAsync(Line(100)));

        await PassAsync(held.Now + 1_000);
        Assert.Equal((0, 0), await StandsAsync(Line(100)));
    }

    [Fact]
    public async Task Clock_that_goes_back_over_midnight_does_not_begin_the_old_day_anew()
    {
        var now = await NowAsync();
        var (first, next) = (new LedgerSpan(SpanKind.Calendar, now - 40_000_000, now + 1_000), new LedgerSpan(SpanKind.Calendar, now + 1_000, now + 40_000_000));
        await ChargeAsync(new ChargeLine(Line(100, span: first), 50));
        await PassAsync(next.Start);
        await ChargeAsync(new ChargeLine(Line(100, span: next), 7));

        await Clock.AdvanceAsync(TimeSpan.FromMilliseconds(-100));
        await ChargeAsync(new ChargeLine(Line(100, span: first), 3));

        await PassAsync(next.Start);
        Assert.Equal((10, 0), await StandsAsync(Line(100, span: next)));
    }

    [Fact]
    public async Task Clock_that_was_far_ahead_leaves_no_window_full()
    {
        var line = Line(100, 100, span: Sliding(60_000));
        await Clock.AdvanceAsync(TimeSpan.FromDays(365));
        await ChargeAsync(new ChargeLine(line, 100));
        Assert.Equal(LedgerStatus.Refused, (await HoldAsync(line)).Status);

        await Clock.AdvanceAsync(TimeSpan.FromDays(-365));

        Assert.Equal(LedgerStatus.Done, (await HoldAsync(line)).Status);
    }

    [Fact]
    public async Task Hold_whose_text_is_gone_is_forgotten_ten_minutes_after_its_deadline()
    {
        var id = Guid.NewGuid();
        var held = await HoldAsync(id, 1_000, Line(100, 60));
        await redis.Server.CommandAsync("DEL", $"{_prefix}:{{budgets}}:hold:{id:N}");
        foreach (var (passed, stays) in new[] { (601_000, 1), (601_001, 0) })
        {
            await PassAsync(held.Now + passed);
            await NowAsync();
            Assert.Equal(stays, await redis.Server.NumberAsync("ZCARD", $"{_prefix}:{{budgets}}:holds"));
        }
    }

    [Fact]
    public async Task Hold_that_gave_back_in_part_is_still_charged_where_its_call_was_admitted()
    {
        var (line, gone, id) = (Line(100, 60, span: Sliding(60_000)), Line(100, 60, "b"), Guid.NewGuid());
        var held = await HoldAsync(id, 1_000, line, gone);
        await redis.Server.CommandAsync("DEL", $"{_prefix}:{{budgets}}:c:b|tokens|w|=");
        await PassAsync(held.Now + 30_000);
        await NowAsync();

        var settled = await SettleAsync(id, new ChargeLine(line, 25));

        Assert.Equal((held.Now / 1_000 * 1_000) + 61_000, settled.Lines[0].ResetsAt);
    }
}
