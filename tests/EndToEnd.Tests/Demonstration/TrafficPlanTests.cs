using LlmTelemetry.Demo;

namespace LlmTelemetry.EndToEnd.Tests.Demonstration;

public sealed class TrafficPlanTests
{
    private static readonly DateTimeOffset End = new(2026, 11, 26, 15, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    [Fact]
    public void The_same_day_has_the_same_calls_whenever_it_is_planned()
    {
        var day = new DateTimeOffset(2026, 11, 19, 0, 0, 0, TimeSpan.Zero);
        Assert.Equal(new TrafficPlan(End).Between(day, day.AddDays(1)), new TrafficPlan(End.AddDays(5)).Between(day, day.AddDays(1)));
    }

    [Fact]
    public void Calls_are_the_same_however_time_is_cut()
    {
        var whole = new TrafficPlan(End).Between(End.AddDays(-2), End).ToArray();
        var plan = new TrafficPlan(End);
        Assert.Equal(whole, Enumerable.Range(0, 48).SelectMany(hour => plan.Between(End.AddDays(-2) + (Hour * hour), End.AddDays(-2) + (Hour * (hour + 1)))));
        Assert.Equal(whole.OrderBy(call => call.At), whole);
    }

    [Fact]
    public void A_weekend_is_quiet_and_a_night_too()
    {
        var plan = new TrafficPlan(End);
        var sunday = new DateTimeOffset(2026, 11, 22, 0, 0, 0, TimeSpan.Zero);
        Assert.InRange(plan.Between(sunday, sunday.AddDays(1)).Count() * 3, 100, plan.Between(sunday.AddDays(1), sunday.AddDays(2)).Count());
        var wednesday = sunday.AddDays(3);
        Assert.InRange(plan.Between(wednesday, wednesday + (3 * Hour)).Count() * 3, 10, plan.Between(wednesday + (9 * Hour), wednesday + (12 * Hour)).Count());
    }

    [Fact]
    public void One_day_has_long_prompts()
    {
        var plan = new TrafficPlan(End);
        var bloat = new DateTimeOffset(plan.BloatDay.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero);
        Assert.InRange(MeanPrompt(plan, bloat) / MeanPrompt(plan, bloat.AddDays(-1)), 3, 5);
    }

    [Fact]
    public void A_week_has_every_ending_every_feature_and_everybody()
    {
        var calls = new TrafficPlan(End).Between(End.AddDays(-7), End).ToArray();
        Assert.Equal(Enum.GetValues<Ending>(), calls.Select(call => call.Ending).Distinct().Order());
        Assert.Equal(Feature.All.ToHashSet(), calls.Select(call => call.Feature).ToHashSet());
        Assert.Equal(Person.All.ToHashSet(), calls.Select(call => call.By).ToHashSet());
        Assert.Contains(calls, call => call.CacheRead > 0);
        Assert.All(calls, call => Assert.InRange(call.CacheRead, 0, call.Input));
        Assert.Contains(calls, call => call.IsStream);
    }

    [Fact]
    public void Ten_live_calls_have_what_there_is_to_see()
    {
        var calls = Enumerable.Range(0, 10).Select(new TrafficPlan(End).Live).ToArray();
        Assert.Equal(2, calls.Count(call => call.Feature == Feature.Trial && call.By == Person.Tester && call.Ending == Ending.Answered));
        Assert.Contains(calls, call => call.Feature.Name == "playground" && call.Ending == Ending.Answered);
        Assert.Contains(calls, call => call.Ending == Ending.RateLimited);
    }

    [Theory]
    [InlineData(15)]
    [InlineData(1)]
    public void A_script_runs_away_before_the_end_and_meets_the_providers_limit(int hourOfEnd)
    {
        var plan = new TrafficPlan(End.AddHours(hourOfEnd - 15));
        var burst = plan.Between(plan.Burst.AddTicks(-1), plan.Burst + TimeSpan.FromMinutes(12)).Where(call => call.By.User == Person.Runaway).ToArray();
        Assert.InRange(burst.Length, 200, 300);
        Assert.InRange(burst.Count(call => call.Ending == Ending.RateLimited), 30, 100);
    }

    private static double MeanPrompt(TrafficPlan plan, DateTimeOffset day) => plan.Between(day, day.AddDays(1)).Where(call => call.Feature.Name == Feature.Bloated).Average(call => call.Input);
}
