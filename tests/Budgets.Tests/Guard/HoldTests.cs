using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;
using Microsoft.Extensions.Logging;
using static LlmTelemetry.Budgets.Tests.Guard.GuardUnderTest;

namespace LlmTelemetry.Budgets.Tests.Guard;

public sealed class HoldTests
{
    private static readonly BudgetLimit Tokens = new("tokens", BudgetUnit.Tokens, 100, BudgetWindow.Day, BudgetScope.User);

    [Fact]
    public async Task A_call_holds_its_estimate_and_is_charged_what_it_used()
    {
        await using var test = new GuardUnderTest(Tokens, new("usd", BudgetUnit.Usd, 1, BudgetWindow.Month));
        var hold = await test.AdmittedAsync(Amounts(60, nano: 500));
        Assert.Equal([(0m, 60m), (0m, 0.0000005m)], (await test.StatesAsync()).Select(state => (state.Used, state.Held)));
        await hold.SettleAsync(new CallAmounts(10, 20, 123_456));
        Assert.Equal([(30m, 0m), (0.000000123456m, 0m)], (await test.StatesAsync()).Select(state => (state.Used, state.Held)));
    }

    [Fact]
    public async Task A_hold_is_settled_once_whoever_asks_again()
    {
        await using var test = new GuardUnderTest(Tokens);
        var hold = await test.AdmittedAsync(Amounts(60));
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => hold.SettleAsync(Amounts(30))));
        Assert.Equal((30, 0), await UsedAndHeldAsync(test));
    }

    [Fact]
    public async Task A_call_that_never_reached_the_provider_is_charged_nothing()
    {
        await using var test = new GuardUnderTest(Tokens);
        await (await test.AdmittedAsync(Amounts(60))).SettleAsync(default);
        Assert.Equal((0, 0), await UsedAndHeldAsync(test));
    }

    [Fact]
    public async Task What_is_left_is_admitted_and_one_more_is_refused()
    {
        await using var test = new GuardUnderTest(Tokens);
        await test.AdmittedAsync(Amounts(99));
        Assert.NotNull((await test.HoldAsync(Amounts(2))).Refusal);
        await test.AdmittedAsync(Amounts(1));
    }

    [Fact]
    public async Task Callers_at_once_get_exactly_what_there_is_room_for()
    {
        await using var test = new GuardUnderTest(Tokens, new BudgetLimit("requests", BudgetUnit.Requests, 7, BudgetWindow.Minute));
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 200).Select(_ => Task.Run(() => test.HoldAsync(Amounts(10)))));
        Assert.Equal(7, outcomes.Count(outcome => outcome.Hold is not null));
        Assert.All(outcomes.Where(outcome => outcome.Hold is null), outcome => Assert.Equal("requests", outcome.Refusal!.State!.Name));
        await Task.WhenAll(outcomes.Select(outcome => outcome.Hold?.SettleAsync(Amounts(10)) ?? Task.CompletedTask));
        Assert.Equal([(70m, 0m), (7m, 0m)], (await test.StatesAsync()).Select(state => (state.Used, state.Held)));
    }

    [Fact]
    public async Task A_price_is_held_rounded_up_to_whole_nano()
    {
        await using var test = new GuardUnderTest(new BudgetLimit("usd", BudgetUnit.Usd, 0.000000002m, BudgetWindow.Day));
        Assert.NotNull((await test.HoldAsync(new CallAmounts(0, 0, 2_001))).Refusal);
        await test.AdmittedAsync(new CallAmounts(0, 0, 1_999));
    }

    [Fact]
    public async Task Amounts_that_fit_no_counter_are_refused_by_a_limit_and_counted_by_none()
    {
        await using var test = new GuardUnderTest(Tokens, new BudgetLimit("usd", BudgetUnit.Usd, null, BudgetWindow.Day));
        Assert.Equal("tokens", (await test.RefusedAsync(new CallAmounts(long.MaxValue, long.MaxValue, Int128.MaxValue))).State!.Name);
        await (await test.AdmittedAsync(Amounts(1))).SettleAsync(new CallAmounts(long.MaxValue, long.MaxValue, Int128.MaxValue));
        Assert.Equal([9_007_199_254_740_992m, 9_007_199.254740992m], (await test.StatesAsync()).Select(state => state.Used));
    }

    [Fact]
    public async Task A_call_that_no_limit_is_for_never_asks_the_store()
    {
        await using var test = new GuardUnderTest(Tokens);
        var nobody = new CallSubject(default, "openai", "gpt-5");
        var hold = await test.AdmittedAsync(Amounts(1_000_000), nobody);
        await hold.SettleAsync(Amounts(1_000_000));
        await test.Guard.ChargeAsync(nobody, Amounts(5), TestContext.Current.CancellationToken);
        Assert.Equal((0, 0), (test.Ledger.Calls, hold.States.Count));
    }

    [Fact]
    public async Task Whether_a_limit_may_apply_is_known_before_the_estimate_unless_the_tier_must_be_asked_for()
    {
        var (nobody, free) = (new CallSubject(default, "openai", "gpt-5"), new CallSubject(new Attribution(User: "ada", Tier: "free")));
        await using var test = new GuardUnderTest();
        Assert.Equal([false, false, true], new[] { nobody, Ada, free }.Select(call => test.Guard.MayLimit(call)));
        await using var asking = new GuardUnderTest(options => options.TierOf = (_, _) => new((string?)null));
        Assert.True(asking.Guard.MayLimit(nobody));
        await using var limited = new GuardUnderTest(Tokens);
        Assert.Equal([false, true], new[] { nobody, Ada }.Select(call => limited.Guard.MayLimit(call)));
    }

    [Fact]
    public async Task A_session_that_lasted_too_long_is_refused_for_good()
    {
        await using var test = new GuardUnderTest(new BudgetLimit("length", BudgetUnit.SessionSeconds, 600, BudgetWindow.Session, BudgetScope.Session));
        await (await test.AdmittedAsync(Amounts(1))).SettleAsync(Amounts(1));
        test.Time.Advance(TimeSpan.FromMinutes(10) - TimeSpan.FromSeconds(1));
        await (await test.AdmittedAsync(Amounts(1))).SettleAsync(Amounts(1));
        test.Time.Advance(TimeSpan.FromSeconds(1));
        var refusal = await test.RefusedAsync(Amounts(1));
        Assert.Null(refusal.RetryAfter);
        Assert.Null(refusal.State!.ResetsAt);
        Assert.Equal("Limit 'length' of session 's1' has no room for another call: 600 used and 0 held of 600 seconds in this session, 0 left; the limit does not reset.", refusal.Message);
    }

    [Fact]
    public async Task A_tier_comes_from_the_callback_then_the_scope_then_the_default()
    {
        var said = "enterprise";
        await using var test = new GuardUnderTest(options => (options.TierOf, options.DefaultTier) = ((_, _) => new(said), "free"));
        Assert.Equal(500, await PerMinuteAsync(null));
        said = null;
        Assert.Equal(60, await PerMinuteAsync("standard"));
        Assert.Equal(10, await PerMinuteAsync(null));

        async Task<decimal?> PerMinuteAsync(string? tier) => (await test.StateAsync("tier.requests_per_minute", new(new Attribution(User: "ada", Tier: tier)))).Limit;
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_tier_that_is_not_configured_has_no_limits_and_is_told_once(bool byCallback)
    {
        await using var test = new GuardUnderTest(options => (options.TierOf, options.DefaultTier) = (byCallback ? (_, _) => new("gold") : null, "free"));
        var gold = new CallSubject(new Attribution(User: "ada", Tier: byCallback ? null : "gold"));
        for (var i = 0; i < 20; i++)
        {
            Assert.Equal(byCallback, test.Guard.MayLimit(gold));
            Assert.Null((await test.HoldAsync(Amounts(9_000), gold)).Refusal);
        }

        var line = Assert.Single(test.Log.Lines);
        Assert.Equal((LogLevel.Warning, "Tier gold is not configured: no tier's limits apply to its users. Configured are free, standard, premium, enterprise."), line);
    }

    [Fact]
    public async Task A_tier_callback_that_throws_is_reported_and_the_scope_s_tier_holds()
    {
        await using var test = new GuardUnderTest(options => options.TierOf = (_, _) => throw new InvalidDataException("no such plan"));
        Assert.Equal(60, (await test.StateAsync("tier.requests_per_minute", new(new Attribution(User: "ada", Tier: "standard")))).Limit);
        Assert.Contains(test.Log.Lines, line => line.Text.Contains("no such plan", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_user_who_changes_the_tier_keeps_what_was_used()
    {
        await using var test = new GuardUnderTest();
        var (free, premium) = (new CallSubject(new Attribution(User: "ada", Tier: "free")), new CallSubject(new Attribution(User: "ada", Tier: "premium")));
        await (await test.AdmittedAsync(Amounts(9_000), free)).SettleAsync(Amounts(9_000));
        Assert.Equal((9_000, 91_000), await test.StateAsync("tier.tokens_per_hour", premium) is var hour ? (hour.Used, hour.Remaining) : default);
        Assert.Equal((1, 9_999), await test.StateAsync("tier.requests_per_day", premium) is var day ? (day.Used, day.Remaining) : default);
    }

    [Fact]
    public async Task Unknown_prices_are_allowed_counted_as_nothing_or_refused_as_the_policy_says()
    {
        var usd = new BudgetLimit("usd", BudgetUnit.Usd, 1, BudgetWindow.Day);
        await using var allowing = new GuardUnderTest(usd);
        await (await allowing.AdmittedAsync(Amounts(5, nano: null))).SettleAsync(Amounts(5, nano: null));
        Assert.Equal(0, (await allowing.StateAsync("usd")).Used);

        await using var refusing = new GuardUnderTest(options => options.UnknownPrice = UnknownPricePolicy.Refuse, usd, Tokens);
        var refusal = await refusing.RefusedAsync(Amounts(5, nano: null));
        Assert.Equal((BudgetRefusal.UnknownPrice, "usd", null), (refusal.Reason, refusal.State?.Name, refusal.RetryAfter));
        Assert.Contains("'gpt-5'", refusal.Message, StringComparison.Ordinal);
        await refusing.AdmittedAsync(Amounts(5, nano: 0));
    }

    [Fact]
    public async Task Unknown_prices_matter_only_where_a_limit_in_usd_can_refuse()
    {
        var unlimited = new BudgetLimit("usd", BudgetUnit.Usd, null, BudgetWindow.Day);
        await using var test = new GuardUnderTest(
            options => options.UnknownPrice = UnknownPricePolicy.Refuse, Tokens, unlimited, new BudgetLimit("shadow", BudgetUnit.Usd, 1, BudgetWindow.Day) { Shadow = true });
        await test.AdmittedAsync(Amounts(5, nano: null));
    }

    [Fact]
    public async Task A_limit_in_shadow_records_and_never_refuses()
    {
        await using var test = new GuardUnderTest(Tokens with { Shadow = true });
        await (await test.AdmittedAsync(Amounts(500))).SettleAsync(Amounts(500));
        Assert.Equal((500, 0), await UsedAndHeldAsync(test));
        await test.AdmittedAsync(Amounts(1));
    }

    [Fact]
    public async Task A_guard_in_shadow_refuses_nothing_for_any_reason()
    {
        await using var test = new GuardUnderTest(
            options => (options.OnOverBudget, options.UnknownPrice, options.OnStoreFailure) = (OverBudgetAction.Shadow, UnknownPricePolicy.Refuse, StoreFailurePolicy.Closed),
            Tokens,
            new BudgetLimit("usd", BudgetUnit.Usd, 1, BudgetWindow.Day));
        await test.AdmittedAsync(Amounts(500));
        await test.AdmittedAsync(Amounts(1, nano: null));
        test.Ledger.OnAll = Trouble.Down;
        await test.AdmittedAsync(Amounts(1));
    }

    [Fact]
    public async Task Periods_are_by_the_store_s_clock()
    {
        // Here it is two minutes to midnight, in the store it is past it.
        var time = new ManualTime(new DateTimeOffset(2026, 11, 22, 23, 58, 0, TimeSpan.Zero));
        var store = new ManualTime(new DateTimeOffset(2026, 11, 23, 0, 1, 0, TimeSpan.Zero));
        await using var test = new GuardUnderTest(new FlakyLedger(store), time, options => { }, Tokens);
        await (await test.AdmittedAsync(Amounts(60))).SettleAsync(Amounts(60));
        var calls = test.Ledger.Calls;
        var state = await test.StateAsync("tokens");
        Assert.Equal((60m, new DateTimeOffset(2026, 11, 24, 0, 0, 0, TimeSpan.Zero)), (state.Used, state.ResetsAt));
        Assert.Equal(calls + 1, test.Ledger.Calls);
    }

    [Fact]
    public async Task A_store_that_is_always_in_another_period_counts_as_failed()
    {
        await using var test = new GuardUnderTest(Tokens with { OnStoreFailure = StoreFailurePolicy.Closed });
        test.Ledger.OtherPeriods = 2;
        await test.AdmittedAsync(Amounts(1));
        test.Ledger.OtherPeriods = 3;
        Assert.Equal(BudgetRefusal.StoreUnavailable, (await test.RefusedAsync(Amounts(1))).Reason);
    }

    [Fact]
    public async Task A_charge_outside_a_pipeline_counts_against_every_limit_that_applies()
    {
        await using var test = new GuardUnderTest(Tokens, new BudgetLimit("requests", BudgetUnit.Requests, 2, BudgetWindow.Minute));
        await test.Guard.ChargeAsync(Ada, Amounts(150), TestContext.Current.CancellationToken);
        Assert.Equal([150m, 1m], (await test.StatesAsync()).Select(state => state.Used));
        Assert.Equal("tokens", (await test.RefusedAsync(Amounts(1))).State!.Name);
    }

    private static async Task<(decimal Used, decimal Held)> UsedAndHeldAsync(GuardUnderTest test) => await test.StateAsync("tokens") is var state ? (state.Used, state.Held) : default;
}
