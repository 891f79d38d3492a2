using Microsoft.Extensions.Logging;
using static LlmTelemetry.Budgets.Tests.Guard.GuardUnderTest;

namespace LlmTelemetry.Budgets.Tests.Guard;

public sealed class StoreFailureTests
{
    private static readonly BudgetLimit Open = new("open", BudgetUnit.Tokens, 100, BudgetWindow.Day);
    private static readonly BudgetLimit Closed = new("closed", BudgetUnit.Tokens, 100, BudgetWindow.Day) { OnStoreFailure = StoreFailurePolicy.Closed };

    public static TheoryData<Trouble> Troubles { get; } = [Trouble.Down, Trouble.Silent, Trouble.DoneThenSilent, Trouble.DoneThenLost, Trouble.ScriptError];

    [Theory]
    [MemberData(nameof(Troubles))]
    public async Task An_open_limit_admits_and_charges_when_the_store_is_back_once(Trouble trouble)
    {
        await using var test = new GuardUnderTest(Open);
        test.Ledger.OnHold = trouble;
        var outcome = await test.AnsweredAsync(test.HoldAsync(Amounts(60)));
        Assert.Null(outcome.Refusal);
        Assert.Empty(outcome.States);
        test.Ledger.OnHold = Trouble.None;
        await outcome.Hold!.SettleAsync(Amounts(30));
        Assert.Equal((30m, 0m), await UsedAndHeldAsync(test, "open"));
    }

    [Theory]
    [MemberData(nameof(Troubles))]
    public async Task A_closed_limit_refuses_and_leaves_no_hold(Trouble trouble)
    {
        await using var test = new GuardUnderTest(Open, Closed);
        test.Ledger.OnHold = trouble;
        var refusal = (await test.AnsweredAsync(test.HoldAsync(Amounts(60)))).Refusal!;
        Assert.Equal((BudgetRefusal.StoreUnavailable, Closed.Name, null, 60m), (refusal.Reason, refusal.LimitName, refusal.State, refusal.Requested));
        Assert.Equal("Limit 'closed' of all calls cannot be checked now, and refuses calls until it can be; try again in a moment.", refusal.Message);
        Assert.NotNull(refusal.InnerException);
        await test.SettledAsync();
        Assert.Equal((0m, 0m), await UsedAndHeldAsync(test, "closed"));
    }

