using LlmTelemetry.Budgets.Tests.Guard;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Budgets.Tests;

public sealed class QuotaTests
{
    private static readonly BudgetLimit Daily = new("daily", BudgetUnit.Usd, 5, BudgetWindow.Day, BudgetScope.User);
    private static readonly BudgetLimit Monthly = new("monthly", BudgetUnit.Tokens, 1_000, BudgetWindow.Month, BudgetScope.User);
    private static readonly BudgetLimit Everybody = new("everybody", BudgetUnit.Requests, 3, BudgetWindow.Day);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Quota_says_what_the_user_used_holds_and_has_left_and_when_it_begins_anew()
    {
        await using var test = new GuardUnderTest(Daily, Monthly, Everybody);
        await test.Guard.ChargeAsync("ada", 100, 1.25m, cancellationToken: Stop);
        await test.AdmittedAsync(GuardUnderTest.Amounts(40, nano: 500_000_000));

        var quota = await test.Guard.GetQuotaAsync("ada", cancellationToken: Stop);

        Assert.Equal(("ada", null, false), (quota.User, quota.Tier, quota.IsStale));
        Assert.Equal(new BudgetState("daily", BudgetUnit.Usd, BudgetWindow.Day, BudgetScope.User, "ada", 5, 1.25m, 0.5m, new DateTimeOffset(2026, 11, 23, 0, 0, 0, default)), quota.Daily);
        Assert.Equal((100, 40, 860, new DateTimeOffset(2026, 12, 1, 0, 0, 0, default)), (quota.Monthly?.Used, quota.Monthly?.Held, quota.Monthly?.Remaining, quota.Monthly?.ResetsAt));
        Assert.Equal(["daily", "monthly"], quota.Limits.Select(limit => limit.Name));
    }

    [Fact]
    public async Task Of_several_limits_of_a_day_the_one_with_the_least_left_by_share_is_the_daily_one()
    {
        await using var test = new GuardUnderTest(
            Daily, new("calls", BudgetUnit.Requests, 10, BudgetWindow.Day, BudgetScope.User), new("free", BudgetUnit.Tokens, null, BudgetWindow.Day, BudgetScope.User),
            new("hidden", BudgetUnit.Requests, 1, BudgetWindow.Day, BudgetScope.User) { Shadow = true });
        await test.Guard.ChargeAsync("ada", 100, 0.1m, cancellationToken: Stop);
        Assert.Equal("calls", (await test.Guard.GetQuotaAsync("ada", cancellationToken: Stop)).Daily?.Name);
        await test.Guard.ChargeAsync("ada", 100, 2, cancellationToken: Stop);
        Assert.Equal("daily", (await test.Guard.GetQuotaAsync("ada", cancellationToken: Stop)).Daily?.Name);

        // By the day a free user's tier is unlimited.
        Assert.Equal("daily", (await test.Guard.GetQuotaAsync("ada", "free", Stop)).Daily?.Name);
    }

    [Fact]
    public async Task Tier_is_the_one_said_else_the_callbacks_else_the_default()
    {
        await using var test = new GuardUnderTest(options =>
        {
            options.TierOf = (who, _) => new(who.User == "bob" ? "enterprise" : null);
            options.DefaultTier = "free";
        });

        var said = await test.Guard.GetQuotaAsync("bob", "standard", Stop);
        Assert.Equal(("standard", 60m), (said.Tier, said.Limits.Single(limit => limit.Name == "tier.requests_per_minute").Limit));
        Assert.Equal("enterprise", (await test.Guard.GetQuotaAsync("bob", cancellationToken: Stop)).Tier);
        var free = await test.Guard.GetQuotaAsync("ada", cancellationToken: Stop);
        Assert.Equal(("free", 10_000m), (free.Tier, free.Limits.Single(limit => limit.Name == "tier.tokens_per_hour").Limit));
    }

    [Fact]
    public async Task What_was_used_stays_when_the_tier_changes()
    {
        await using var test = new GuardUnderTest(_ => { });
        await test.Guard.ChargeAsync("ada", 9_000, tier: "free", cancellationToken: Stop);

        var quota = await test.Guard.GetQuotaAsync("ada", "standard", Stop);

        Assert.Equal((9_000, 91_000), (quota.Limits.Single(limit => limit.Name == "tier.tokens_per_hour") is var limit ? limit.Used : 0, limit.Remaining));
    }

    [Fact]
    public async Task Check_says_no_once_nothing_is_left_and_holds_nothing()
    {
        await using var test = new GuardUnderTest(Daily, Everybody);
        Assert.True(await test.Guard.CheckQuotaAsync("ada", cancellationToken: Stop));
        await test.Guard.ChargeAsync("ada", 0, 4.999999999m, cancellationToken: Stop);
        Assert.True(await test.Guard.CheckQuotaAsync("ada", cancellationToken: Stop));
        await test.Guard.ChargeAsync("ada", 0, 0.000000001m, cancellationToken: Stop);
        Assert.False(await test.Guard.CheckQuotaAsync("ada", cancellationToken: Stop));
        Assert.True(await test.Guard.CheckQuotaAsync("bob", cancellationToken: Stop));
        await test.Guard.ChargeAsync("carl", 0, cancellationToken: Stop);
        Assert.False(await test.Guard.CheckQuotaAsync("bob", cancellationToken: Stop));
    }

