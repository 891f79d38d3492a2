using LlmTelemetry.TestKit;
using static LlmTelemetry.Budgets.Tests.Guard.GuardUnderTest;

namespace LlmTelemetry.Budgets.Tests.Guard;

public sealed class SettlementsTests
{
    private static readonly BudgetLimit Day = new("day", BudgetUnit.Tokens, null, BudgetWindow.Day);
    private static readonly BudgetLimit Month = new("month", BudgetUnit.Tokens, null, BudgetWindow.Month);

    [Fact]
    public async Task What_waits_is_sent_again_ever_more_rarely_up_to_ten_seconds()
    {
        await using var test = new GuardUnderTest(Day);
        var hold = await test.AdmittedAsync(Amounts(5));
        test.Ledger.OnAll = Trouble.Down;
        await hold.SettleAsync(Amounts(5));
        var calls = test.Ledger.Calls;

        // After 0.1, 0.3, 0.7, 1.5, 3.1, 6.3, 12.7 and 22.7 seconds.
        foreach (var pause in new[] { 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4, 10, 10 })
        {
            await WaitingAsync(test);
            test.Time.Advance(TimeSpan.FromSeconds(pause) - TimeSpan.FromMilliseconds(1));
            Assert.Equal(calls, test.Ledger.Calls);
            test.Time.Advance(TimeSpan.FromMilliseconds(1));
            calls++;
            await Eventually.HoldsAsync(() => Task.FromResult(test.Ledger.Calls == calls), $"it is sent again after {pause} s");
        }

        test.Ledger.OnAll = Trouble.None;
        await test.SettledAsync();
        Assert.Equal(5, (await test.StateAsync("day")).Used);
    }

    [Fact]
    public async Task A_store_that_answers_a_call_again_gets_what_waits_at_once()
    {
        await using var test = new GuardUnderTest(Day);
        test.Ledger.OnAll = Trouble.Down;
        var holds = new List<BudgetHold>();
        for (var i = 0; i < 4; i++)
        {
            holds.Add(await test.AdmittedAsync(Amounts(5)));
        }

        await Task.WhenAll(holds.Select(hold => hold.SettleAsync(Amounts(5))));
        for (var i = 0; i < 100; i++)
        {
            await WaitingAsync(test);
            test.Time.Advance(TimeSpan.FromMilliseconds(200));
        }

        await WaitingAsync(test);
        test.Ledger.OnAll = Trouble.None;
        Assert.Single((await test.AdmittedAsync(Amounts(1))).States);

        // No time passes here.
        await Eventually.HoldsAsync(() => Task.FromResult(test.Guard.PendingSettlements == 0), "everything is settled");
        Assert.Equal(20, (await test.StateAsync("day")).Used);
    }

