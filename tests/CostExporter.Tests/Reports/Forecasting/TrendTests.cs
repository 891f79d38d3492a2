using System.Text.Json;

namespace LlmTelemetry.CostExporter.Tests;

public sealed class TrendTests
{
    private static readonly DateOnly Today = new(2026, 11, 22);
    private static readonly DateTimeOffset Midnight = new(2026, 11, 22, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Day_under_way_is_compared_with_yesterday_until_the_same_hour()
    {
        await using var ledger = new KeptLedger();
        await ledger.AddAsync(
            KeptLedger.Usd(30, Midnight.AddHours(3)), KeptLedger.Usd(100, Midnight.AddHours(12)),
            KeptLedger.Usd(20, Midnight.AddHours(-20)), KeptLedger.Usd(500, Midnight.AddHours(-5)));

        var trend = await ledger.Reports.TrendAsync(new() { From = Today, To = Today }, TestContext.Current.CancellationToken);

        // What was spent since 12:00 has no counterpart yet; nor has yesterday's evening.
        Assert.Equal((30m, 20m, 10m, 50.0), (trend.Total.Cost.Current, trend.Total.Cost.Previous, trend.Total.Cost.Change, trend.Total.Cost.Percent));
        Assert.Equal((1m, 1m, 0m, 0.0), (trend.Total.Calls.Current, trend.Total.Calls.Previous, trend.Total.Calls.Change, trend.Total.Calls.Percent));
        Assert.Contains("2026-11-22 until 12:00 beside 2026-11-21 until 12:00 (UTC)", trend.ToTable());
        Assert.Contains("same time of the clock", trend.Basis);
    }

    [Fact]
    public async Task Rows_are_joined_by_name_and_what_changed_most_comes_first()
    {
        await using var ledger = new KeptLedger();
        var (now, before) = (Midnight.AddDays(-1), Midnight.AddDays(-3));
        await ledger.AddAsync(
            KeptLedger.Usd(10, now, "chat"), KeptLedger.Usd(9, before, "chat"), KeptLedger.Usd(7, now, "new"), KeptLedger.Usd(40, before, "gone"),
            Calls.Make(at: now, feature: "free", quality: Usage.CostQuality.Unpriced), KeptLedger.Usd(1, before, "free"));

        var trend = await ledger.Reports.TrendAsync(new() { From = Today.AddDays(-2), To = Today.AddDays(-1), By = [SpendDimension.Feature] }, TestContext.Current.CancellationToken);

        Assert.Equal(
            [("gone", 0m, 40m, -100.0), ("new", 7m, 0m, null), ("chat", 10m, 9m, 11.11), ("free", null, 1m, (double?)null)],
            trend.Rows.Select(row => (row.Current[SpendDimension.Feature], row.Cost.Current, row.Cost.Previous, row.Cost.Percent)));
        Assert.Equal((17m, 50m, -66.0), (trend.Total.Cost.Current, trend.Total.Cost.Previous, trend.Total.Cost.Percent));
        Assert.Contains("calls whose price is not known: 1, and 0 before", trend.ToTable());
    }

    [Fact]
    public async Task Month_under_way_is_compared_by_its_finished_days()
    {
        await using var ledger = new KeptLedger();
        await ledger.AddAsync(
            KeptLedger.Usd(5, Midnight), KeptLedger.Usd(11, Midnight.AddDays(-1)), KeptLedger.Usd(10, Midnight.AddDays(-32)), KeptLedger.Usd(99, Midnight.AddDays(-31)));

        var trend = await ledger.Reports.TrendAsync(new() { From = new(2026, 11, 1), To = new(2026, 11, 30) }, TestContext.Current.CancellationToken);

        Assert.Equal((11m, 10m, 10.0), (trend.Total.Cost.Current, trend.Total.Cost.Previous, trend.Total.Cost.Percent));
    }

    [Fact]
    public async Task Json_has_null_where_nothing_can_be_said()
    {
        await using var ledger = new KeptLedger();
        await ledger.AddAsync(KeptLedger.Usd(5, Midnight.AddDays(-1)));

        using var json = JsonDocument.Parse((await ledger.Reports.TrendAsync(new() { From = Today.AddDays(-1), To = Today.AddDays(-1) }, TestContext.Current.CancellationToken)).ToJson());
        var cost = json.RootElement.GetProperty("total").GetProperty("cost");

        Assert.Equal((5m, 0m, 5m, JsonValueKind.Null), (cost.GetProperty("current").GetDecimal(), cost.GetProperty("previous").GetDecimal(), cost.GetProperty("change").GetDecimal(), cost.GetProperty("percent").ValueKind));
        Assert.Equal("2026-11-20", json.RootElement.GetProperty("previous").GetProperty("from").GetString());
    }

    [Fact]
    public async Task Trend_by_day_is_refused()
    {
        await using var ledger = new KeptLedger();

        var refusal = await Assert.ThrowsAsync<ArgumentException>(() => ledger.Reports.TrendAsync(new() { From = Today, To = Today, By = [SpendDimension.Day] }, TestContext.Current.CancellationToken));
        Assert.Contains("not by day", refusal.Message);
    }
}
