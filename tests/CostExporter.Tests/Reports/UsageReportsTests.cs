using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter.Tests;

public sealed class UsageReportsTests : IAsyncDisposable
{
    private static readonly DateOnly First = new(2026, 11, 1);
    private static readonly DateOnly Last = new(2026, 11, 30);
    private readonly RowStore _store = new();

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    [Fact]
    public async Task Rows_are_apart_by_the_dimensions_asked_and_the_total_is_their_sum()
    {
        Call("anthropic", "sonnet", "ada", pico: 3_000_000);
        Call("anthropic", "haiku", "ada", pico: 1_000_000);
        Call("openai", "gpt", "bob", pico: 500_000);

        var report = await Query(SpendDimension.User, SpendDimension.Provider);

        Assert.Equal(
            [("ada", "anthropic", 2L, 0.000004m), ("bob", "openai", 1L, 0.0000005m)],
            report.Rows.Select(row => (row[SpendDimension.User], row[SpendDimension.Provider], row.Calls, row.Cost!.Value)));
        Assert.Equal((3L, 0.0000045m), (report.Total.Calls, report.Total.Cost));
        Assert.Null(report.Rows[0][SpendDimension.Model]);
    }

    [Fact]
    public async Task Rows_come_by_cost_then_by_name_and_unknown_cost_last()
    {
        Call("p", "m", "zoe", pico: 5);
        Call("p", "m", "bob", pico: 7);
        Call("p", "m", "ada", pico: 5);
        _store.Add(First, new("p", "m", "eve", null, null), (SpendMeasure.Calls, 1), (SpendMeasure.Unpriced, 1));
        _store.Add(First, new("p", "m", null, null, null), (SpendMeasure.Calls, 1), (SpendMeasure.Cost(UsageBucket.Input), 0));

        var report = await Query(SpendDimension.User);

        Assert.Equal(["bob", "ada", "zoe", null, "eve"], report.Rows.Select(row => row[SpendDimension.User]));
    }

    [Fact]
    public async Task Days_come_in_their_order()
    {
        Call("p", "m", "ada", pico: 1, day: 3);
        Call("p", "m", "ada", pico: 9, day: 20);
        Call("p", "m", "bob", pico: 2, day: 3);

        var report = await Query(SpendDimension.Day, SpendDimension.User);

        Assert.Equal([("2026-11-03", "bob"), ("2026-11-03", "ada"), ("2026-11-20", "ada")], report.Rows.Select(row => (row[SpendDimension.Day], row[SpendDimension.User])));
        Assert.Equal(new DateOnly(2026, 11, 20), report.Rows[2].Day);
    }

    [Theory]
    [InlineData(SpendMeasure.Unpriced)]
    [InlineData(SpendMeasure.Unmeasured)]
    public async Task Cost_is_null_where_no_call_has_a_known_price_and_not_0(byte why)
    {
        _store.Add(First, new("p", "m", "ada", null, null), (SpendMeasure.Calls, 2), (why, 2), (SpendMeasure.UnpricedTokens, 70));
        Assert.Null((await Query()).Total.Cost);

        _store.Add(First, new("p", "free", "ada", null, null), (SpendMeasure.Calls, 1));
        Assert.Equal(0m, (await Query()).Total.Cost);
    }

    [Fact]
    public async Task Tokens_without_calls_and_without_a_price_have_no_cost()
    {
        _store.Add(First, new("p", "m", null, null, null), (SpendMeasure.Usage(UsageBucket.Input), 5), (SpendMeasure.UnpricedTokens, 5));

        Assert.Null((await Query()).Total.Cost);
    }

    [Fact]
    public async Task An_empty_range_costs_0()
    {
        var report = await Query(SpendDimension.User);

        Assert.Empty(report.Rows);
        Assert.Equal((0L, 0m, null), (report.Total.Calls, report.Total.Cost, report.Total.AverageDuration));
    }

