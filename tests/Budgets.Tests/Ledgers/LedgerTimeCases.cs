namespace LlmTelemetry.Budgets.Tests.Ledgers;

/// <summary>Deadlines, periods and windows.</summary>
public abstract class LedgerTimeCases : LedgerSettleCases
{
    // Long enough that what comes before its end is done by then on a busy machine too.
    private const int Soon = 1_000;
    private const long Hour = 3_600_000;

    [Fact]
    public async Task Hold_past_its_deadline_lets_go_by_itself_and_is_said_once()
    {
        var held = await HoldAsync(Guid.NewGuid(), 50, Line(100, 60), Line(100, 60, "b"));
        await PassAsync(held.Now + 50);

        var answer = await Ledger.ReadAsync([Line(100), Line(100, name: "b")], Stop);

        Assert.Equal([("a", 1), ("b", 1)], answer.Expired.Select(held => (held.Counter.Limit, held.Holds)).Order());
        Assert.Equal([(0, 0), (0, 0)], answer.Lines.Select(line => (line.Used, line.Held)));
        Assert.Empty((await Ledger.ReadAsync([Line(100)], Stop)).Expired);
    }

    [Fact]
    public async Task Room_of_a_hold_past_its_deadline_is_the_next_ones()
    {
        var held = await HoldAsync(Guid.NewGuid(), 50, Line(100, 60));
        await PassAsync(held.Now + 50);

        var next = await HoldAsync(Line(100, 100));

        Assert.Equal((LedgerStatus.Done, new ExpiredHolds(Line(100).Counter, 1)), (next.Status, Assert.Single(next.Expired)));
        Assert.Equal((0, 100), await StandsAsync(Line(100)));
    }

    [Fact]
    public async Task Hold_past_its_deadline_is_charged_when_it_is_settled_late_once()
    {
        var id = Guid.NewGuid();
        var held = await HoldAsync(id, 50, Line(100, 60));
        await PassAsync(held.Now + 50);
        await HoldAsync(Line(100, 70));

        Assert.Equal(LedgerStatus.Done, (await SettleAsync(id, new ChargeLine(Line(100), 25))).Status);
        Assert.Equal(LedgerStatus.Known, (await SettleAgainAsync(id, new ChargeLine(Line(100), 25))).Status);
        Assert.Equal((25, 70), await StandsAsync(Line(100)));
    }

    [Fact]
    public async Task Hold_that_its_own_settlement_finds_past_its_deadline_is_let_go_once()
    {
        var id = Guid.NewGuid();
        var held = await HoldAsync(id, 50, Line(100, 60));
        await HoldAsync(Line(100, 10));
        await PassAsync(held.Now + 50);

        Assert.Equal(1, Assert.Single((await SettleAsync(id, new ChargeLine(Line(100), 25))).Expired).Holds);
        Assert.Equal((25, 10), await StandsAsync(Line(100)));
    }

    [Fact]
    public async Task Holds_let_go_in_the_order_of_their_deadlines_not_of_their_coming()
    {
        var holds = new List<(long Deadline, long Amount)>();
        foreach (var (lifetime, amount) in new[] { (600_000L, 1L), (150, 2), (50, 4), (100, 8) })
        {
            holds.Add(((await HoldAsync(Guid.NewGuid(), lifetime, Line(100, amount))).Now + lifetime, amount));
        }

        foreach (var next in holds.Order().Take(3).ToList())
        {
            await PassAsync(next.Deadline);
            var answer = await Ledger.ReadAsync([Line(100)], Stop);
            Assert.Equal(holds.Where(hold => hold.Deadline > answer.Now).Sum(hold => hold.Amount), answer.Lines[0].Held);
        }
    }

    [Fact]
    public async Task Room_that_holds_take_is_free_at_the_latest_when_the_last_of_them_is_past_its_deadline()
    {
        await ChargeAsync(new ChargeLine(Line(100), 10));
        var first = await HoldAsync(Guid.NewGuid(), 300_000, Line(100, 50));
        await HoldAsync(Guid.NewGuid(), 200_000, Line(100, 30));

        foreach (var amount in new[] { 11, 90 })
        {
            Assert.InRange((await StateAsync(Line(100, amount))).FreeAt!.Value, first.Now + 200_000, first.Now + 300_000);
        }

        Assert.Equal(Day.End, (await StateAsync(Line(100, 91))).FreeAt);
        Assert.Null((await StateAsync(Line(100, 101))).FreeAt);
    }

    [Fact]
    public async Task Deadlines_of_what_is_settled_are_not_waited_for()
    {
        var id = Guid.NewGuid();
        await HoldAsync(id, 600_000, Line(100, 50));
        await SettleAsync(id);
        var held = await HoldAsync(Guid.NewGuid(), 100_000, Line(100, 100));

        Assert.Equal(held.Now + 100_000, (await StateAsync(Line(100, 1))).FreeAt);
    }

