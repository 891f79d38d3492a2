using System.Globalization;

namespace LlmTelemetry.Usage.Tests;

public sealed class CostTests
{
    [Fact]
    public void Amounts_add_up_exactly()
    {
        var cost = new Cost("acme", "m1", "2026-11-22.00000000");
        cost.Set(UsageBucket.Input, 1);
        cost.Set(UsageBucket.Output, 999_999_999_999);

        Assert.Equal(1_000_000_000_000, cost.TotalPico);
        Assert.Equal(1m, cost.Amount);
        Assert.Equal(0.000000000001m, cost[UsageBucket.Input]);
        Assert.Equal(0m, cost[UsageBucket.Reasoning]);
        Assert.Equal(("acme", "m1", "2026-11-22.00000000"), (cost.Provider, cost.Model, cost.PriceVersion));
    }

    [Fact]
    public void Walk_visits_the_buckets_that_cost_something()
    {
        var cost = new Cost("acme", "m1", "v");
        cost.Set(UsageBucket.Request, 5);
        cost.Set(UsageBucket.Input, 3);

        var seen = new List<UsageBucket>();
        foreach (var bucket in cost)
        {
            seen.Add(bucket);
        }

        Assert.Equal([UsageBucket.Input, UsageBucket.Request], seen);
    }

    [Fact]
    public void Empty_cost_is_0() => Assert.Equal(0m, new Cost("acme", "free", "v").Amount);

    [Fact]
    public void Costs_of_parts_add_up_bucket_by_bucket_and_can_be_taken_away_again()
    {
        var (sum, part) = (new Cost("acme", "m1", "v1"), new Cost("acme", "m1", "v2"));
        sum.Set(UsageBucket.Input, 3);
        part.Set(UsageBucket.Input, 4);
        part.Set(UsageBucket.Output, 5);

        sum.Add(in part);
        Assert.Equal((7, 5, "v1"), ((int)sum.Pico(UsageBucket.Input), (int)sum.Pico(UsageBucket.Output), sum.PriceVersion));

        sum.Subtract(in part);
        Assert.Equal((3, 3), ((int)sum.Pico(UsageBucket.Input), (int)sum.TotalPico));
    }

    [Fact]
    public void More_than_there_is_cannot_be_taken_away()
    {
        var (cost, part) = (new Cost("acme", "m1", "v"), new Cost("acme", "m1", "v"));
        cost.Set(UsageBucket.Input, 3);
        part.Set(UsageBucket.Input, 1);
        part.Set(UsageBucket.Output, 1);

        Assert.Throws<ArgumentException>("part", () => cost.Subtract(in part));
        Assert.Equal(3, cost.Pico(UsageBucket.Input));
    }

    [Theory]
    [InlineData(3, "0.005", 1, 15_000_000_000)]
    [InlineData(12_000, "0.09", 1_000_000, 1_080_000_000)]
    [InlineData(1, "0.0000000000005", 1, 0)] // Half a pico-USD: to even.
    [InlineData(3, "0.0000000000005", 1, 2)]
    [InlineData(1, "0.0000000000015", 1, 2)]
    [InlineData(1, "0.0000000000025", 1, 2)]
    [InlineData(1, "0.1", 3_600, 27_777_778)]
    [InlineData(0, "79228162514264337593543950335", 1, 0)]
    public void Cost_at_a_price_of_somebody_elses_is_exact_and_rounded_once(long count, string usd, long units, long pico)
    {
        var cost = new Cost("acme", "m1", "v");
        cost.Add(UsageBucket.DataByte, count, decimal.Parse(usd, CultureInfo.InvariantCulture), units);

        Assert.Equal(pico, (long)cost.Pico(UsageBucket.DataByte));
    }

    [Fact]
    public void Costs_of_a_bucket_add_up_and_one_beyond_belief_adds_nothing()
    {
        var cost = new Cost("acme", "m1", "v");
        cost.Add(UsageBucket.Request, 1, 0.25m);
        cost.Add(UsageBucket.Request, 1, 0.5m);

        Assert.Throws<OverflowException>(() => cost.Add(UsageBucket.Request, long.MaxValue, decimal.MaxValue));
        Assert.Throws<ArgumentOutOfRangeException>("count", () => cost.Add(UsageBucket.Request, -1, 1));
        Assert.Throws<ArgumentOutOfRangeException>("usd", () => cost.Add(UsageBucket.Request, 1, -1));
        Assert.Throws<ArgumentOutOfRangeException>("units", () => cost.Add(UsageBucket.Request, 1, 1, 0));
        Assert.Equal(0.75m, cost.Amount);
    }

    // decimal holds 79,228,162,514,264,337,593,543,950,335 pico-USD; above that the last digits are rounded, nothing is thrown.
    [Fact]
    public void Absurd_amount_is_rounded_and_never_thrown()
    {
        Assert.Equal(79_228_162_514_264_337.593543950335m, Cost.ToUsd((Int128)decimal.MaxValue));
        Assert.Equal(170_141_183_460_469_231_731_687_303.72m, decimal.Round(Cost.ToUsd(Int128.MaxValue), 2));
        Assert.Equal(-1m, Cost.ToUsd(-1_000_000_000_000));
    }
}