    [Fact]
    public async Task A_store_that_is_back_is_told_once()
    {
        await using var test = new GuardUnderTest(Open);
        test.Ledger.OnAll = Trouble.Down;
        for (var i = 0; i < 10; i++)
        {
            await (await test.HoldAsync(Amounts(1))).Hold!.SettleAsync(Amounts(1));
        }

        Assert.DoesNotContain(test.Log.Lines, IsBack);
        test.Ledger.OnAll = Trouble.None;
        await test.SettledAsync();

        Assert.Equal(LogLevel.Information, Assert.Single(test.Log.Lines, IsBack).Level);

        static bool IsBack((LogLevel Level, string Text) line) => line.Text.StartsWith("The store of budgets answers again", StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Troubles))]
    public async Task What_the_store_did_not_take_is_sent_again_and_counts_once(Trouble trouble)
    {
        await using var test = new GuardUnderTest(Open);
        var hold = await test.AdmittedAsync(Amounts(60));
        test.Ledger.OnSettle = trouble;
        await test.AnsweredAsync(Done(hold.SettleAsync(Amounts(30))));
        Assert.Equal(1, test.Guard.PendingSettlements);
        test.Time.Advance(TimeSpan.FromSeconds(30));
        test.Ledger.OnSettle = Trouble.None;
        await test.SettledAsync();
        Assert.Equal((30m, 0m), await UsedAndHeldAsync(test, "open"));
    }

    [Theory]
    [MemberData(nameof(Troubles))]
    public async Task Neither_hold_nor_settlement_is_heard_and_it_counts_once(Trouble trouble)
    {
        await using var test = new GuardUnderTest(Open);
        test.Ledger.OnAll = trouble;
        var hold = (await test.AnsweredAsync(test.HoldAsync(Amounts(60)))).Hold!;
        await test.AnsweredAsync(Done(hold.SettleAsync(Amounts(30))));
        test.Ledger.OnAll = Trouble.None;
        await test.SettledAsync();
        Assert.Equal((30m, 0m), await UsedAndHeldAsync(test, "open"));
    }

    [Fact]
    public async Task A_silent_store_is_waited_for_three_times_and_then_asked_once_a_second()
    {
        await using var test = new GuardUnderTest(Open);
        test.Ledger.OnAll = Trouble.Silent;
        for (var i = 0; i < 3; i++)
        {
            await test.AnsweredAsync(test.HoldAsync(Amounts(1)));
        }

        Assert.Equal(3, test.Ledger.Calls);
        for (var i = 0; i < 10; i++)
        {
            Assert.True(test.HoldAsync(Amounts(1)).IsCompletedSuccessfully);
        }

        Assert.Equal(3, test.Ledger.Calls);
        test.Time.Advance(TimeSpan.FromSeconds(1));
        var trying = test.HoldAsync(Amounts(1));
        Assert.True(test.HoldAsync(Amounts(1)).IsCompletedSuccessfully);
        Assert.Equal((4, false), (test.Ledger.Calls, trying.IsCompleted));
        await test.AnsweredAsync(trying);

        test.Ledger.OnAll = Trouble.None;
        test.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Single((await test.HoldAsync(Amounts(1))).States);
        Assert.Single((await test.HoldAsync(Amounts(1))).States);
    }

    [Fact]
    public async Task A_call_does_not_wait_longer_than_the_time_limit()
    {
        await using var test = new GuardUnderTest(options => options.StoreTimeout = TimeSpan.FromMilliseconds(250), Open);
        test.Ledger.OnAll = Trouble.Silent;
        var hold = test.HoldAsync(Amounts(1));
        test.Time.Advance(TimeSpan.FromMilliseconds(249));
        Assert.False(hold.IsCompleted);
        test.Time.Advance(TimeSpan.FromMilliseconds(1));
        var settled = (await hold).Hold!.SettleAsync(Amounts(1));
        test.Time.Advance(TimeSpan.FromMilliseconds(250));
        await settled;
        test.Ledger.OnAll = Trouble.None;
        await test.SettledAsync();
    }

    [Fact]
    public async Task A_cancelled_wait_throws_and_leaves_no_hold()
    {
        await using var test = new GuardUnderTest(Open);
        test.Ledger.OnHold = Trouble.DoneThenSilent;
        using var cancel = new CancellationTokenSource();
        var hold = test.Guard.HoldAsync(new CallAsk(Ada, Amounts(60)), cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => hold);
        await test.SettledAsync();
        Assert.Equal((0m, 0m), await UsedAndHeldAsync(test, "open"));
    }

    [Fact]
    public async Task Failures_are_logged_the_first_time_and_then_once_a_minute_with_their_number()
    {
        await using var test = new GuardUnderTest(Open);
        test.Ledger.OnHold = Trouble.Down;
        for (var i = 0; i < 5; i++)
        {
            await test.HoldAsync(Amounts(1));
        }

        Assert.Contains("1 times", Assert.Single(test.Log.Lines).Text, StringComparison.Ordinal);
        test.Time.Advance(TimeSpan.FromMinutes(1));
        await test.HoldAsync(Amounts(1));
        Assert.Equal(2, test.Log.Lines.Count);
        Assert.Contains("5 times", test.Log.Lines[1].Text, StringComparison.Ordinal);
        Assert.Contains("No connection is available.", test.Log.Lines[1].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_guard_that_has_ended_decides_as_if_the_store_were_down()
    {
        var test = new GuardUnderTest(Open);
        await test.DisposeAsync();
        Assert.NotNull((await test.HoldAsync(Amounts(1))).Hold);
        Assert.True(test.Ledger.IsDisposed);
        var closed = new GuardUnderTest(Closed);
        await closed.DisposeAsync();
        Assert.IsType<ObjectDisposedException>((await closed.RefusedAsync(Amounts(1))).InnerException);
        Assert.Equal(0, closed.Ledger.Calls);
    }

    [Fact]
    public async Task A_closed_limit_that_never_refuses_does_not_refuse_now()
    {
        await using var test = new GuardUnderTest(options => options.OnStoreFailure = StoreFailurePolicy.Closed, Open with { Amount = null }, Open with { Name = "shadow", Shadow = true });
        test.Ledger.OnHold = Trouble.Down;
        await test.AdmittedAsync(Amounts(1));
    }

    private static async Task<bool> Done(Task task)
    {
        await task;
        return true;
    }

    private static async Task<(decimal Used, decimal Held)> UsedAndHeldAsync(GuardUnderTest test, string limit) => await test.StateAsync(limit) is var state ? (state.Used, state.Held) : default;
}
