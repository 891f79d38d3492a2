namespace LlmTelemetry.Budgets.Tests.Ledgers;

/// <summary>What was used is charged once, whatever was lost on the way.</summary>
public abstract class LedgerSettleCases : LedgerHoldCases
{
    [Fact]
    public async Task Settling_charges_what_was_used_and_lets_the_rest_go()
    {
        var id = Guid.NewGuid();
        await HoldAsync(id, Line(100, 60));

        var answer = await SettleAsync(id, new ChargeLine(Line(100), 25));

        Assert.Equal(LedgerStatus.Done, answer.Status);
        Assert.Equal(new LineState(100, 25, 0, 0, 0, false, null, Day.End), Assert.Single(answer.Lines));
        Assert.Equal((25, 0), await StandsAsync(Line(100)));
    }

    [Fact]
    public async Task More_than_was_held_is_charged_too()
    {
        var id = Guid.NewGuid();
        await HoldAsync(id, Line(100, 60));
        await SettleAsync(id, new ChargeLine(Line(100), 160));

        Assert.Equal((160, 0), await StandsAsync(Line(100)));
        Assert.Equal(LedgerStatus.Refused, (await HoldAsync(Line(100, 1))).Status);
    }

    [Fact]
    public async Task Settling_again_charges_nothing_again()
    {
        var id = Guid.NewGuid();
        await HoldAsync(id, Line(100, 60));
        await HoldAsync(Line(100, 10));
        await SettleAsync(id, new ChargeLine(Line(100), 25));

        var again = await SettleAgainAsync(id, new ChargeLine(Line(100), 25));

        Assert.Equal(LedgerStatus.Known, again.Status);
        Assert.Equal((25, 10), (again.Lines[0].Used, again.Lines[0].Held));
        Assert.Equal((25, 10), await StandsAsync(Line(100)));
    }

    [Fact]
    public async Task Hold_that_the_store_lost_is_charged_at_the_first_try_and_not_when_it_is_sent_again()
    {
        var id = Guid.NewGuid();

        Assert.Equal(LedgerStatus.Done, (await SettleAsync(id, new ChargeLine(Line(100), 25))).Status);
        Assert.Equal(LedgerStatus.Known, (await SettleAgainAsync(id, new ChargeLine(Line(100), 25))).Status);
        Assert.Equal((25, 0), await StandsAsync(Line(100)));
    }

    [Fact]
    public async Task Retry_of_a_hold_that_is_not_there_was_settled_by_the_try_before()
    {
        var answer = await SettleAgainAsync(Guid.NewGuid(), new ChargeLine(Line(100), 25));

        Assert.Equal(LedgerStatus.Known, answer.Status);
        Assert.Equal((0, 0), await StandsAsync(Line(100)));
    }

