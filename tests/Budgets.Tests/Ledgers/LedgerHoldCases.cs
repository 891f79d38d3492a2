namespace LlmTelemetry.Budgets.Tests.Ledgers;

/// <summary>Whether there is room.</summary>
public abstract class LedgerHoldCases : LedgerUnderTest
{
    [Fact]
    public async Task Up_to_the_limit_is_admitted_and_one_more_is_refused()
    {
        await ChargeAsync(new ChargeLine(Line(100), 30));

        Assert.Equal(LedgerStatus.Done, (await HoldAsync(Line(100, 50))).Status);
        Assert.Equal(LedgerStatus.Refused, (await HoldAsync(Line(100, 21))).Status);
        Assert.Equal(LedgerStatus.Done, (await HoldAsync(Line(100, 20))).Status);
        Assert.Equal(LedgerStatus.Refused, (await HoldAsync(Line(100, 1))).Status);
        Assert.Equal((30, 70), await StandsAsync(Line(100)));
    }

    [Fact]
    public async Task Answer_says_where_each_line_stands_after_it_in_the_order_asked()
    {
        await ChargeAsync(new ChargeLine(Line(10, name: "b"), 4));

        var answer = await HoldAsync(Line(100, 50, "a"), Line(10, 6, "b"), Line(null, 7, "c"));

        Assert.Equal(
            [new(100, 0, 0, 50, 0, false, null, Day.End), new(10, 4, 0, 6, 0, false, null, Day.End), new(null, 0, 0, 7, 0, false, null, Day.End)],
            answer.Lines);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    public async Task One_line_without_room_and_nothing_is_held_of_any(int full)
    {
        LedgerLine[] lines = [.. Enumerable.Range(0, 3).Select(i => Line(i == full ? 9 : 1000, 10, "l" + i))];

        var answer = await HoldAsync(lines);

        Assert.Equal(LedgerStatus.Refused, answer.Status);
        Assert.Equal([full == 0, full == 1, full == 2], answer.Lines.Select(line => line.IsOver));
        foreach (var line in lines)
        {
            Assert.Equal((0, 0), await StandsAsync(line));
        }
    }

    [Fact]
    public async Task All_lines_without_room_say_so()
    {
        var answer = await HoldAsync(Line(1, 2, "a"), Line(1, 1, "b"), Line(0, 1, "c"));

        Assert.Equal([true, false, true], answer.Lines.Select(line => line.IsOver));
    }

    [Fact]
    public async Task Amount_of_nothing_is_not_checked()
    {
        await ChargeAsync(new ChargeLine(Line(10), 50));

        var answer = await HoldAsync(Line(10), Line(5, 5, "b"));

        Assert.Equal(LedgerStatus.Done, answer.Status);
        Assert.False(answer.Lines[0].IsOver);
        Assert.Equal((50, 0), await StandsAsync(Line(10)));
    }

    [Fact]
    public async Task Limit_of_nothing_refuses_the_smallest_amount()
    {
        Assert.Equal(LedgerStatus.Refused, (await HoldAsync(Line(0, 1))).Status);
        Assert.Equal(LedgerStatus.Done, (await HoldAsync(Line(0))).Status);
    }

    [Fact]
    public async Task Unlimited_counts_and_never_refuses()
    {
        var id = Guid.NewGuid();
        Assert.Equal(LedgerStatus.Done, (await HoldAsync(id, Line(null, AmountMath.Most))).Status);
        Assert.Equal((0, AmountMath.Most), await StandsAsync(Line(null)));

        await SettleAsync(id, new ChargeLine(Line(null), 7));

        Assert.Equal((7, 0), await StandsAsync(Line(null)));
    }

    [Fact]
    public async Task Shadow_says_that_it_is_over_and_never_refuses()
    {
        await ChargeAsync(new ChargeLine(Line(10), 8));

        var answer = await HoldAsync(Line(10, 3, isShadow: true), Line(100, 3, "b"));

        Assert.Equal(LedgerStatus.Done, answer.Status);
        Assert.Equal([true, false], answer.Lines.Select(line => line.IsOver));
        Assert.Equal((8, 3), await StandsAsync(Line(10)));
        Assert.Equal(LedgerStatus.Refused, (await HoldAsync(Line(10, 1))).Status);
    }

    [Fact]
    public async Task Reading_says_whether_an_amount_would_have_room_and_holds_nothing()
    {
        await ChargeAsync(new ChargeLine(Line(10), 8));

        Assert.False((await StateAsync(Line(10, 2))).IsOver);
        Assert.True((await StateAsync(Line(10, 3))).IsOver);
        Assert.Equal((8, 0), await StandsAsync(Line(10)));
    }

    [Fact]
    public async Task Same_hold_again_is_admitted_again_and_holds_nothing_again()
    {
        var id = Guid.NewGuid();
        await HoldAsync(id, Line(10, 10));

        var answer = await HoldAsync(id, Line(10, 10));

        Assert.Equal(LedgerStatus.Done, answer.Status);
        Assert.Equal((10, false), (answer.Lines[0].Held, answer.Lines[0].IsOver));
        Assert.Equal((0, 10), await StandsAsync(Line(10)));
    }

    [Fact]
    public async Task Refused_hold_may_be_asked_for_again()
    {
        var (first, second) = (Guid.NewGuid(), Guid.NewGuid());
        await HoldAsync(first, Line(10, 10));
        Assert.Equal(LedgerStatus.Refused, (await HoldAsync(second, Line(10, 10))).Status);
        await SettleAsync(first);

        Assert.Equal(LedgerStatus.Done, (await HoldAsync(second, Line(10, 10))).Status);
        Assert.Equal((0, 10), await StandsAsync(Line(10)));
    }

    [Fact]
    public async Task Subjects_and_series_are_apart()
    {
        await HoldAsync(Line(10, 10, subject: "ada"));

        Assert.Equal(LedgerStatus.Refused, (await HoldAsync(Line(10, 1, subject: "ada"))).Status);
        Assert.Equal(LedgerStatus.Done, (await HoldAsync(Line(10, 10, subject: "bob"))).Status);
        Assert.Equal(LedgerStatus.Done, (await HoldAsync(Line(10, 10))).Status);
        Assert.Equal(LedgerStatus.Done, (await HoldAsync(Line(10, 10, "b", "ada"))).Status);
    }

    [Fact]
    public async Task Many_at_once_get_exactly_what_there_is()
    {
        var answers = await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => Task.Run(() => HoldAsync(Line(100, 7), Line(null, 7, "b")), Stop)));

        Assert.Equal(14, answers.Count(answer => answer.Status == LedgerStatus.Done));
        Assert.Equal((0, 98), await StandsAsync(Line(100)));
        Assert.Equal((0, 98), await StandsAsync(Line(null, name: "b")));
    }

    [Fact]
    public async Task Same_hold_again_is_not_over_by_what_it_holds_itself()
    {
        var (id, line) = (Guid.NewGuid(), Line(100, 60, isShadow: true));
        await HoldAsync(id, line);
        Assert.False((await HoldAsync(id, line)).Lines[0].IsOver);

        Assert.True((await HoldAsync(line)).Lines[0].IsOver);
        Assert.True((await HoldAsync(id, line)).Lines[0].IsOver);
    }
}