    [Fact]
    public async Task Check_counts_what_calls_under_way_may_use_and_ignores_shadow()
    {
        await using var test = new GuardUnderTest(Daily with { Shadow = true }, Monthly);
        await test.Guard.ChargeAsync("ada", 0, 100, cancellationToken: Stop);
        Assert.True(await test.Guard.CheckQuotaAsync("ada", cancellationToken: Stop));
        await test.AdmittedAsync(GuardUnderTest.Amounts(1_000));
        Assert.False(await test.Guard.CheckQuotaAsync("ada", cancellationToken: Stop));
    }

    [Fact]
    public async Task Overrides_count_for_quota_and_check()
    {
        await using var test = new GuardUnderTest(Daily);
        await test.Guard.SetLimitAsync("daily", "ada", 0, Stop);

        Assert.Equal(0, (await test.Guard.GetQuotaAsync("ada", cancellationToken: Stop)).Daily?.Limit);
        Assert.False(await test.Guard.CheckQuotaAsync("ada", cancellationToken: Stop));
        await test.Guard.ClearLimitAsync("daily", "ada", Stop);
        Assert.True(await test.Guard.CheckQuotaAsync("ada", cancellationToken: Stop));
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData(StoreFailurePolicy.Open, true)]
    [InlineData(StoreFailurePolicy.Closed, false)]
    public async Task Without_the_store_quota_is_stale_and_check_says_what_the_limits_policy_says(StoreFailurePolicy? policy, bool isYes)
    {
        await using var test = new GuardUnderTest(Daily, Monthly with { OnStoreFailure = policy });
        test.Ledger.OnAll = Trouble.Down;

        for (var i = 0; i < 5; i++)
        {
            var quota = await test.Guard.GetQuotaAsync("ada", cancellationToken: Stop);
            Assert.Equal((true, 5, 0, 1_000), (quota.IsStale, quota.Daily?.Limit, quota.Daily?.Used, quota.Monthly?.Remaining));
            Assert.Equal(isYes, await test.Guard.CheckQuotaAsync("ada", cancellationToken: Stop));
        }
    }

    [Fact]
    public async Task Charges_wait_for_a_store_that_is_down_and_are_charged_once()
    {
        await using var test = new GuardUnderTest(Daily, Everybody);
        test.Ledger.OnAll = Trouble.DoneThenLost;
        await test.Guard.ChargeAsync("ada", 10, 1, cancellationToken: Stop);
        await test.Guard.ChargeAsync("ada", 10, 1, cancellationToken: Stop);
        test.Ledger.OnAll = Trouble.None;
        await test.SettledAsync();

        Assert.Equal(2, (await test.Guard.GetQuotaAsync("ada", cancellationToken: Stop)).Daily?.Used);
        Assert.Equal(2, (await test.StateAsync("everybody")).Used);
    }

    [Fact]
    public async Task A_cost_that_is_not_known_charges_no_money_and_a_tiny_one_loses_nothing()
    {
        await using var test = new GuardUnderTest(Daily, Everybody);
        await test.Guard.ChargeAsync("ada", 10, cancellationToken: Stop);
        for (var i = 0; i < 3; i++)
        {
            await test.Guard.ChargeAsync("ada", 10, 0.0000000004m, cancellationToken: Stop);
        }

        Assert.Equal(0.0000000012m, (await test.Guard.GetQuotaAsync("ada", cancellationToken: Stop)).Daily?.Used);
    }

    [Fact]
    public async Task Bad_input_is_refused_and_charges_nothing()
    {
        await using var test = new GuardUnderTest(Daily, Monthly);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => test.Guard.ChargeAsync("ada", -1, cancellationToken: Stop));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => test.Guard.ChargeAsync("ada", 1, -0.1m, cancellationToken: Stop));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => test.Guard.ChargeAsync("ada", 1, decimal.MaxValue, cancellationToken: Stop));
        await Assert.ThrowsAsync<ArgumentException>(() => test.Guard.ChargeAsync("", 1, cancellationToken: Stop));
        await Assert.ThrowsAsync<ArgumentException>(() => test.Guard.ChargeAsync("\u0001", 1, cancellationToken: Stop));
        await Assert.ThrowsAsync<ArgumentException>(() => test.Guard.GetQuotaAsync("", cancellationToken: Stop));
        await Assert.ThrowsAsync<ArgumentNullException>(() => test.Guard.CheckQuotaAsync(null!, cancellationToken: Stop));
        Assert.Equal(0, test.Ledger.Calls);
    }

    [Fact]
    public async Task A_user_is_found_as_calls_are_attributed()
    {
        await using var test = new GuardUnderTest(Monthly);
        var tracked = new CallSubject(new Attribution(User: Attribution.Clean("ada\n/%" + new string('x', 300))));
        await (await test.AdmittedAsync(GuardUnderTest.Amounts(10), tracked)).SettleAsync(GuardUnderTest.Amounts(7));

        Assert.Equal(7, (await test.Guard.GetQuotaAsync("ada\n/%" + new string('x', 300), cancellationToken: Stop)).Monthly?.Used);
    }
}