    [Fact]
    public async Task Retry_of_a_settlement_that_never_came_settles()
    {
        var id = Guid.NewGuid();
        await HoldAsync(id, Line(100, 60));

        Assert.Equal(LedgerStatus.Done, (await SettleAgainAsync(id, new ChargeLine(Line(100), 25))).Status);
        Assert.Equal((25, 0), await StandsAsync(Line(100)));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Charge_without_a_hold_counts_once_however_often_it_is_sent(bool isRetry)
    {
        var id = Guid.NewGuid();
        var charge = new Settlement(id, [new(Line(100), 25)], HoldKnown.Unknown, isRetry);

        Assert.Equal(LedgerStatus.Done, (await Ledger.SettleAsync(charge, Stop)).Status);
        Assert.Equal(LedgerStatus.Known, (await Ledger.SettleAsync(charge, Stop)).Status);
        Assert.Equal(LedgerStatus.Known, (await Ledger.SettleAsync(charge with { IsRetry = true }, Stop)).Status);
        Assert.Equal((25, 0), await StandsAsync(Line(100)));
    }

    [Fact]
    public async Task Hold_that_nobody_knew_of_is_released_with_its_charge()
    {
        var id = Guid.NewGuid();
        await HoldAsync(id, Line(100, 60));

        await Ledger.SettleAsync(new(id, [new(Line(100), 25)], HoldKnown.Unknown), Stop);

        Assert.Equal((25, 0), await StandsAsync(Line(100)));
    }

    [Fact]
    public async Task Hold_that_comes_after_its_settlement_holds_nothing()
    {
        var id = Guid.NewGuid();
        await Ledger.SettleAsync(new(id, [new(Line(100), 25)], HoldKnown.Unknown), Stop);

        var answer = await HoldAsync(id, Line(100, 60));

        Assert.Equal(LedgerStatus.Known, answer.Status);
        Assert.Equal((25, 0), await StandsAsync(Line(100)));
    }

    [Fact]
    public async Task Settling_nothing_lets_go_and_charges_nothing()
    {
        var id = Guid.NewGuid();
        await HoldAsync(id, Line(100, 60), Line(100, 60, "b"));

        Assert.Equal(LedgerStatus.Done, (await SettleAsync(id)).Status);
        Assert.Equal((0, 0), await StandsAsync(Line(100)));
        Assert.Equal((0, 0), await StandsAsync(Line(100, name: "b")));
    }

    [Fact]
    public async Task Other_counters_than_were_held_are_charged_and_those_that_were_are_released()
    {
        var id = Guid.NewGuid();
        await HoldAsync(id, Line(100, 10), Line(100, 20, "b"));

        await SettleAsync(id, new ChargeLine(Line(100), 1), new ChargeLine(Line(100, name: "c"), 3));

        Assert.Equal((1, 0), await StandsAsync(Line(100)));
        Assert.Equal((0, 0), await StandsAsync(Line(100, name: "b")));
        Assert.Equal((3, 0), await StandsAsync(Line(100, name: "c")));
    }

    [Fact]
    public async Task Settlement_is_never_refused_and_its_amounts_are_not_asked_for()
    {
        var answer = await ChargeAsync(new ChargeLine(Line(10, amount: 1000), 500));

        Assert.Equal(LedgerStatus.Done, answer.Status);
        Assert.Equal((500, false), (answer.Lines[0].Used, answer.Lines[0].IsOver));
    }

    [Fact]
    public async Task Picos_carry()
    {
        foreach (var pico in new[] { 999, 1, 600, 600 })
        {
            await ChargeAsync(new ChargeLine(Line(100), 1, pico));
        }

        var state = await StateAsync(Line(100));
        Assert.Equal((6, 200), (state.Used, state.UsedPico));
    }

    [Fact]
    public async Task Picos_alone_are_kept()
    {
        await ChargeAsync(new ChargeLine(Line(100), 0, 7));

        var state = await StateAsync(Line(100));
        Assert.Equal((0, 7), (state.Used, state.UsedPico));
    }

    [Fact]
    public async Task Picos_carry_over_the_steps_of_a_window()
    {
        var line = Line(100, span: Sliding(3_600_000));
        foreach (var ago in new[] { 0, 20, 40 })
        {
            await Ledger.SettleAsync(new(Guid.NewGuid(), [new(line, 1, 700)], HoldKnown.Unknown, StartedAgo: TimeSpan.FromMinutes(ago)), Stop);
        }

        var state = await StateAsync(line);
        Assert.Equal((5, 100), (state.Used, state.UsedPico));
    }

    [Fact]
    public async Task Used_stays_where_doubles_stop_being_exact()
    {
        foreach (var line in new[] { Line(null), Line(null, name: "b", span: Sliding(3_600_000)), Line(null, name: "c", span: Session) })
        {
            await ChargeAsync(new ChargeLine(line, AmountMath.Most - 1));
            Assert.Equal((AmountMath.Most - 1, 0), await StandsAsync(line));

            await ChargeAsync(new ChargeLine(line, 1));
            Assert.Equal((AmountMath.Most, 0), await StandsAsync(line));

            await ChargeAsync(new ChargeLine(line, AmountMath.Most));
            Assert.Equal((AmountMath.Most, 0), await StandsAsync(line));
            Assert.Equal(LedgerStatus.Refused, (await HoldAsync(line with { Limit = AmountMath.Most, Amount = 1 })).Status);
        }
    }

    [Fact]
    public async Task Largest_limit_is_exact()
    {
        await ChargeAsync(new ChargeLine(Line(AmountMath.Most), AmountMath.Most - 10));

        Assert.Equal(LedgerStatus.Refused, (await HoldAsync(Line(AmountMath.Most, 11))).Status);
        Assert.Equal(LedgerStatus.Done, (await HoldAsync(Line(AmountMath.Most, 9))).Status);
        Assert.Equal(LedgerStatus.Done, (await HoldAsync(Line(AmountMath.Most, 1))).Status);
        Assert.Equal(LedgerStatus.Refused, (await HoldAsync(Line(AmountMath.Most, 1))).Status);
    }

    [Fact]
    public async Task Window_that_was_full_to_where_counting_stops_goes_on_with_what_is_left()
    {
        var line = Line(null, span: new LedgerSpan(SpanKind.Sliding, Length: 600));
        var first = await ChargeAsync(new ChargeLine(line, AmountMath.Most));
        await PassAsync(first.Now + 200);
        var next = await ChargeAsync(new ChargeLine(line, 7, 5));
        Assert.Equal(AmountMath.Most, next.Lines[0].Used);

        await PassAsync(first.Now + 611);

        var answer = await Ledger.ReadAsync([line], Stop);
        Assert.Equal(answer.Now < next.Lines[0].ResetsAt ? (7L, 5) : (0L, 0), (answer.Lines[0].Used, answer.Lines[0].UsedPico));
    }
}
