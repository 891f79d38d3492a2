namespace LlmTelemetry.Budgets.Tests.Ledgers;

/// <summary>Windows that slide: each call counts from its admission, until the whole step in which that was is as long ago as the window is long.</summary>
public abstract class LedgerWindowCases : LedgerTimeCases
{
    private const long Short = 300;
    private const long Hour = 3_600_000;

    [Theory]
    [InlineData(60_000, 1_000)]
    [InlineData(3_600_000, 60_000)]
    [InlineData(1_000, 17)]
    [InlineData(61_000, 1_017)]
    public async Task Call_counts_in_the_step_of_its_admission(long length, long step)
    {
        var line = Line(100, 60, span: Sliding(length));
        var id = Guid.NewGuid();
        var admitted = await HoldAsync(id, line);
        await PassAsync(admitted.Now + 20);

        var settled = await SettleAsync(id, new ChargeLine(line, 25));

        var ends = (admitted.Now / step * step) + step + length;
        Assert.Equal(new LineState(100, 25, 0, 0, 0, false, null, ends), settled.Lines[0]);
    }

    [Fact]
    public async Task Call_stops_counting_when_all_of_its_step_has_passed()
    {
        var line = Line(100, 60, span: Sliding(Short));
        var charged = await ChargeAsync(new ChargeLine(line, 60));
        var ends = charged.Lines[0].ResetsAt!.Value;
        foreach (var at in new[] { ends - 1, ends })
        {
            await PassAsync(at);
            var answer = await Ledger.ReadAsync([line], Stop);
            Assert.Equal(answer.Now < ends ? 60 : 0, answer.Lines[0].Used);
            Assert.Equal(answer.Now < ends, answer.Lines[0].IsOver);
        }
    }

    [Fact]
    public async Task Nothing_used_has_reset_already()
    {
        var answer = await Ledger.ReadAsync([Line(100, span: Sliding(Short))], Stop);

        Assert.Equal(answer.Now, answer.Lines[0].ResetsAt);
    }

    [Fact]
    public async Task Charge_without_a_hold_counts_when_its_call_was_admitted()
    {
        var line = Line(100, span: Sliding(Hour));
        var charged = await Ledger.SettleAsync(new(Guid.NewGuid(), [new(line, 25)], HoldKnown.Unknown, StartedAgo: TimeSpan.FromMinutes(30)), Stop);

        var at = charged.Now - (Hour / 2);
        Assert.Equal((25, (at / 60_000 * 60_000) + 60_000 + Hour), (charged.Lines[0].Used, charged.Lines[0].ResetsAt));
    }

    [Fact]
    public async Task Call_admitted_longer_ago_than_the_window_is_charged_nowhere()
    {
        var line = Line(100, span: Sliding(Hour));
        var late = await Ledger.SettleAsync(new(Guid.NewGuid(), [new(line, 25)], HoldKnown.Unknown, StartedAgo: TimeSpan.FromMinutes(62)), Stop);
        Assert.Equal((LedgerStatus.Done, 0), (late.Status, late.Lines[0].Used));

        var (id, shorter) = (Guid.NewGuid(), Line(100, 60, span: Sliding(Short)));
        var admitted = await HoldAsync(id, shorter);
        await PassAsync(admitted.Now + (2 * Short));
        Assert.Equal((0, 60), await StandsAsync(shorter));

        await SettleAsync(id, new ChargeLine(shorter, 25));

        Assert.Equal((0, 0), await StandsAsync(shorter));
    }

    [Fact]
    public async Task Room_comes_back_step_by_step()
    {
        var line = Line(100, span: Sliding(Hour));
        var ends = new List<long?>();
        foreach (var (ago, amount) in new[] { (50, 60), (20, 30) })
        {
            var charged = await Ledger.SettleAsync(new(Guid.NewGuid(), [new(line, amount)], HoldKnown.Unknown, StartedAgo: TimeSpan.FromMinutes(ago)), Stop);
            ends.Add(((charged.Now - (ago * 60_000)) / 60_000 * 60_000) + 60_000 + Hour);
        }

        Assert.Equal(new LineState(100, 90, 0, 0, 0, false, null, ends[1]), await StateAsync(line with { Amount = 10 }));
        Assert.Equal(new LineState(100, 90, 0, 0, 0, true, ends[0], ends[1]), await StateAsync(line with { Amount = 11 }));
        Assert.Equal(ends[0], (await StateAsync(line with { Amount = 70 })).FreeAt);
        Assert.Equal(ends[1], (await StateAsync(line with { Amount = 71 })).FreeAt);
        Assert.Null((await StateAsync(line with { Amount = 101 })).FreeAt);
    }

    [Fact]
    public async Task Held_counts_however_long_its_window_is()
    {
        var line = Line(100, 60, span: Sliding(Short));
        var admitted = await HoldAsync(line);
        await PassAsync(admitted.Now + (3 * Short));

        Assert.Equal(LedgerStatus.Refused, (await HoldAsync(line with { Amount = 41 })).Status);
        Assert.Equal(LedgerStatus.Done, (await HoldAsync(line with { Amount = 40 })).Status);
    }

    [Fact]
    public async Task Idle_time_leaves_the_whole_limit()
    {
        var line = Line(100, 100, span: Sliding(Short));
        for (var round = 0; round < 3; round++)
        {
            var id = Guid.NewGuid();
            var admitted = await HoldAsync(id, line);
            Assert.Equal(LedgerStatus.Done, admitted.Status);
            await SettleAsync(id, new ChargeLine(line, 100));
            Assert.Equal(LedgerStatus.Refused, (await HoldAsync(line with { Amount = 1 })).Status);
            await PassAsync(admitted.Now + (3 * Short));
        }
    }

    [Fact]
    public async Task No_window_wherever_it_begins_has_more_than_the_limit()
    {
        var random = new Random(20261123);
        var line = Line(100, span: Sliding(Short));
        var admitted = new List<(long At, long Amount)>();
        var end = await NowAsync() + (5 * Short);
        for (var now = 0L; now < end;)
        {
            var (id, amount) = (Guid.NewGuid(), (long)random.Next(1, 40));
            var answer = await HoldAsync(id, line with { Amount = amount });
            now = answer.Now;
            if (answer.Status == LedgerStatus.Done)
            {
                admitted.Add((now, amount));
                await SettleAsync(id, new ChargeLine(line, amount));
            }
            else
            {
                Assert.InRange(answer.Lines[0].FreeAt!.Value, now + 1, now + Short + (Short / 60));
            }

            await PassAsync(now + random.Next(1, 20));
        }

        foreach (var (from, _) in admitted)
        {
            Assert.InRange(admitted.Where(call => call.At >= from && call.At < from + Short).Sum(call => call.Amount), 1, 100);
        }

        Assert.InRange(admitted.Sum(call => call.Amount), 101, long.MaxValue);
    }
}
