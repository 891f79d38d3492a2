using System.Text.Json;
using LlmTelemetry.Budgets.Tests.Guard;
using LlmTelemetry.TestKit;
using Microsoft.Extensions.Logging;

namespace LlmTelemetry.Budgets.Tests;

public sealed class DailyTokenTrackerTests
{
    private static readonly DateOnly Today = new(2026, 11, 22);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Increments_return_the_new_total_and_stats_say_where_the_day_stands()
    {
        await using var test = new GuardUnderTest(options => options.DailyTokenLimit = 1_000);
        var tracker = test.Guard.DailyTokens;

        Assert.Equal(300, await tracker.IncrementAsync(300, Stop));
        Assert.Equal(400, await tracker.IncrementAsync(100, Stop));
        Assert.Equal(400, await tracker.IncrementAsync(0, Stop));

        var stats = await tracker.GetStatsAsync(Stop);
        Assert.Equal((1_000, new DailyTokenStats(Today, 400, 1_000)), (tracker.DailyTokenLimit, stats));
        Assert.Equal((600, 40d, true), (stats.Remaining, stats.PercentUsed, stats.WithinLimit));
    }

    [Fact]
    public async Task The_limit_is_800_000_unless_another_is_said_and_follows_the_options()
    {
        await using var test = new GuardUnderTest();
        Assert.Equal(800_000, test.Guard.DailyTokens.DailyTokenLimit);

        test.Guard.Change(new BudgetOptions { TimeProvider = test.Time, DailyTokenLimit = 5 });

        Assert.Equal(5, (await test.Guard.DailyTokens.GetStatsAsync(Stop)).Limit);
    }

    [Fact]
    public async Task More_than_the_limit_is_counted_and_is_not_within_it()
    {
        await using var test = new GuardUnderTest(options => options.DailyTokenLimit = 100);
        await test.Guard.DailyTokens.IncrementAsync(250, Stop);

        var stats = await test.Guard.DailyTokens.GetStatsAsync(Stop);

        Assert.Equal((250, 0, 250d, false), (stats.Usage, stats.Remaining, stats.PercentUsed, stats.WithinLimit));
    }

    [Theory]
    [InlineData(600, null, true)]
    [InlineData(601, null, false)]
    [InlineData(0, 400L, true)]
    [InlineData(1, 400L, false)]
    [InlineData(0, 0L, false)]
    [InlineData(long.MaxValue, null, false)]
    [InlineData(long.MaxValue - 400, long.MaxValue, true)]
    public async Task A_check_says_whether_so_many_more_would_stay_within_the_limit_and_holds_nothing(long estimate, long? limit, bool isWithin)
    {
        await using var test = new GuardUnderTest(options => options.DailyTokenLimit = 1_000);
        await test.Guard.DailyTokens.IncrementAsync(400, Stop);

        Assert.Equal(isWithin, await test.Guard.DailyTokens.CheckAsync(estimate, limit, Stop));
        Assert.Equal(isWithin, await test.Guard.DailyTokens.CheckAsync(estimate, limit, Stop));
        Assert.Equal(400, (await test.Guard.DailyTokens.GetStatsAsync(Stop)).Usage);
    }

