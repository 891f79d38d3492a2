using LlmTelemetry.Usage;
using static LlmTelemetry.Budgets.Tests.Guard.GuardUnderTest;

namespace LlmTelemetry.Budgets.Tests.Guard;

public sealed class RefusalTests
{
    [Fact]
    public async Task A_refusal_says_which_limit_whose_and_until_when()
    {
        await using var test = new GuardUnderTest(new BudgetLimit("daily", BudgetUnit.Usd, 1.5m, BudgetWindow.Day, BudgetScope.User | BudgetScope.Model));
        await (await test.AdmittedAsync(Amounts(nano: 1_250_000_000))).SettleAsync(Amounts(nano: 1_250_000_000));
        await test.AdmittedAsync(Amounts(nano: 100_000_000));
        var refusal = await test.RefusedAsync(Amounts(nano: 500_000_000));
        Assert.Equal(
            "Limit 'daily' of user 'ada', model 'gpt-5' has no room for up to 0.5 USD: 1.25 used and 0.1 held of 1.5 USD today, 0.15 left; " +
            "there may be room in 12 hours, when the day ends at 2026-11-23 00:00:00 UTC.",
            refusal.Message);
        Assert.Equal((BudgetRefusal.OverLimit, "daily", 0.5m, TimeSpan.FromHours(12)), (refusal.Reason, refusal.LimitName, refusal.Requested, refusal.RetryAfter));
        Assert.Equal(
            new BudgetState(
                "daily", BudgetUnit.Usd, BudgetWindow.Day, BudgetScope.User | BudgetScope.Model, "ada/gpt-5", 1.5m, 1.25m, 0.1m, new DateTimeOffset(2026, 11, 23, 0, 0, 0, TimeSpan.Zero)),
            refusal.State);
        Assert.Equal(0.15m, refusal.State!.Remaining);
    }

    [Fact]
    public async Task Where_only_calls_under_way_are_in_the_way_a_second_is_enough()
    {
        await using var test = new GuardUnderTest(new BudgetLimit("month", BudgetUnit.Tokens, 100, BudgetWindow.Month));
        await test.AdmittedAsync(Amounts(80));
        var refusal = await test.RefusedAsync(Amounts(30));
        Assert.Equal(TimeSpan.FromSeconds(1), refusal.RetryAfter);
        Assert.Equal("Limit 'month' of all calls has no room for up to 30 tokens: 0 used and 80 held of 100 tokens this month, 20 left; there may be room in 1 second.", refusal.Message);
    }

