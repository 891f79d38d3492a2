using LlmTelemetry.Budgets.Tests.Guard;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Budgets.Tests;

public sealed class LimitChangeTests
{
    private static readonly BudgetLimit Daily = new("daily", BudgetUnit.Usd, 5, BudgetWindow.Day, BudgetScope.User);
    private static readonly BudgetLimit Pair = new("pair", BudgetUnit.Tokens, 100, BudgetWindow.Hour, BudgetScope.User | BudgetScope.Model);
    private static readonly BudgetLimit All = new("all", BudgetUnit.Requests, 10, BudgetWindow.Month);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_list_has_all_limits_in_their_order_and_the_fullest_subjects_first()
    {
        await using var test = new GuardUnderTest(Daily, Pair, All);
        foreach (var (user, cost) in new[] { ("ada", 1m), ("bob", 4m), ("carl", 2m) })
        {
            await test.Guard.ChargeAsync(user, 1, cost, cancellationToken: Stop);
        }

        await test.Guard.SetLimitAsync("daily", "ada", 1, Stop);
        await test.Guard.SetLimitAsync("daily", "dora", 7, Stop);
        var states = await test.Guard.ListAsync(cancellationToken: Stop);

        Assert.Equal(["daily ada 1/1", "daily bob 4/5", "daily carl 2/5", "daily dora 0/7", "all  3/10"], states.Select(state => $"{state.Name} {state.Subject} {state.Used}/{state.Limit}"));
        Assert.Equal(["ada", "bob"], (await test.Guard.ListAsync("DAILY", max: 2, Stop)).Select(state => state.Subject));
        Assert.Contains("daily, pair, all", (await Assert.ThrowsAsync<ArgumentException>(() => test.Guard.ListAsync("dayly", cancellationToken: Stop))).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => test.Guard.ListAsync(max: 0, cancellationToken: Stop));
    }

    [Fact]
    public async Task A_list_knows_each_users_amount_of_a_tiers_limit_where_the_tier_is_known()
    {
        await using var test = new GuardUnderTest(options => options.TierOf = (who, _) => new(who.User == "ada" ? "enterprise" : null));
        await test.Guard.ChargeAsync("ada", 100, cancellationToken: Stop);
        await test.Guard.ChargeAsync("bob", 500, tier: "free", cancellationToken: Stop);

        var states = await test.Guard.ListAsync("tier.tokens_per_hour", cancellationToken: Stop);

        Assert.Equal([("ada", 1_000_000, true, 100), ("bob", null, false, 500)], states.Select(state => (state.Subject, (int?)state.Limit, state.IsLimitKnown, (int)state.Used)));
        await test.Guard.SetLimitAsync("tier.tokens_per_hour", "bob", null, Stop);
        Assert.All(await test.Guard.ListAsync("tier.tokens_per_hour", cancellationToken: Stop), state => Assert.True(state.IsLimitKnown));
    }

    [Fact]
    public async Task A_reset_sets_one_subjects_use_to_0_and_leaves_what_is_held()
    {
        await using var test = new GuardUnderTest(Daily, All);
        await test.Guard.ChargeAsync("ada", 1, 1, cancellationToken: Stop);
        await test.Guard.ChargeAsync("bob", 1, 1, cancellationToken: Stop);
        await test.AdmittedAsync(GuardUnderTest.Amounts(nano: 2_000_000_000));

        await test.Guard.ResetAsync("daily", "ada", Stop);
        await test.Guard.ResetAsync("all", cancellationToken: Stop);

        var states = await test.Guard.ListAsync(cancellationToken: Stop);
        Assert.Equal([("ada", 0, 2), ("bob", 1, 0), ("", 0, 1)], states.Select(state => (state.Subject, (int)state.Used, (int)state.Held)).OrderBy(state => state.Subject.Length == 0));
    }

    [Fact]
    public async Task An_override_for_everybody_gives_way_to_one_for_a_subject()
    {
        await using var test = new GuardUnderTest(Daily, Pair);
        await test.Guard.SetLimitAsync("Daily", null, 3, Stop);
        await test.Guard.SetLimitAsync("daily", "ada", null, Stop);
        await test.Guard.SetLimitAsync("pair", "ada/gpt-5", 7, Stop);

        Assert.Equal((null, 7m), ((await test.StateAsync("daily")).Limit, (await test.StateAsync("pair")).Limit));
        Assert.Equal(3, (await test.Guard.GetQuotaAsync("bob", cancellationToken: Stop)).Daily?.Limit);
        await test.Guard.ClearLimitAsync("daily", "ada", Stop);
        await test.Guard.ClearLimitAsync("daily", null, Stop);
        Assert.Equal(5, (await test.StateAsync("daily")).Limit);
    }

