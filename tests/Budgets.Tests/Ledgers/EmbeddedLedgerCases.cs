using LlmTelemetry.TestKit;

namespace LlmTelemetry.Budgets.Tests.Ledgers;

/// <summary>What ledgers do whose clock is this machine's, over times that nobody waits for.</summary>
public abstract class EmbeddedLedgerCases : LedgerCases
{
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private protected ManualTime Time { get; } = new();

    private protected override Task PassAsync(long until)
    {
        Time.Advance(TimeSpan.FromMilliseconds(Math.Max(0, until - Time.GetUtcNow().ToUnixTimeMilliseconds())));
        return Task.CompletedTask;
    }

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
    public async Task Period_ends_to_the_millisecond()
    {
        var (first, next) = await PeriodsAsync();
        await PassAsync(first.End - 1);
        Assert.Equal(LedgerStatus.Done, (await Ledger.ReadAsync([Line(1, span: first)], Stop)).Status);
        Assert.Equal(LedgerStatus.OtherPeriod, (await Ledger.ReadAsync([Line(1, span: next)], Stop)).Status);

        await PassAsync(first.End);
        Assert.Equal(LedgerStatus.OtherPeriod, (await Ledger.ReadAsync([Line(1, span: first)], Stop)).Status);
        Assert.Equal(LedgerStatus.Done, (await Ledger.ReadAsync([Line(1, span: next)], Stop)).Status);
    }

    [Fact]
    public async Task Call_that_ended_in_the_last_millisecond_of_a_period_is_not_the_next_ones()
    {
        var (first, next) = await PeriodsAsync();
        await PassAsync(next.Start + 100);
        foreach (var (ago, used) in new[] { (101, 0), (100, 25) })
        {
            var charged = await Ledger.SettleAsync(new(Guid.NewGuid(), [new(Line(100, span: next), 25)], HoldKnown.Unknown, EndedAgo: TimeSpan.FromMilliseconds(ago)), Stop);
            Assert.Equal(used, charged.Lines[0].Used);
        }

        Assert.Equal(first.End, next.Start);
    }

    [Fact]
    public async Task Clock_set_back_over_the_end_of_a_period_finds_what_was_used_in_it()
    {
        var (first, next) = await PeriodsAsync();
        await ChargeAsync(new ChargeLine(Line(100, span: first), 50));
        await PassAsync(next.Start);
        await ChargeAsync(new ChargeLine(Line(100, span: next), 7));

        Time.Advance(TimeSpan.FromMilliseconds(-100));

        Assert.Equal((50, 0), await StandsAsync(Line(100, span: first)));
        Time.Advance(TimeSpan.FromMilliseconds(100));
        Assert.Equal((7, 0), await StandsAsync(Line(100, span: next)));
    }

    [Fact]
    public async Task Clock_that_was_far_ahead_leaves_no_window_full()
    {
        var line = Line(100, 100, span: Sliding(60_000));
        Time.Advance(TimeSpan.FromDays(365));
        await ChargeAsync(new ChargeLine(line, 100));
        Assert.Equal(LedgerStatus.Refused, (await HoldAsync(line)).Status);

        Time.Advance(TimeSpan.FromDays(-365));

        Assert.Equal(LedgerStatus.Done, (await HoldAsync(line)).Status);
    }

    [Fact]
    public async Task Session_counts_until_two_days_after_it_was_last_used()
    {
        var (line, age) = (Line(100, 10, span: Session), Line(null, 1, "age", span: new LedgerSpan(SpanKind.SessionAge)));
        for (var day = 0; day < 3; day++)
        {
            var id = Guid.NewGuid();
            await HoldAsync(id, line, age);
            await SettleAsync(id, new ChargeLine(line, 10));
            Time.Advance(TimeSpan.FromDays(1.9));
        }

        Assert.Equal((30, 0), await StandsAsync(line));
        Assert.Equal((long)TimeSpan.FromDays(5.7).TotalSeconds, (await StateAsync(age)).Used);
        Time.Advance(TimeSpan.FromDays(0.1) + Minute);
        Assert.Equal((0, 0), await StandsAsync(line));
        Assert.Equal((0, 0), await StandsAsync(age));
        Assert.Empty(await Ledger.SubjectsAsync(line.Counter.Series, 10, Stop));
    }

