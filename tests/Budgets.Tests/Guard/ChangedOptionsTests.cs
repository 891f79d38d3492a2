using static LlmTelemetry.Budgets.Tests.Guard.GuardUnderTest;

namespace LlmTelemetry.Budgets.Tests.Guard;

public sealed class ChangedOptionsTests
{
    private static readonly BudgetLimit Limit = new("day", BudgetUnit.Tokens, 100, BudgetWindow.Day);

    [Fact]
    public async Task A_change_holds_from_the_next_call_and_keeps_what_was_used()
    {
        await using var test = new GuardUnderTest(Limit);
        var before = await test.AdmittedAsync(Amounts(60));
        Assert.True(test.Guard.Change(new BudgetOptions { Limits = { Limit with { Amount = 50 } } }));
        Assert.Equal(60, (await test.RefusedAsync(Amounts(1))).State!.Held);
        await before.SettleAsync(Amounts(10));
        await test.AdmittedAsync(Amounts(40));
        Assert.Equal((10m, 40m, 50m), await test.StateAsync("day") is var state ? (state.Used, state.Held, state.Limit!.Value) : default);
    }

    [Fact]
    public async Task A_wrong_change_is_reported_and_the_old_limits_stay()
    {
        await using var test = new GuardUnderTest(Limit);
        Assert.False(test.Guard.Change(new BudgetOptions { Limits = { Limit with { Amount = -1 } } }));
        Assert.Contains("Limits[0] ('day').Amount", Assert.Single(test.Log.Lines).Text, StringComparison.Ordinal);
        Assert.Equal(100, (await test.RefusedAsync(Amounts(101))).State!.Limit);
    }

    [Fact]
    public async Task Options_that_are_changed_behind_its_back_change_nothing()
    {
        BudgetOptions? mine = null;
        await using var test = new GuardUnderTest(options => mine = options, Limit);
        mine!.Limits.Clear();
        mine.Tiers.Clear();
        Assert.NotNull((await test.RefusedAsync(Amounts(101))).State);
    }

    [Fact]
    public async Task A_hold_from_before_a_limit_went_is_settled_all_the_same()
    {
        await using var test = new GuardUnderTest(Limit);
        var hold = await test.AdmittedAsync(Amounts(60));
        test.Guard.Change(new BudgetOptions());
        await hold.SettleAsync(Amounts(10));
        test.Guard.Change(new BudgetOptions { Limits = { Limit } });
        Assert.Equal((10m, 0m), await test.StateAsync("day") is var state ? (state.Used, state.Held) : default);
    }

    [Fact]
    public void Wrong_settings_fail_at_the_start() =>
        Assert.Contains("DefaultTier", Assert.Throws<ArgumentException>(() => new GuardUnderTest(options => options.DefaultTier = "gold")).Message, StringComparison.Ordinal);
}