    [Fact]
    public async Task A_call_larger_than_the_limit_never_has_room()
    {
        await using var test = new GuardUnderTest(new BudgetLimit("minute", BudgetUnit.Tokens, 100, BudgetWindow.Minute));
        var refusal = await test.RefusedAsync(Amounts(101));
        Assert.Null(refusal.RetryAfter);
        Assert.EndsWith("100 left; the call alone is larger than the limit.", refusal.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_sliding_limit_has_room_when_enough_of_it_has_passed()
    {
        await using var test = new GuardUnderTest(new BudgetLimit("requests", BudgetUnit.Requests, 2, BudgetWindow.Minute));
        for (var i = 0; i < 2; i++)
        {
            await (await test.AdmittedAsync(Amounts(1))).SettleAsync(Amounts(1));
            test.Time.Advance(TimeSpan.FromSeconds(20));
        }

        var wait = (await test.RefusedAsync(Amounts(1))).RetryAfter!.Value;
        Assert.InRange(wait, TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(21));
        test.Time.Advance(wait);
        await test.AdmittedAsync(Amounts(1));
    }

    [Fact]
    public async Task A_wait_is_rounded_up_to_whole_seconds()
    {
        await using var test = new GuardUnderTest(new BudgetLimit("day", BudgetUnit.Requests, 1, BudgetWindow.Day));
        await (await test.AdmittedAsync(Amounts(1))).SettleAsync(Amounts(1));
        test.Time.Advance(TimeSpan.FromHours(12) - TimeSpan.FromMilliseconds(1_001));
        Assert.Equal(TimeSpan.FromSeconds(2), (await test.RefusedAsync(Amounts(1))).RetryAfter);
        test.Time.Advance(TimeSpan.FromMilliseconds(1_000));
        Assert.Equal(TimeSpan.FromSeconds(1), (await test.RefusedAsync(Amounts(1))).RetryAfter);
    }

    [Fact]
    public async Task Of_several_the_one_that_takes_longest_refuses()
    {
        await using var test = new GuardUnderTest(
            new BudgetLimit("minute", BudgetUnit.Requests, 1, BudgetWindow.Minute),
            new BudgetLimit("month", BudgetUnit.Requests, 1, BudgetWindow.Month),
            new BudgetLimit("hour", BudgetUnit.Requests, 1, BudgetWindow.Hour));
        var outcome = await (await test.AdmittedAsync(Amounts(1))).SettleAsync(Amounts(1)).ContinueWith(_ => test.HoldAsync(Amounts(1)), TaskScheduler.Default).Unwrap();
        Assert.Equal("month", outcome.Refusal!.State!.Name);
        Assert.Equal([1m, 1m, 1m], outcome.States.Select(state => state.Used));
    }

    [Fact]
    public async Task A_limit_without_reset_takes_longer_than_any()
    {
        await using var test = new GuardUnderTest(
            new BudgetLimit("month", BudgetUnit.ToolCalls, 1, BudgetWindow.Month),
            new BudgetLimit("session", BudgetUnit.ToolCalls, 1, BudgetWindow.Session, BudgetScope.Session));
        await (await test.AdmittedAsync(Amounts(tools: 1))).SettleAsync(Amounts(tools: 1));
        var refusal = await test.RefusedAsync(Amounts(tools: 1));
        Assert.Equal(("session", null), (refusal.State!.Name, refusal.RetryAfter));
        await test.AdmittedAsync(Amounts(tools: 0));
    }

    [Fact]
    public async Task A_shadow_limit_does_not_stand_for_the_one_that_refused()
    {
        await using var test = new GuardUnderTest(
            new BudgetLimit("shadow", BudgetUnit.Requests, 0, BudgetWindow.Month) { Shadow = true }, new BudgetLimit("minute", BudgetUnit.Requests, 0, BudgetWindow.Minute));
        Assert.Equal("minute", (await test.RefusedAsync(Amounts(1))).State!.Name);
    }

    [Fact]
    public async Task Values_that_hold_a_slash_read_as_they_are()
    {
        await using var test = new GuardUnderTest(new BudgetLimit("model", BudgetUnit.Requests, 0, BudgetWindow.Day, BudgetScope.Model));
        var refusal = await test.RefusedAsync(Amounts(1), new(new Attribution(), "meta", "meta/llama"));
        Assert.StartsWith("Limit 'model' of model 'meta/llama' has no room for up to 1 request: 0 used and 0 held of 0 requests today", refusal.Message, StringComparison.Ordinal);
        Assert.Equal("meta%2Fllama", refusal.State!.Subject);
    }

    [Fact]
    public async Task An_override_is_what_a_refusal_tells()
    {
        await using var test = new GuardUnderTest(new BudgetLimit("day", BudgetUnit.Tokens, 1_000, BudgetWindow.Day, BudgetScope.User));
        await test.Ledger.SetOverrideAsync("day", "ada", new LedgerOverride(10), TestContext.Current.CancellationToken);
        Assert.Equal(10, (await test.RefusedAsync(Amounts(11))).State!.Limit);
        await test.Ledger.SetOverrideAsync("day", "ada", new LedgerOverride(null), TestContext.Current.CancellationToken);
        await test.AdmittedAsync(Amounts(5_000));
    }
}
