using LlmTelemetry.Budgets.Tests.Guard;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.Budgets.Tests;

// The meter's name is everybody's: not beside other gauges.
[Collection(nameof(BudgetGaugesTests))]
public sealed class BudgetGaugesTests
{
    private static readonly BudgetLimit Daily = new("gauged", BudgetUnit.Usd, 5, BudgetWindow.Day, BudgetScope.User);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task They_say_where_each_limit_stands()
    {
        await using var test = Guard(Daily);
        await test.Guard.ChargeAsync("ada", 1, 2, cancellationToken: Stop);
        await test.AdmittedAsync(GuardUnderTest.Amounts(nano: 500_000_000));
        await using var gauges = BudgetGauges.Start(test.Guard);
        using var meter = Recorder();

        await ReadAsync(meter, "llm.budget.spent", 1);

        var spent = Assert.Single(meter.Of("llm.budget.spent"));
        Assert.Equal(2, spent.Value);
        Assert.Equal(
            new Dictionary<string, object?>
            {
                ["llm.budget.name"] = "gauged",
                ["llm.budget.unit"] = "usd",
                ["llm.budget.window"] = "day",
                ["llm.budget.scope"] = "user",
                ["llm.budget.subject"] = "ada",
            },
            spent.Tags);
        Assert.Equal(
            (5, 0.5, 2.5, 12 * 3600),
            (meter.Of("llm.budget.limit")[0].Value, meter.Of("llm.budget.held")[0].Value, meter.Of("llm.budget.remaining")[0].Value, meter.Of("llm.budget.reset")[0].Value));
        test.Time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal((12 * 3600) - 1, meter.Of("llm.budget.reset")[0].Value);
    }

    [Fact]
    public async Task What_is_unlimited_has_no_limit_and_nothing_remaining()
    {
        await using var test = Guard(Daily with { Amount = null });
        await test.Guard.ChargeAsync("ada", 1, 2, cancellationToken: Stop);
        await using var gauges = BudgetGauges.Start(test.Guard);
        using var meter = Recorder();

        await ReadAsync(meter, "llm.budget.spent", 1);

        Assert.Empty(meter.Of("llm.budget.limit"));
        Assert.Empty(meter.Of("llm.budget.remaining"));
    }

    [Fact]
    public async Task The_fullest_subjects_are_named_and_the_others_are_one()
    {
        await using var test = new GuardUnderTest(options => (options.MaxSubjects, _) = (2, Clear(options)), Daily);
        for (var i = 1; i <= 5; i++)
        {
            await test.Guard.ChargeAsync("user" + i, 1, i, cancellationToken: Stop);
        }

        await using var gauges = BudgetGauges.Start(test.Guard);
        using var meter = Recorder();
        await ReadAsync(meter, "llm.budget.spent", 3);

        Assert.Equal([("user5", 5), ("user4", 4), ("_other", 6)], meter.Of("llm.budget.spent").Select(point => ((string)point.Tags["llm.budget.subject"]!, (int)point.Value)));
        Assert.Equal(2, meter.Of("llm.budget.limit").Count);
    }

    [Fact]
    public async Task All_limits_together_stay_below_the_sdks_2000_points()
    {
        await using var test = new GuardUnderTest(
            options => (options.MaxSubjects, _) = (5_000, Clear(options)), [.. Enumerable.Range(0, 4).Select(i => Daily with { Name = "gauged" + i })]);
        for (var i = 0; i < 700; i++)
        {
            await test.Guard.ChargeAsync("user" + i, 1, 1, cancellationToken: Stop);
        }

        await using var gauges = BudgetGauges.Start(test.Guard);
        using var meter = Recorder();
        await ReadAsync(meter, "llm.budget.spent", 1_000);

        var points = meter.Of("llm.budget.spent");
        Assert.InRange(points.Count, 1_900, 1_999);
        Assert.Equal(4 * 700, points.Sum(point => point.Value));
    }

    [Fact]
    public async Task They_follow_the_store_and_are_absent_a_minute_after_it_failed()
    {
        await using var test = Guard(Daily);
        await test.Guard.ChargeAsync("ada", 1, 2, cancellationToken: Stop);
        await using var gauges = BudgetGauges.Start(test.Guard);
        using var meter = Recorder();
        await ReadAsync(meter, "llm.budget.spent", 1);

        await test.Guard.ChargeAsync("ada", 1, 1, cancellationToken: Stop);
        await Eventually.HoldsAsync(
            () =>
            {
                test.Time.Advance(TimeSpan.FromSeconds(15));
                return Task.FromResult(meter.Of("llm.budget.spent") is [{ Value: 3 }]);
            },
            "the gauges follow");
        test.Ledger.OnAll = Trouble.Down;
        test.Time.Advance(TimeSpan.FromSeconds(61));

        await Eventually.HoldsAsync(() => Task.FromResult(meter.Of("llm.budget.spent").Count == 0), "the old values are gone");
    }

    private static GuardUnderTest Guard(params BudgetLimit[] limits) => new(options => Clear(options), limits);

    private static int Clear(BudgetOptions options)
    {
        options.Tiers.Clear();
        return 0;
    }

    private static MeasurementRecorder Recorder() => new("LlmTelemetry.Budgets", "llm.budget.limit", "llm.budget.spent", "llm.budget.held", "llm.budget.remaining", "llm.budget.reset");

    private static Task ReadAsync(MeasurementRecorder meter, string gauge, int points) =>
        Eventually.HoldsAsync(() => Task.FromResult(meter.Of(gauge).Count >= points), $"{gauge} has {points} points");
}