    [Fact]
    public async Task Negative_numbers_are_refused_and_change_nothing()
    {
        await using var test = new GuardUnderTest();
        var tracker = test.Guard.DailyTokens;

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => tracker.IncrementAsync(-1, Stop));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => tracker.CheckAsync(-1, cancellationToken: Stop));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => tracker.CheckAsync(1, -1, Stop));
        Assert.Equal(0, test.Ledger.Calls);
    }

    [Fact]
    public async Task The_day_begins_anew_at_midnight_of_the_zone()
    {
        await using var test = new GuardUnderTest(options => options.TimeZone = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin"));
        await test.Guard.DailyTokens.IncrementAsync(5, Stop);

        test.Time.Advance(TimeSpan.FromHours(11) - TimeSpan.FromMilliseconds(1));
        Assert.Equal((Today, 5), await UsageAsync(test));
        test.Time.Advance(TimeSpan.FromMilliseconds(1));
        Assert.Equal((Today.AddDays(1), 0), await UsageAsync(test));
        Assert.Equal(2, await test.Guard.DailyTokens.IncrementAsync(2, Stop));
    }

    [Fact]
    public async Task Without_the_store_usage_reads_0_and_stale_checks_say_yes_and_it_is_logged()
    {
        await using var test = new GuardUnderTest(options => options.DailyTokenLimit = 10);
        await test.Guard.DailyTokens.IncrementAsync(10, Stop);
        test.Ledger.OnAll = Trouble.Down;

        Assert.Equal(new DailyTokenStats(Today, 0, 10, IsStale: true), await test.Guard.DailyTokens.GetStatsAsync(Stop));
        Assert.True(await test.Guard.DailyTokens.CheckAsync(1, cancellationToken: Stop));
        Assert.Equal(0, await test.Guard.DailyTokens.IncrementAsync(1, Stop));
        Assert.Contains(test.Log.Lines, line => line.Level == LogLevel.Error && line.Text.Contains("No connection is available", StringComparison.Ordinal));
        Assert.Contains((LogLevel.Debug, "Kept 1 tokens, to add them when the store answers."), test.Log.Lines.Select(line => (line.Level, line.Text)));
        test.Ledger.OnAll = Trouble.None;
        await test.SettledAsync();
    }

    [Fact]
    public async Task A_store_that_others_found_away_is_an_error_of_the_tokens_too()
    {
        await using var test = new GuardUnderTest();
        test.Ledger.OnAll = Trouble.Down;
        for (var i = 0; i < 3; i++)
        {
            await test.Guard.GetQuotaAsync("ada", "free", Stop);
        }

        var asked = test.Ledger.Calls;
        Assert.True((await test.Guard.DailyTokens.GetStatsAsync(Stop)).IsStale);
        Assert.Equal(0, await test.Guard.DailyTokens.IncrementAsync(1, Stop));

        Assert.Equal(asked, test.Ledger.Calls);
        Assert.Single(test.Log.Lines, line => line.Level == LogLevel.Error && line.Text.Contains("the day's tokens read 0", StringComparison.Ordinal) && line.Text.Contains("No connection is available", StringComparison.Ordinal));
        test.Ledger.OnAll = Trouble.None;
        await test.SettledAsync();
    }

    [Theory]
    [InlineData(Trouble.Down)]
    [InlineData(Trouble.DoneThenLost)]
    [InlineData(Trouble.ScriptError)]
    public async Task What_the_store_did_not_take_is_added_once_when_it_is_back(Trouble trouble)
    {
        await using var test = new GuardUnderTest();
        test.Ledger.OnAll = trouble;
        for (var i = 0; i < 10; i++)
        {
            Assert.Equal(0, await test.Guard.DailyTokens.IncrementAsync(7, Stop));
        }

        test.Ledger.OnAll = Trouble.None;
        await test.SettledAsync();

        Assert.Equal(70, (await test.Guard.DailyTokens.GetStatsAsync(Stop)).Usage);
    }

    [Fact]
    public async Task A_late_answer_is_asked_for_again_under_the_same_id_and_does_not_count_twice()
    {
        await using var test = new GuardUnderTest();
        test.Ledger.OnSettle = Trouble.DoneThenSilent;
        var increment = test.Guard.DailyTokens.IncrementAsync(100, Stop);
        await Eventually.HoldsAsync(() => Task.FromResult(test.Ledger.Calls == 1), "the store was asked");
        test.Ledger.OnSettle = Trouble.None;

        Assert.Equal(100, await test.AnsweredAsync(increment));
        Assert.Equal(100, (await test.Guard.DailyTokens.GetStatsAsync(Stop)).Usage);
        Assert.Equal(0, test.Guard.PendingSettlements);
    }

    [Fact]
    public async Task Whoever_stops_waiting_has_counted_all_the_same()
    {
        await using var test = new GuardUnderTest();
        test.Ledger.OnSettle = Trouble.Silent;
        using var impatient = new CancellationTokenSource();
        var increment = test.Guard.DailyTokens.IncrementAsync(100, impatient.Token);
        await Eventually.HoldsAsync(() => Task.FromResult(test.Ledger.Calls == 1), "the store was asked");
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => increment);
        test.Ledger.OnSettle = Trouble.None;

        await Eventually.HoldsAsync(
            async () =>
            {
                test.Time.Advance(TimeSpan.FromMilliseconds(100));
                return (await test.Guard.DailyTokens.GetStatsAsync(Stop)).Usage == 100;
            },
            "it is counted");
    }

    [Fact]
    public async Task Milestones_are_told_once_a_day_by_one_of_all_processes()
    {
        var time = new ManualTime();
        var ledger = new FlakyLedger(time);
        await using var one = new GuardUnderTest(ledger, time, options => options.DailyTokenLimit = 1_000);
        await using var other = new GuardUnderTest(ledger, time, options => options.DailyTokenLimit = 1_000);

        foreach (var tokens in new[] { 499, 1, 100, 200, 50, 99, 1, 49, 1, 500 })
        {
            await one.Guard.DailyTokens.IncrementAsync(tokens - (tokens / 2), Stop);
            await other.Guard.DailyTokens.IncrementAsync(tokens / 2, Stop);
        }

        Assert.Equal(["50 %", "80 %", "90 %", "95 %", "100 %"], Milestones(one, other));
        time.Advance(TimeSpan.FromDays(1));
        await one.Guard.DailyTokens.IncrementAsync(960, Stop);

        // On another day, and the highest alone.
        Assert.Equal(["50 %", "80 %", "90 %", "95 %", "95 %", "100 %"], Milestones(one, other));
    }

    [Fact]
    public async Task Each_read_increment_and_check_is_logged_for_who_debugs()
    {
        await using var test = new GuardUnderTest();
        await test.Guard.DailyTokens.IncrementAsync(7, Stop);
        await test.Guard.DailyTokens.CheckAsync(3, cancellationToken: Stop);
        await test.Guard.DailyTokens.GetStatsAsync(Stop);

        Assert.Equal(
            ["Added 7 tokens to today's: 7 of 800000.", "Checked 3 more tokens against 7 of 800000: within the limit True.", "Tokens of 2026-11-22: 7 of 800000 (stale: False)."],
            test.Log.Lines.Where(line => line.Level == LogLevel.Debug).Select(line => line.Text));
    }

    [Fact]
    public void Stats_are_the_json_that_web_pages_expect()
    {
        Assert.Equal(
            """{"date":"2026-11-22","usage":600000,"limit":800000,"remaining":200000,"percentUsed":75,"withinLimit":true}""",
            JsonSerializer.Serialize(new DailyTokenStats(Today, 600_000, 800_000), JsonSerializerOptions.Web));
        Assert.Equal(
            JsonSerializer.Serialize(new DailyTokenStats(Today, 1, 3, IsStale: true), JsonSerializerOptions.Web), JsonSerializer.Serialize(new DailyTokenStats(Today, 1, 3, IsStale: true)));
        var stale = JsonSerializer.Serialize(new DailyTokenStats(Today, 0, 800_000, IsStale: true), JsonSerializerOptions.Web);
        Assert.EndsWith(""","withinLimit":true,"isStale":true}""", stale, StringComparison.Ordinal);
        Assert.Equal(new DailyTokenStats(Today, 0, 800_000, IsStale: true), JsonSerializer.Deserialize<DailyTokenStats>(stale, JsonSerializerOptions.Web));
    }

    [Fact]
    public async Task It_counts_apart_from_all_limits()
    {
        await using var test = new GuardUnderTest(new BudgetLimit("daily", BudgetUnit.Tokens, 10, BudgetWindow.Day));
        await test.Guard.DailyTokens.IncrementAsync(1_000, Stop);

        await test.AdmittedAsync(GuardUnderTest.Amounts(10));
        Assert.Equal(1_000, (await test.Guard.DailyTokens.GetStatsAsync(Stop)).Usage);
    }

    private static string[] Milestones(params GuardUnderTest[] tests) =>
        [.. tests.SelectMany(test => test.Log.Lines).Where(line => line.Level == LogLevel.Warning && line.Text.Contains("passed", StringComparison.Ordinal))
            .Select(line => line.Text.Split("passed ")[1].Split(" of the")[0]).OrderBy(text => text.Length).ThenBy(text => text, StringComparer.Ordinal)];

    private static async Task<(DateOnly, long)> UsageAsync(GuardUnderTest test)
    {
        var stats = await test.Guard.DailyTokens.GetStatsAsync(Stop);
        return (stats.Date, stats.Usage);
    }
}
