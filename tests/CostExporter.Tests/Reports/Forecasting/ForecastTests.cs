using System.Text.Json;

namespace LlmTelemetry.CostExporter.Tests;

public sealed class ForecastTests
{
    private static readonly DateTimeOffset Midnight = new(2026, 11, 22, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Even_days_go_on_evenly()
    {
        await using var ledger = new KeptLedger();
        await ledger.AddAsync(Hours(28 * 24, 1));

        var forecast = await ledger.Reports.ForecastAsync(cancellationToken: TestContext.Current.CancellationToken);

        // A dollar an hour: 12 are spent at noon, and the month has 720 hours.
        Assert.Equal((12m, 24m, 24m, 24m), (forecast.Day.Spent, forecast.Day.Expected, forecast.Day.Low, forecast.Day.High));
        Assert.Equal(((21 * 24) + 12m, 720m), (forecast.Month.Spent, forecast.Month.Expected));
        Assert.Equal((28, new DateOnly(2026, 11, 30)), (forecast.Month.DaysOfHistory, forecast.Month.To));
        Assert.Contains("By 28 finished days", forecast.ToTable());
    }

    [Fact]
    public async Task Too_little_history_is_said_instead_of_a_number()
    {
        await using var ledger = new KeptLedger();
        await ledger.AddAsync(Hours(10 * 24, 1));

        var forecast = await ledger.Reports.ForecastAsync(cancellationToken: TestContext.Current.CancellationToken);

        Assert.NotNull(forecast.Day.Expected);
        Assert.Equal((252m, null, null, null), (forecast.Month.Spent, forecast.Month.Expected, forecast.Month.Low, forecast.Month.High));
        Assert.Equal("Too little to go by: 14 finished days since the first call are needed, and there are 10 (since 2026-11-12).", forecast.Month.TooLittle);
        using var json = JsonDocument.Parse(forecast.ToJson());
        Assert.Equal((JsonValueKind.Null, JsonValueKind.Number), (json.RootElement.GetProperty("month").GetProperty("expected").ValueKind, json.RootElement.GetProperty("day").GetProperty("expected").ValueKind));
        Assert.Contains("unknown", forecast.ToTable());
    }

    [Fact]
    public async Task Empty_ledger_has_no_forecast()
    {
        await using var ledger = new KeptLedger();

        var forecast = await ledger.Reports.ForecastAsync(cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal((0m, null, null), (forecast.Day.Spent, forecast.Day.Expected, forecast.Month.Expected));
        Assert.Contains("there are 0.", forecast.Day.TooLittle);
    }

    [Fact]
    public async Task Forecast_is_never_below_what_is_spent()
    {
        await using var ledger = new KeptLedger();
        await ledger.AddAsync([.. Hours(20 * 24, 1), KeptLedger.Usd(100_000, Midnight.AddHours(1))]);

        var forecast = await ledger.Reports.ForecastAsync(cancellationToken: TestContext.Current.CancellationToken);

        Assert.All([forecast.Day, forecast.Month], period => Assert.True(period.Spent >= 100_012 && period.Low >= period.Spent && period.Expected >= period.Low && period.High >= period.Expected));
    }

    [Fact]
    public async Task Filters_and_unpriced_calls_are_told()
    {
        await using var ledger = new KeptLedger();
        await ledger.AddAsync([.. Hours(20 * 24, 2), .. Hours(20 * 24, 1, "bob"), Calls.Make("bob", Midnight, quality: Usage.CostQuality.Unpriced)]);

        var bob = await ledger.Reports.ForecastAsync(new Dictionary<SpendDimension, string?> { [SpendDimension.User] = "bob" }, cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(24m, bob.Day.Expected);
        Assert.Contains("without what 1 of this month's", bob.ToTable());
    }

    [Fact]
    public async Task Same_ledger_at_the_same_time_gives_the_same_forecast()
    {
        var random = new Random(7);
        var calls = Enumerable.Range(0, 3_000).Select(_ => KeptLedger.Usd(random.Next(1, 90), Midnight.AddHours(-random.Next(60 * 24)), "f" + random.Next(9), user: "u" + random.Next(50))).ToArray();
        await using var ledger = new KeptLedger();
        await using var shuffled = new KeptLedger();
        await ledger.AddAsync(calls);
        random.Shuffle(calls);
        await shuffled.AddAsync(calls);

        Assert.Equal(
            (await ledger.Reports.ForecastAsync(cancellationToken: TestContext.Current.CancellationToken)).ToJson(),
            (await shuffled.Reports.ForecastAsync(cancellationToken: TestContext.Current.CancellationToken)).ToJson());
    }

    [Fact]
    public async Task Conversations_have_no_days_to_go_by()
    {
        await using var ledger = new KeptLedger();

        var refusal = await Assert.ThrowsAsync<ArgumentException>(() => ledger.Reports.ForecastAsync(
            new Dictionary<SpendDimension, string?> { [SpendDimension.Session] = "s" }, cancellationToken: TestContext.Current.CancellationToken));
        Assert.Contains("by the hour", refusal.Message);
    }

    // The last hours until noon of the 22nd, and whole days before.
    private static IEnumerable<Usage.UsageEvent> Hours(int beforeToday, long usd, string user = "alice") =>
        Enumerable.Range(-beforeToday, beforeToday + 12).Select(hour => KeptLedger.Usd(usd, Midnight.AddHours(hour).AddMinutes(30), user: user));
}