    [Fact]
    public async Task Filters_take_exactly_the_value_and_null_the_calls_that_did_not_say()
    {
        Call("p", "m", "ada", pico: 1);
        Call("p", "m", "ADA", pico: 2);
        Call("p", "m", "", pico: 4);
        Call("p", "m", null, pico: 8);

        Assert.Equal(1, await CostWhere("ada"));
        Assert.Equal(4, await CostWhere(""));
        Assert.Equal(8, await CostWhere(null));

        async Task<decimal> CostWhere(string? user) => (await Reports().QueryAsync(
            new() { From = First, To = Last, By = [SpendDimension.Model], Where = new Dictionary<SpendDimension, string?> { [SpendDimension.User] = user } },
            TestContext.Current.CancellationToken)).Total.Cost!.Value * Cost.PicoPerUsd;
    }

    [Fact]
    public async Task Tokens_are_given_by_bucket_and_with_their_cached_and_reasoning_parts()
    {
        _store.Add(
            First,
            new("p", "m", "ada", null, null),
            (SpendMeasure.Calls, 4),
            (SpendMeasure.DurationMicros, 10_000_000),
            (SpendMeasure.Usage(UsageBucket.Input), 100),
            (SpendMeasure.Usage(UsageBucket.CacheRead), 2_000),
            (SpendMeasure.Usage(UsageBucket.Output), 30),
            (SpendMeasure.Usage(UsageBucket.Reasoning), 4),
            (SpendMeasure.Usage(UsageBucket.WebSearch), 5));

        var total = (await Query()).Total;

        Assert.Equal((2_100L, 34L, 2_000L, 5L), (total.InputTokens, total.OutputTokens, total.UsageOf(UsageBucket.CacheRead), total.UsageOf(UsageBucket.WebSearch)));
        Assert.Equal(TimeSpan.FromSeconds(2.5), total.AverageDuration);
    }

    [Fact]
    public async Task Money_past_Int64_pico_is_exact_and_counts_past_Int64_are_refused_rather_than_wrapped()
    {
        _store.Add(First, new("p", "m", "ada", null, null), (SpendMeasure.Calls, 1), (SpendMeasure.Cost(UsageBucket.Input), (Int128)long.MaxValue * 1_000_000), (SpendMeasure.Usage(UsageBucket.Input), (Int128)long.MaxValue + 1));

        var report = await Query();

        Assert.Equal(9_223_372_036_854.775807m, report.Total.Cost);
        Assert.Throws<OverflowException>(() => report.Total.InputTokens);
        Assert.Contains("9,223,372,036,854,775,808", report.ToTable());
        Assert.Contains("\"input_tokens\": 9223372036854775808", report.ToJson());
    }

    [Fact]
    public async Task A_query_that_contradicts_itself_is_refused_with_the_reason()
    {
        await Refused(new() { From = Last, To = First }, "after the last");
        await Refused(new() { From = First, To = Last, By = [(SpendDimension)14] }, "no such dimension");
        await Refused(new() { From = First, To = Last, Where = new Dictionary<SpendDimension, string?> { [SpendDimension.Day] = "2026-11-01" } }, "choose days");

        async Task Refused(UsageReportQuery query, string why) =>
            Assert.Contains(why, (await Assert.ThrowsAnyAsync<ArgumentException>(() => Reports().QueryAsync(query, TestContext.Current.CancellationToken))).Message);
    }

    [Fact]
    public void Today_is_the_day_in_the_ledgers_zone()
    {
        var late = new ManualTime(new DateTimeOffset(2026, 11, 22, 23, 30, 0, TimeSpan.Zero));

        Assert.Equal(new DateOnly(2026, 11, 22), new UsageReports(_store, TimeZoneInfo.Utc, late).Today);
        Assert.Equal(new DateOnly(2026, 11, 23), new UsageReports(_store, TimeZoneInfo.CreateCustomTimeZone("x", TimeSpan.FromHours(5.5), "x", "x"), late).Today);
    }

    private void Call(string provider, string model, string? user, long pico, int day = 1) =>
        _store.Add(First.AddDays(day - 1), new(provider, model, user, null, null), (SpendMeasure.Calls, 1), (SpendMeasure.Cost(UsageBucket.Input), pico));

    private UsageReports Reports() => new(_store, TimeZoneInfo.Utc, new ManualTime());

    private Task<UsageReport> Query(params SpendDimension[] by) => Reports().QueryAsync(new() { From = First, To = Last, By = by }, TestContext.Current.CancellationToken);
}