    [Fact]
    public async Task Expired_hold_can_be_settled_for_a_day_and_its_id_is_remembered()
    {
        var (inTime, late, line) = (Guid.NewGuid(), Guid.NewGuid(), Line(100, 10, span: Session));
        await HoldAsync(inTime, 1_000, line);
        await HoldAsync(late, 1_000, line);
        Time.Advance(TimeSpan.FromSeconds(1) + IBudgetLedger.Grace - TimeSpan.FromMilliseconds(1));
        Assert.Equal(LedgerStatus.Done, (await SettleAgainAsync(inTime, new ChargeLine(line, 7))).Status);
        Assert.Equal(LedgerStatus.Known, (await SettleAsync(inTime, new ChargeLine(line, 7))).Status);

        Time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal(LedgerStatus.Known, (await SettleAgainAsync(late, new ChargeLine(line, 7))).Status);
        Assert.Equal((7, 0), await StandsAsync(line));
    }

    [Fact]
    public async Task Ids_of_charges_without_a_hold_are_remembered_for_a_day()
    {
        var charge = new Settlement(Guid.NewGuid(), [new(Line(100, span: Session), 25)], HoldKnown.Unknown);
        await Ledger.SettleAsync(charge, Stop);
        Time.Advance(IBudgetLedger.Grace - TimeSpan.FromMilliseconds(1));

        Assert.Equal(LedgerStatus.Known, (await Ledger.SettleAsync(charge, Stop)).Status);
    }

    [Fact]
    public async Task Settlement_said_twice_as_if_for_the_first_time_charges_once()
    {
        var id = Guid.NewGuid();
        await HoldAsync(id, Line(100, 60));
        await SettleAsync(id, new ChargeLine(Line(100), 25));

        Assert.Equal(LedgerStatus.Known, (await SettleAsync(id, new ChargeLine(Line(100), 25))).Status);
        Assert.Equal((25, 0), await StandsAsync(Line(100)));
        Assert.Equal(LedgerStatus.Known, (await HoldAsync(id, Line(100, 60))).Status);
    }

    [Fact]
    public async Task Overrides_and_what_was_announced_are_kept_400_days_from_their_last_change()
    {
        await Ledger.SetOverrideAsync("a", null, new(1), Stop);
        await Ledger.SetOverrideAsync("b", null, new(1), Stop);
        await Ledger.AnnounceAsync(new Dictionary<string, string> { ["a"] = "1", ["b"] = "1" }, Stop);
        Time.Advance(TimeSpan.FromDays(399));
        await Ledger.SetOverrideAsync("b", null, new(2), Stop);
        await Ledger.AnnounceAsync(new Dictionary<string, string> { ["b"] = "2" }, Stop);
        Assert.Equal(2, (await Ledger.OverridesAsync(Stop)).Count);
        Time.Advance(TimeSpan.FromDays(1));

        Assert.Equal(("b", null, new LedgerOverride(2)), Assert.Single(await Ledger.OverridesAsync(Stop)));
        Assert.Equal(("b", "2"), Assert.Single(await Ledger.AnnouncedAsync(Stop)) is var said ? (said.Key, said.Value) : default);
        Assert.Null((await StateAsync(Line(null, span: Session))).Limit);
    }

    [Fact]
    public async Task Cancelled_operation_is_not_done()
    {
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Ledger.HoldAsync(new(Guid.NewGuid(), Lifetime, [Line(100, 60)]), cancelled.Token));

        Assert.Equal((0, 0), await StandsAsync(Line(100)));
    }

    [Fact]
    public async Task Warning_of_a_counter_that_was_forgotten_with_its_hold_owes_that_nothing()
    {
        var line = Line(100, 60, span: Session);
        await HoldAsync(Guid.NewGuid(), 1_000, line);
        Time.Advance(TimeSpan.FromDays(3));

        Assert.True(await Ledger.ClaimWarningAsync(line, 80, Stop));

        Assert.Equal((0, 0), await StandsAsync(line));
    }
}