    [Fact]
    public async Task Period_that_the_clock_is_not_in_is_answered_with_the_clock_and_changes_nothing()
    {
        var id = Guid.NewGuid();
        await HoldAsync(id, Line(100, 60));
        var now = await NowAsync();
        foreach (var span in new[] { new LedgerSpan(SpanKind.Calendar, now - Hour, now), new LedgerSpan(SpanKind.Calendar, now + Hour, now + (2 * Hour)) })
        {
            LedgerLine[] lines = [Line(100, 5, "b"), Line(100, 5, span: span)];
            foreach (var answer in new[] { await HoldAsync(lines), await SettleAsync(id, [.. lines.Select(line => new ChargeLine(line, 7))]), await Ledger.ReadAsync(lines, Stop) })
            {
                Assert.Equal((LedgerStatus.OtherPeriod, 0), (answer.Status, answer.Lines.Count));
                Assert.InRange(answer.Now, now, now + Hour);
            }

            Assert.False(await Ledger.ClaimWarningAsync(lines[1], 80, Stop));
        }

        Assert.Equal((0, 60), await StandsAsync(Line(100)));
        Assert.Equal((0, 0), await StandsAsync(Line(100, name: "b")));
        Assert.Equal(LedgerStatus.Done, (await SettleAsync(id, new ChargeLine(Line(100), 25))).Status);
    }

    [Fact]
    public async Task New_period_begins_at_nothing_used_and_with_all_that_is_held()
    {
        var (first, next) = await PeriodsAsync();
        var id = Guid.NewGuid();
        await ChargeAsync(new ChargeLine(Line(100, span: first), 50));
        await HoldAsync(id, Line(100, 30, span: first));
        Assert.Equal(LedgerStatus.Refused, (await HoldAsync(Line(100, 21, span: first))).Status);
        await PassAsync(next.Start);

        Assert.Equal(new LineState(100, 0, 0, 30, 0, false, null, next.End), await StateAsync(Line(100, span: next)));
        Assert.Equal(LedgerStatus.Refused, (await HoldAsync(Line(100, 71, span: next))).Status);
        Assert.Equal(LedgerStatus.Done, (await HoldAsync(Line(100, 70, span: next))).Status);
        await SettleAsync(id, new ChargeLine(Line(100, span: next), 25));
        Assert.Equal((25, 70), await StandsAsync(Line(100, span: next)));
    }

    [Fact]
    public async Task Call_that_ended_in_a_period_that_is_over_is_charged_nowhere_and_lets_go()
    {
        var (first, next) = await PeriodsAsync();
        var id = Guid.NewGuid();
        await HoldAsync(id, Line(100, 30, span: first));
        await PassAsync(next.Start);

        var answer = await Ledger.SettleAsync(new(id, [new(Line(100, span: next), 25)], HoldKnown.Placed, EndedAgo: TimeSpan.FromHours(1)), Stop);

        Assert.Equal(LedgerStatus.Done, answer.Status);
        Assert.Equal((0, 0), await StandsAsync(Line(100, span: next)));
        Assert.Equal(LedgerStatus.Known, (await SettleAgainAsync(id, new ChargeLine(Line(100, span: next), 25))).Status);
    }

    [Fact]
    public async Task Calendar_is_over_until_its_period_ends()
    {
        await ChargeAsync(new ChargeLine(Line(100), 90));

        Assert.Equal(Day.End, (await StateAsync(Line(100, 11))).FreeAt);
        Assert.Null((await StateAsync(Line(100, 101))).FreeAt);
        Assert.Null((await StateAsync(Line(100, 10))).FreeAt);
    }

    [Fact]
    public async Task Session_is_over_for_good()
    {
        await ChargeAsync(new ChargeLine(Line(100, span: Session), 90));

        Assert.Equal(new LineState(100, 90, 0, 0, 0, true, null, null), await StateAsync(Line(100, 11, span: Session)));
    }

    [Fact]
    public async Task Session_lasts_from_its_first_hold_on()
    {
        var line = Line(1, 1, span: new LedgerSpan(SpanKind.SessionAge));
        Assert.Equal((0, 0), await StandsAsync(line));
        Assert.Equal(LedgerStatus.Refused, (await HoldAsync(line with { Limit = 0 })).Status);
        var id = Guid.NewGuid();
        var first = await HoldAsync(id, line);
        Assert.Equal((LedgerStatus.Done, 0), (first.Status, first.Lines[0].Held));
        await PassAsync(first.Now + 1000);

        var later = await HoldAsync(line);

        Assert.Equal(LedgerStatus.Refused, later.Status);
        Assert.Equal(new LineState(1, (later.Now - first.Now) / 1000, 0, 0, 0, true, null, null), later.Lines[0]);
        await SettleAsync(id, new ChargeLine(line, 500));
        var answer = await Ledger.ReadAsync([line with { Limit = 1000 }], Stop);
        Assert.Equal(new LineState(1000, (answer.Now - first.Now) / 1000, 0, 0, 0, false, null, null), answer.Lines[0]);

        Assert.Equal(1, await Ledger.ResetAsync([line], Stop));
        var again = await HoldAsync(line);
        await PassAsync(again.Now + 1000);
        answer = await Ledger.ReadAsync([line with { Limit = 1000 }], Stop);
        Assert.Equal((answer.Now - again.Now) / 1000, answer.Lines[0].Used);
    }

    private protected async Task<(LedgerSpan First, LedgerSpan Next)> PeriodsAsync()
    {
        var end = await NowAsync() + Soon;
        return (new(SpanKind.Calendar, end - Hour, end), new(SpanKind.Calendar, end, end + Hour));
    }
}
