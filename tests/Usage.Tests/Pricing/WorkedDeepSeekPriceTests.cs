using static LlmTelemetry.Usage.Tests.WorkedPrice;

namespace LlmTelemetry.Usage.Tests;

/// <summary>Prices by date, hour and weekday, worked out by hand from DeepSeek's price page, for 1,000 input and 1,000 output tokens.</summary>
public sealed class WorkedDeepSeekPriceTests
{
    private static readonly InclusiveUsage Thousand = new() { Input = 1_000, Output = 1_000 };

    // V4 Pro: 0.435 and 0.87 until 2026-08-17, then 0.66 and 1.98, and 1.32 and 3.96 in peak hours: 01:00-04:00 and 06:00-10:00 UTC.
    // Per million: 1,305, 2,640 and 5,280. 2026-11-23 is a Monday.
    [Theory]
    [InlineData("2026-05-20T02:00:00Z", 0.001305)] // the flat price, in what are peak hours now
    [InlineData("2026-08-16T23:59:59Z", 0.001305)]
    [InlineData("2026-08-17T00:00:00Z", 0.00264)]
    [InlineData("2026-08-17T01:00:00Z", 0.00528)]
    [InlineData("2026-11-23T00:59:59Z", 0.00264)]
    [InlineData("2026-11-23T01:00:00Z", 0.00528)]
    [InlineData("2026-11-23T03:59:59Z", 0.00528)]
    [InlineData("2026-11-23T04:00:00Z", 0.00264)]
    [InlineData("2026-11-23T06:00:00Z", 0.00528)]
    [InlineData("2026-11-23T09:59:59Z", 0.00528)]
    [InlineData("2026-11-23T18:00:00+08:00", 0.00264)] // 10:00 UTC
    public void Peak_hours_cost_twice_as_much(string when, double usd) =>
        Assert.Equal((decimal)usd, Price("deepseek", "deepseek-v4-pro", when, Thousand).Amount);

    [Theory]
    [InlineData("2026-11-20T06:00:00Z", 0.00528)] // Friday
    [InlineData("2026-11-21T06:00:00Z", 0.00264)] // Saturday
    [InlineData("2026-11-22T01:00:00Z", 0.00264)] // Sunday
    [InlineData("2026-11-22T09:59:59Z", 0.00264)]
    [InlineData("2026-11-23T09:00:00+08:00", 0.00528)] // Monday, 01:00 UTC
    [InlineData("2026-09-05T07:00:00Z", 0.00264)] // Saturday
    public void Weekends_have_no_peak_hours(string when, double usd) =>
        Assert.Equal((decimal)usd, Price("deepseek", "deepseek-v4-pro", when, Thousand).Amount);

    // V4 Flash: 0.14 and 0.28, then 0.22 and 0.66, at peak 0.44 and 1.32. Per million: 420, 880 and 1,760.
    [Theory]
    [InlineData("2026-04-24T02:00:00Z", 0.00042)]
    [InlineData("2026-08-16T23:59:59Z", 0.00042)]
    [InlineData("2026-08-17T00:59:59Z", 0.00088)]
    [InlineData("2026-08-18T06:00:00Z", 0.00176)]
    [InlineData("2026-11-21T06:00:00Z", 0.00088)]
    public void Flat_price_held_until_peak_hours_were_introduced(string when, double usd) =>
        Assert.Equal((decimal)usd, Price("deepseek", "deepseek-v4-flash", when, Thousand).Amount);

    // deepseek-flash (V4.1): 0.15, 0.003 cached, 0.60; twice that at peak. 600 x 0.15 + 400 x 0.003 + 1,000 x 0.60 = 691.2
    [Theory]
    [InlineData("2026-11-22T07:00:00Z", 0.0006912)]
    [InlineData("2026-11-23T07:00:00Z", 0.0013824)]
    public void Cached_input_has_peak_hours_too(string when, double usd) =>
        Assert.Equal((decimal)usd, Price("deepseek", "deepseek-flash", when, new() { Input = 1_000, CacheRead = 400, Output = 1_000 }).Amount);

    // Azure's own prices, whatever the hour: R1 1.35 and 5.40, V4 Pro 1.74 and 3.48. Per million: 6,750 and 5,220.
    [Theory]
    [InlineData("deepseek-r1", "2026-11-23T02:00:00Z", 0.00675)]
    [InlineData("deepseek-r1", "2026-11-23T17:00:00Z", 0.00675)]
    [InlineData("deepseek-v4-pro", "2026-11-23T02:00:00Z", 0.00522)]
    [InlineData("deepseek-v4-pro", "2026-11-23T17:00:00Z", 0.00522)]
    public void Hosted_by_Azure_it_has_no_peak_hours(string model, string when, double usd) =>
        Assert.Equal((decimal)usd, Price("azure", model, when, Thousand).Amount);
}
