namespace LlmTelemetry.CostExporter.Tests;

public sealed class TrendPlanTests
{
    private static readonly TimeZoneInfo Berlin = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin");

    [Theory]

    // Over: the whole periods. A whole month has the month before, whatever their lengths.
    [InlineData("2026-10-01", "2026-10-31", "2026-10-01..2026-10-31", "2026-09-01..2026-09-30")]
    [InlineData("2026-01-01", "2026-03-31", "2026-01-01..2026-03-31", "2025-10-01..2025-12-31")]
    [InlineData("2026-10-05", "2026-10-11", "2026-10-05..2026-10-11", "2026-09-28..2026-10-04")]

    // Under way: until the same hour where the hours of the day before are kept (since the 14th), else the finished days.
    [InlineData("2026-11-22", "2026-11-22", "2026-11-22..2026-11-22<12", "2026-11-21..2026-11-21<12")]
    [InlineData("2026-11-16", "2026-11-22", "2026-11-16..2026-11-22<12", "2026-11-09..2026-11-15<12")]
    [InlineData("2026-11-09", "2026-11-22", "2026-11-09..2026-11-21", "2026-10-26..2026-11-07")]
    [InlineData("2026-11-01", "2026-11-30", "2026-11-01..2026-11-21", "2026-10-01..2026-10-21")]
    [InlineData("2026-01-01", "2026-12-31", "2026-01-01..2026-11-21", "2025-01-01..2025-11-21")]
    public void Period_is_compared_with_the_same_part_of_the_one_before(string from, string to, string current, string previous)
    {
        var plan = TrendPlan.Of(DateOnly.Parse(from), DateOnly.Parse(to), new(2026, 11, 22, 12, 40, 0, TimeSpan.Zero), new(2026, 11, 14), TimeZoneInfo.Utc);

        Assert.Equal((current, previous), (Text(plan.Current), Text(plan.Previous)));
    }

    [Fact]
    public void Longer_month_is_compared_as_far_as_the_one_before_reaches()
    {
        var plan = TrendPlan.Of(new(2026, 3, 1), new(2026, 3, 31), new(2026, 3, 31, 12, 0, 0, TimeSpan.Zero), new(2026, 3, 23), TimeZoneInfo.Utc);

        Assert.Equal(("2026-03-01..2026-03-28", "2026-02-01..2026-02-28"), (Text(plan.Current), Text(plan.Previous)));
        Assert.Contains("shorter", plan.Basis);
    }

    [Fact]
    public void Same_time_is_that_of_the_clock_where_clocks_were_changed_in_between()
    {
        // On 25 October clocks went back at 3: 12:00 is 11:00 UTC, and the day before it was 10:00 UTC.
        var plan = TrendPlan.Of(new(2026, 10, 25), new(2026, 10, 25), new(2026, 10, 25, 11, 30, 0, TimeSpan.Zero), new(2026, 10, 1), Berlin);

        Assert.Equal((11, 10), (plan.Current.Until!.Value.UtcDateTime.Hour, plan.Previous.Until!.Value.UtcDateTime.Hour));
    }

    [Fact]
    public void First_hour_of_a_period_has_nothing_to_compare_and_says_so()
    {
        var plan = TrendPlan.Of(new(2026, 11, 22), new(2026, 11, 22), new(2026, 11, 22, 0, 40, 0, TimeSpan.Zero), new(2026, 11, 14), TimeZoneInfo.Utc);

        Assert.True(plan.Current.IsEmpty && plan.Previous.IsEmpty);
        Assert.Contains("Nothing can be compared yet", plan.Basis);
    }

    [Theory]
    [InlineData("2026-12-01", "2026-12-31", "has not come yet")]
    [InlineData("0001-01-03", "2026-12-31", "no period before")]
    [InlineData("0001-01-01", "0001-01-31", "no period before")]
    public void Period_that_has_none_beside_it_is_refused(string from, string to, string why) =>
        Assert.Contains(why, Assert.Throws<ArgumentException>(() => TrendPlan.Of(DateOnly.Parse(from), DateOnly.Parse(to), new(2026, 11, 22, 12, 40, 0, TimeSpan.Zero), default, TimeZoneInfo.Utc)).Message);

    private static string Text(TrendSpan span) => $"{span.From:yyyy-MM-dd}..{span.To:yyyy-MM-dd}{(span.Until is { } until ? $"<{until.Hour}" : "")}";
}