    [Fact]
    public async Task More_than_may_wait_are_dropped_and_counted()
    {
        using var meter = new MeasurementRecorder(Vocabulary.Budgets, Vocabulary.Metrics.BudgetDropped);
        await using var test = new GuardUnderTest(options => options.MaxPending = 3, Day);
        var holds = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => test.AdmittedAsync(Amounts(5))));
        test.Ledger.OnAll = Trouble.Down;
        await Task.WhenAll(holds.Select(hold => hold.SettleAsync(Amounts(5))));
        Assert.Equal(3, test.Guard.PendingSettlements);
        Assert.True(meter.Of(Vocabulary.Metrics.BudgetDropped).Count(measured => (string?)measured.Tags[Vocabulary.Attributes.BudgetReason] == Vocabulary.DropReasons.Overflow) >= 2);
        Assert.Contains(test.Log.Lines, line => line.Text.Contains("is lost", StringComparison.Ordinal) && line.Text.Contains("MaxPending", StringComparison.Ordinal));
        test.Ledger.OnAll = Trouble.None;
        await test.SettledAsync();
        Assert.Equal((15m, 10m), await test.StateAsync("day") is var state ? (state.Used, state.Held) : default);
    }

    [Fact]
    public async Task A_charge_that_comes_late_counts_in_the_period_in_which_the_call_ended()
    {
        await using var test = new GuardUnderTest(Day, Month);
        var hold = await test.AdmittedAsync(Amounts(5));
        test.Ledger.OnAll = Trouble.Down;
        await hold.SettleAsync(Amounts(5));
        test.Time.Advance(TimeSpan.FromHours(12)); // Noon to midnight.
        test.Ledger.OnAll = Trouble.None;
        await test.SettledAsync();
        Assert.Equal([("day", 0m), ("month", 5m)], (await test.StatesAsync()).Select(state => (state.Name, state.Used)));
    }

    [Fact]
    public async Task A_charge_of_which_the_store_may_have_forgotten_that_it_has_it_is_dropped()
    {
        await using var test = new GuardUnderTest(Month);
        test.Ledger.OnAll = Trouble.DoneThenLost;
        var hold = (await test.HoldAsync(Amounts(5))).Hold!;
        await hold.SettleAsync(Amounts(5));
        test.Ledger.OnAll = Trouble.Down;
        test.Time.Advance(TimeSpan.FromDays(2));
        test.Ledger.OnAll = Trouble.None;
        await test.SettledAsync();
        Assert.Equal((5m, 0m), await test.StateAsync("month") is var state ? (state.Used, state.Held) : default);
    }

    [Fact]
    public async Task One_that_the_store_refuses_again_and_again_does_not_hold_up_the_others()
    {
        await using var test = new GuardUnderTest(Day, Month);
        var holds = await Task.WhenAll(Enumerable.Range(0, 40).Select(_ => test.AdmittedAsync(Amounts(5))));
        test.Ledger.OnSettle = Trouble.Down;
        await Task.WhenAll(holds.Select(hold => hold.SettleAsync(Amounts(5))));
        test.Ledger.OnSettle = Trouble.None;
        test.Ledger.RefusesOne = true;
        await Eventually.HoldsAsync(
            () =>
            {
                test.Time.Advance(TimeSpan.FromMilliseconds(100));
                return Task.FromResult(test.Guard.PendingSettlements == 1);
            },
            "all but one are settled");
        Assert.Equal(195, (await test.StateAsync("month")).Used);
        test.Ledger.RefusesOne = false;
        await test.SettledAsync();
        Assert.Equal(200, (await test.StateAsync("month")).Used);
    }

    [Fact]
    public async Task Many_that_wait_are_all_taken()
    {
        await using var test = new GuardUnderTest(Month);
        var holds = await Task.WhenAll(Enumerable.Range(0, 500).Select(_ => test.AdmittedAsync(Amounts(5))));
        test.Ledger.OnAll = Trouble.DoneThenLost;
        await Task.WhenAll(holds.Select(hold => hold.SettleAsync(Amounts(3))));
        Assert.Equal(500, test.Guard.PendingSettlements);
        test.Ledger.OnAll = Trouble.None;
        await test.SettledAsync();
        Assert.Equal((1_500m, 0m), await test.StateAsync("month") is var state ? (state.Used, state.Held) : default);
    }

    [Fact]
    public async Task The_end_waits_for_what_the_store_still_takes()
    {
        var test = new GuardUnderTest(Month);
        var hold = await test.AdmittedAsync(Amounts(5));
        test.Ledger.OnSettle = Trouble.Down;
        await hold.SettleAsync(Amounts(5));
        var ending = test.Guard.DisposeAsync().AsTask();
        test.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.False(test.Ledger.IsDisposed);
        test.Ledger.OnSettle = Trouble.None;
        await Eventually.HoldsAsync(
            () =>
            {
                test.Time.Advance(TimeSpan.FromMilliseconds(10));
                return Task.FromResult(ending.IsCompleted);
            },
            "the guard ends");
        Assert.Equal((0, true), (test.Guard.PendingSettlements, test.Ledger.IsDisposed));
        Assert.DoesNotContain(test.Log.Lines, line => line.Text.Contains("lost", StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_end_counts_and_logs_what_the_store_did_not_take_in_five_seconds()
    {
        var test = new GuardUnderTest(Month);
        var holds = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => test.AdmittedAsync(Amounts(5))));
        test.Ledger.OnAll = Trouble.Down;
        await Task.WhenAll(holds.Take(2).Select(hold => hold.SettleAsync(Amounts(5))));
        var ending = test.Guard.DisposeAsync().AsTask();
        await Eventually.HoldsAsync(
            () =>
            {
                test.Time.Advance(TimeSpan.FromSeconds(1));
                return Task.FromResult(ending.IsCompleted);
            },
            "the guard ends");
        Assert.Contains(test.Log.Lines, line => line.Text.StartsWith("2 settlements are lost", StringComparison.Ordinal));

        // One that settles after the end is told no error.
        await holds[2].SettleAsync(Amounts(5));
        await test.DisposeAsync();
    }

    // The loop sleeps: its timer is set.
    private static Task WaitingAsync(GuardUnderTest test) => Eventually.HoldsAsync(() => Task.FromResult(test.Time.Timers == 1), "the loop waits");
}
