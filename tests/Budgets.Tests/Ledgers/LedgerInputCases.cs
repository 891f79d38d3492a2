namespace LlmTelemetry.Budgets.Tests.Ledgers;

/// <summary>What no ledger takes: amounts that cannot be counted exactly, and holds that hold nothing or one thing twice.</summary>
public abstract class LedgerInputCases : LedgerWindowCases
{
    [Theory]
    [InlineData(-1L, 100L)]
    [InlineData(AmountMath.Most + 1, 100L)]
    [InlineData(long.MaxValue, 100L)]
    [InlineData(1L, -1L)]
    [InlineData(1L, AmountMath.Most + 1)]
    public async Task Line_that_cannot_be_counted_is_refused_whole(long amount, long limit)
    {
        await HoldAsync(Line(100, 10));

        await RefusesAsync(() => HoldAsync(Line(100, 10), Line(limit, amount, "b")));
        await RefusesAsync(() => Ledger.ReadAsync([Line(limit, amount, "b")], Stop));

        Assert.Equal((0, 10), await StandsAsync(Line(100)));
        Assert.Equal((0, 0), await StandsAsync(Line(100, name: "b")));
    }

    [Fact]
    public async Task Hold_of_nothing_or_of_a_counter_twice_or_of_no_time_is_refused()
    {
        await RefusesAsync(() => HoldAsync());
        await RefusesAsync(() => HoldAsync(Line(100, 10), Line(100, 20)));
        await RefusesAsync(() => HoldAsync(Guid.NewGuid(), 0, Line(100, 10)));
        await RefusesAsync(() => HoldAsync(Guid.NewGuid(), -1, Line(100, 10)));
        await RefusesAsync(() => HoldAsync(Line(100, 10, span: Sliding(0))));

        Assert.Equal((0, 0), await StandsAsync(Line(100)));
    }

    [Theory]
    [InlineData(-1L, 0)]
    [InlineData(long.MinValue, 0)]
    [InlineData(1L, -1)]
    [InlineData(1L, 1000)]
    public async Task Charge_that_cannot_be_counted_is_refused_whole_and_the_hold_stays(long amount, int pico)
    {
        var id = Guid.NewGuid();
        await HoldAsync(id, Line(100, 10));

        await RefusesAsync(() => SettleAsync(id, new ChargeLine(Line(100), 7), new ChargeLine(Line(100, name: "b"), amount, pico)));

        Assert.Equal((0, 10), await StandsAsync(Line(100)));
        Assert.Equal((0, 0), await StandsAsync(Line(100, name: "b")));
    }

    [Fact]
    public async Task Override_that_no_limit_could_be_is_refused()
    {
        await RefusesAsync(() => Ledger.SetOverrideAsync("a", null, new(-1), Stop));
        await RefusesAsync(() => Ledger.SetOverrideAsync("a", "ada", new(AmountMath.Most + 1), Stop));

        Assert.Empty(await Ledger.OverridesAsync(Stop));
    }

    [Fact]
    public async Task Call_that_says_it_began_and_ended_later_than_now_counts_now()
    {
        var (minute, now) = (Line(100, span: Sliding(60_000)), await NowAsync());
        var charged = await Ledger.SettleAsync(
            new(Guid.NewGuid(), [new(minute, 7), new(Line(100, name: "b"), 7)], HoldKnown.Unknown, StartedAgo: TimeSpan.FromHours(-1), EndedAgo: TimeSpan.FromHours(-1)), Stop);

        Assert.All(charged.Lines, line => Assert.Equal(7, line.Used));
        Assert.InRange(charged.Lines[0].ResetsAt!.Value, now + 60_000, charged.Now + 61_000);
    }

    private static async Task RefusesAsync(Func<Task> call) => await Assert.ThrowsAnyAsync<ArgumentException>(call);
}