    [Theory]
    [InlineData("dayly", null, 1, "daily, pair, all")]
    [InlineData("daily", null, -1, "negative")]
    [InlineData("daily", null, 9_007_200, "9007199")]
    [InlineData("daily", "", 1, "per user")]
    [InlineData("daily", "ada/gpt-5", 1, "USER")]
    [InlineData("pair", "ada", 1, "USER/MODEL")]
    [InlineData("pair", null, 1.5, "whole number")]
    [InlineData("all", "ada", 1, "all calls together")]
    public async Task What_is_wrong_for_a_limit_is_refused_with_what_would_be_right_and_changes_nothing(string limit, string? subject, double amount, string right)
    {
        await using var test = new GuardUnderTest(Daily, Pair, All);

        var error = await Assert.ThrowsAsync<ArgumentException>(() => test.Guard.SetLimitAsync(limit, subject, (decimal)amount, Stop));

        Assert.Contains(right, error.Message, StringComparison.Ordinal);
        Assert.Empty(await test.Ledger.OverridesAsync(Stop));
    }

    [Fact]
    public async Task A_limit_in_usd_has_at_most_9_decimals_and_others_at_most_2_to_the_53()
    {
        await using var test = new GuardUnderTest(Daily, Pair);
        await Assert.ThrowsAsync<ArgumentException>(() => test.Guard.SetLimitAsync("daily", null, 0.0000000001m, Stop));
        await Assert.ThrowsAsync<ArgumentException>(() => test.Guard.SetLimitAsync("pair", null, (1L << 53) + 1, Stop));
        await Assert.ThrowsAsync<ArgumentException>(() => test.Guard.SetLimitAsync("pair", null, decimal.MaxValue, Stop));
        await test.Guard.SetLimitAsync("daily", null, 0.000000001m, Stop);
        await test.Guard.SetLimitAsync("pair", null, 1L << 53, Stop);

        Assert.Equal((0.000000001m, (decimal)(1L << 53)), ((await test.StateAsync("daily")).Limit, (await test.StateAsync("pair")).Limit));
    }

    [Fact]
    public async Task Resets_of_what_is_not_there_are_refused_where_they_must_be_a_mistake()
    {
        await using var test = new GuardUnderTest(Daily, All);
        await test.Guard.ResetAsync("daily", "nobody", Stop);
        await Assert.ThrowsAsync<ArgumentException>(() => test.Guard.ResetAsync("daily", cancellationToken: Stop));
        await Assert.ThrowsAsync<ArgumentException>(() => test.Guard.ResetAsync("all", "ada", Stop));
        await Assert.ThrowsAsync<ArgumentException>(() => test.Guard.ResetAsync("dayly", "ada", Stop));
        await Assert.ThrowsAsync<ArgumentException>(() => test.Guard.ClearLimitAsync("dayly", null, Stop));
    }

    [Fact]
    public async Task An_override_of_a_limit_that_is_gone_can_be_taken_back()
    {
        await using var test = new GuardUnderTest(Daily);
        await test.Ledger.SetOverrideAsync("gone", "ada", new(1), Stop);

        await test.Guard.ClearLimitAsync("gone", "ada", Stop);

        Assert.Empty(await test.Ledger.OverridesAsync(Stop));
    }

    [Fact]
    public async Task Erasing_a_user_deletes_the_users_counters_and_overrides_and_nobody_elses()
    {
        await using var test = new GuardUnderTest(Daily, Pair, All);
        foreach (var user in new[] { "ada", "bob", "a/b" })
        {
            await test.Guard.ChargeAsync(user, 1, 1, cancellationToken: Stop);
            var call = new CallSubject(new Attribution(User: user), "openai", user == "bob" ? "ada" : "gpt-5");
            await (await test.AdmittedAsync(GuardUnderTest.Amounts(1), call)).SettleAsync(GuardUnderTest.Amounts(1));
            await test.Guard.SetLimitAsync("daily", ScopeWords.Subject(user), 7, Stop);
        }

        Assert.Equal((2, 1), await test.Guard.EraseUserAsync("ada", Stop));
        Assert.Equal((0, 0), await test.Guard.EraseUserAsync("ada", Stop));
        Assert.Equal((2, 1), await test.Guard.EraseUserAsync("a/b", Stop));
        Assert.Equal(["daily bob", "pair bob/ada", "all "], (await test.Guard.ListAsync(cancellationToken: Stop)).Select(state => $"{state.Name} {state.Subject}"));
    }
}
