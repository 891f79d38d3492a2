using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter.Tests;

/// <summary>What is worked out from a row's sums, by hand.</summary>
public sealed class RowFigureTests
{
    private static readonly DateOnly Today = new(2026, 11, 22);

    [Fact]
    public void Averages_are_of_the_calls_that_they_are_known_of()
    {
        // 10 calls: 6 priced, 2 unpriced, 2 that told no usage; 1 failed, 1 cancelled, 1 abandoned; 2 whose duration nobody said.
        var row = Row(
            (SpendMeasure.Calls, 10), (SpendMeasure.Failed, 1), (SpendMeasure.Cancelled, 1), (SpendMeasure.Abandoned, 1),
            (SpendMeasure.Unpriced, 2), (SpendMeasure.Unmeasured, 2), (SpendMeasure.UnpricedTokens, 500),
            (SpendMeasure.DurationMicros, 12_000_000), (SpendMeasure.Untimed, 2),
            (SpendMeasure.Usage(UsageBucket.Input), 2_000), (SpendMeasure.Usage(UsageBucket.CacheRead), 1_000), (SpendMeasure.Usage(UsageBucket.Output), 500),
            (SpendMeasure.Cost(UsageBucket.Input), 4_000_000_000), (SpendMeasure.Cost(UsageBucket.WebSearch), 10_000_000_000));

        Assert.Equal((7L, TimeSpan.FromSeconds(1.5)), (row.Succeeded, row.AverageDuration)); // 12 s / 8.
        Assert.Equal(0.002333333333m, row.AverageCost); // 0.014 USD / 6.
        Assert.Equal(437.5m, row.AverageTokens); // 3,500 / 8.
        Assert.Equal(0.004666666667m, row.CostPer1KTokens); // 0.014 USD / 3,000 x 1,000.
        Assert.Equal((0.333333m, 0.2m, 0.142857m), (row.CacheHitRatio, row.UnpricedShare, row.UnpricedTokenShare));
    }

    [Fact]
    public void Where_there_is_nothing_to_divide_by_there_is_no_figure()
    {
        var row = Row();

        Assert.All(DerivedFigures.All, figure => Assert.Null(figure.Of(row)));
        Assert.Equal((0L, 0m), (row.Succeeded, row.Cost));
    }

    [Fact]
    public void Unpriced_calls_alone_have_shares_and_no_averages_of_cost()
    {
        var row = Row((SpendMeasure.Calls, 2), (SpendMeasure.Unpriced, 2), (SpendMeasure.UnpricedTokens, 90), (SpendMeasure.Usage(UsageBucket.Output), 90));

        Assert.Equal((null, null, null), (row.Cost, row.AverageCost, row.CostPer1KTokens));
        Assert.Equal((1m, 1m, 45m), (row.UnpricedShare, row.UnpricedTokenShare, row.AverageTokens));
    }

    [Fact]
    public void Free_calls_cost_0_on_the_average()
    {
        var row = Row((SpendMeasure.Calls, 2), (SpendMeasure.Usage(UsageBucket.Output), 90));

        Assert.Equal((0m, 0m, 0m), (row.Cost, row.AverageCost, row.CostPer1KTokens));
    }

    [Fact]
    public void Cached_tokens_of_every_kind_are_in_the_hit_ratio()
    {
        var row = Row(
            (SpendMeasure.Usage(UsageBucket.Input), 60), (SpendMeasure.Usage(UsageBucket.CacheRead), 10), (SpendMeasure.Usage(UsageBucket.CacheAudioRead), 10),
            (SpendMeasure.Usage(UsageBucket.CacheImageRead), 10), (SpendMeasure.Usage(UsageBucket.CacheVideoRead), 10), (SpendMeasure.Usage(UsageBucket.Output), 1_000));

        Assert.Equal(0.4m, row.CacheHitRatio);
    }

    [Fact]
    public void Hits_of_the_applications_cache_are_a_part_of_all_answers() =>
        Assert.Equal(0.25m, Row((SpendMeasure.Calls, 3), (SpendMeasure.CacheHits, 1)).AppCacheHitRatio);

    [Theory]
    [InlineData(100, 300, 1_000, 300, 0, 2_700L)] // 3 pico a token: 1,000 read for 300 in place of 3,000.
    [InlineData(100, 301, 1_000, 300, 0, null)] // Two prices are in it.
    [InlineData(100, 300, 1_000, 301, 0, 2_699L)]
    [InlineData(0, 0, 1_000, 300, 0, null)] // No plain input to compare with.
    [InlineData(100, 300, 0, 0, 0, null)] // Nothing read.
    [InlineData(100, 300, 1_000, 300, 1, null)] // Not all of it is priced.
    public void What_cached_input_saved_is_told_only_where_the_row_tells_its_price(int plain, int paid, int read, int paidRead, int unpriced, long? pico)
    {
        var row = Row(
            (SpendMeasure.Usage(UsageBucket.Input), plain), (SpendMeasure.Cost(UsageBucket.Input), paid),
            (SpendMeasure.Usage(UsageBucket.CacheRead), read), (SpendMeasure.Cost(UsageBucket.CacheRead), paidRead), (SpendMeasure.UnpricedTokens, unpriced));

        Assert.Equal(pico is { } saved ? Cost.ToUsd(saved) : null, row.CacheReadSaved);
    }

    [Theory]
    [InlineData(UsageBucket.Input)]
    [InlineData(UsageBucket.AudioSecond)]
    public async Task Increments_alone_whose_price_is_not_known_do_not_cost_0(UsageBucket bucket)
    {
        await using var ledger = await ReportLedger.StartAsync();
        var usage = default(CallUsage);
        usage[bucket] = 30;
        var part = new UsageEvent { CallId = Guid.NewGuid(), EndedAt = Calls.Noon, Operation = "session", Provider = "p", ResponseModel = "m", Calls = 0, Attribution = new("ada", Session: "s1") };
        part.SetUsage(in usage);
        ledger.Publish(in part);

        var report = await ledger.QueryAsync(new() { From = Today, To = Today, By = [SpendDimension.User] });
        var session = (await ledger.Reports.GetSessionAsync("s1", TestContext.Current.CancellationToken))!.Report.Total;

        Assert.Equal((0L, null, null), (report.Rows[0].Calls, report.Rows[0].Cost, session.Cost));
        Assert.Contains("unknown", report.ToTable(), StringComparison.Ordinal);
        Assert.Contains("and 1 later part of calls whose price is not known", report.ToTable(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Calls_without_a_duration_have_no_part_in_its_mean()
    {
        await using var ledger = await ReportLedger.StartAsync();
        ledger.Call(Calls.Noon, 1, new("ada"));
        var timed = Calls.Make();
        ledger.Publish(in timed); // 1.5 ms.

        Assert.Equal(TimeSpan.FromMilliseconds(1.5), (await ledger.QueryAsync(new() { From = Today, To = Today })).Total.AverageDuration);
    }

    private static UsageReportRow Row(params (byte Measure, Int128 Amount)[] amounts)
    {
        var measures = new SpendMeasures();
        foreach (var (measure, amount) in amounts)
        {
            measures.Add(measure, amount);
        }

        return new UsageReportRow(default, null, measures);
    }
}
