namespace LlmTelemetry.CostExporter.Tests;

/// <summary>Reports that reach further back than rows are kept, or ask for days that rows do not tell: marked or refused, never short in silence.</summary>
public sealed class ReportReachTests
{
    private static readonly DateOnly Today = new(2026, 11, 22);
    private static readonly TimeZoneInfo Tokyo = TimeZoneInfo.FindSystemTimeZoneById("Asia/Tokyo");

    // 400 days before noon of 2026-11-22 are in 2025-10-18; 3,653 days before it in 2016-11-21.
    [Theory]
    [InlineData("2025-10-18", "2026-11-22", true, null)]
    [InlineData("2025-10-17", "2026-11-22", true, "2025-10-18")]
    [InlineData("2025-10-01", "2026-11-22", false, null)] // A month that is kept, and days of this one.
    [InlineData("2025-09-15", "2026-11-22", false, "2025-10-01")] // Days of September are gone, October is whole.
    [InlineData("2016-11-01", "2026-11-22", false, null)]
    [InlineData("2016-10-01", "2026-11-22", false, "2016-11-01")]
    [InlineData("0001-01-01", "9999-12-31", false, "2016-11-01")]
    public async Task Report_that_begins_before_what_is_kept_says_since_when_it_is_complete(string from, string to, bool byDay, string? complete)
    {
        await using var ledger = await ReportLedger.StartAsync();
        ledger.Call(Calls.Noon, 7, new("ada"));

        var report = await ledger.QueryAsync(new() { From = Day(from), To = Day(to), By = byDay ? [SpendDimension.Day] : [] });

        Assert.Equal((7L, complete is null ? (DateOnly?)null : Day(complete)), (report.Total.InputTokens, report.CompleteSince));
        Assert.Contains(complete is null ? "\"complete_since\": null" : $"\"complete_since\": \"{complete}\"", report.ToJson(), StringComparison.Ordinal);
        Assert.Equal(complete is not null, report.ToTable().Contains($"Complete since {complete}: what is before it is not kept any more, or not all of it.", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("2025-10-01", "2025-10-17", "Days are kept for 400 days: the first is 2025-10-18, and the range ends before it, on 2025-10-17. Whole months, not by day, reach back to 2016-11-01.")]
    [InlineData("2016-09-01", "2016-10-31", "Months are kept for 3653 days: the first is 2016-11-01, and the range ends before it, on 2016-10-31.")]
    [InlineData("2024-01-01", "2024-03-15", "and the range ends before it, on 2024-03-15")] // January and February are there; what they are of is not the answer.
    public async Task Report_whose_end_is_not_kept_is_refused_with_what_is(string from, string to, string why)
    {
        await using var ledger = await ReportLedger.StartAsync();

        Assert.Contains(why, await ledger.RefusalAsync(new() { From = Day(from), To = Day(to) }), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metrics_say_it_as_well()
    {
        await using var ledger = await ReportLedger.StartAsync();

        var report = await ledger.Reports.QueryMetricsAsync(new() { From = Day("2016-10-01"), To = Today }, null, TestContext.Current.CancellationToken);

        Assert.Equal(Day("2016-11-01"), report.CompleteSince);
        Assert.Contains("\"complete_since\": \"2016-11-01\"", report.ToJson(), StringComparison.Ordinal);
        Assert.Contains("Complete since 2016-11-01", report.ToTable(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Days_of_another_zone_are_made_of_hours()
    {
        await using var ledger = await ReportLedger.StartAsync();
        ledger.Call(new(2026, 11, 20, 14, 59, 59, TimeSpan.Zero), 1, new("ada")); // The last second of the 20th in Tokyo.
        ledger.Call(new(2026, 11, 20, 15, 0, 0, TimeSpan.Zero), 10, new("ada"));
        ledger.Call(new(2026, 11, 21, 15, 0, 0, TimeSpan.Zero), 100, new("bob"));

        var report = await ledger.QueryAsync(new() { From = new(2026, 11, 20), To = Today, TimeZone = Tokyo, By = [SpendDimension.Day, SpendDimension.User] });
        var one = await ledger.QueryAsync(new() { From = new(2026, 11, 21), To = new(2026, 11, 21), TimeZone = Tokyo });

        Assert.Equal([("2026-11-20", "ada", 1L), ("2026-11-21", "ada", 10L), ("2026-11-22", "bob", 100L)], report.Rows.Select(row => (row[SpendDimension.Day], row[SpendDimension.User], row.InputTokens)));
        Assert.Equal((10L, "Asia/Tokyo", "2026-11-20T15:00:00.0000000+00:00"), (one.Total.InputTokens, one.TimeZone.Id, one.Period.Start.ToUniversalTime().ToString("O")));
    }

    [Fact]
    public async Task Days_of_another_zone_before_the_hours_are_refused_with_the_first_that_can_be_answered()
    {
        await using var ledger = await ReportLedger.StartAsync();

        // Noon less 8 days is 21:00 of the 14th in Tokyo.
        var refusal = await ledger.RefusalAsync(new() { From = new(2026, 11, 14), To = Today, TimeZone = Tokyo });
        Assert.Equal("Days of Asia/Tokyo are made of hours (the ledger's own are those of UTC), which are kept for 8 days: the first whole day is 2026-11-15, and 2026-11-14 is before it.", refusal);
        Assert.Equal(0, (await ledger.QueryAsync(new() { From = new(2026, 11, 15), To = Today, TimeZone = Tokyo })).Total.Calls);
    }

    [Theory]
    [InlineData("Asia/Kolkata")]
    [InlineData("Asia/Kathmandu")]
    [InlineData("Pacific/Chatham")]
    public async Task Days_that_begin_within_an_hour_are_refused_unless_they_are_the_ledgers_own(string zone)
    {
        var timeZone = TimeZoneInfo.FindSystemTimeZoneById(zone);
        await using var utc = await ReportLedger.StartAsync();
        await using var own = await ReportLedger.StartAsync(options => options.TimeZone = timeZone);
        var query = new UsageReportQuery { From = Today, To = Today, TimeZone = timeZone, By = [SpendDimension.Session] };
        var start = ReportPlan.StartOf(Today, timeZone);
        own.Call(start.AddTicks(-1), 1, new("ada", Session: "s"));
        own.Call(start, 10, new("ada", Session: "s"));

        Assert.Contains($"Days of {zone} do not begin on a UTC hour", await utc.RefusalAsync(query), StringComparison.Ordinal);
        Assert.Equal(10, (await own.QueryAsync(query)).Total.InputTokens);
    }

    [Fact]
    public async Task Last_hours_are_told_in_any_zone_and_by_day_only_where_days_begin_on_the_hour()
    {
        var kolkata = TimeZoneInfo.FindSystemTimeZoneById("Asia/Kolkata");
        await using var ledger = await ReportLedger.StartAsync();
        ledger.Call(Calls.Noon, 3, new("ada"));
        var query = ledger.Reports.Last(TimeSpan.FromHours(24), kolkata);

        Assert.Equal("2026-11-21 17:30 to 2026-11-22 18:30 (Asia/Kolkata)", (await ledger.QueryAsync(query)).Period.ToString());
        Assert.Equal(3, (await ledger.QueryAsync(query)).Total.InputTokens);
        Assert.Contains("do not begin on a UTC hour", await ledger.RefusalAsync(query with { By = [SpendDimension.Day] }), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Another_name_of_the_ledgers_zone_is_not_another_zone()
    {
        await using var ledger = await ReportLedger.StartAsync();
        ledger.Call(Calls.Noon.AddDays(-100), 5, new("ada"));

        Assert.Equal(5, (await ledger.QueryAsync(new() { From = Today.AddDays(-100), To = Today, TimeZone = TimeZoneInfo.FindSystemTimeZoneById("Etc/UTC") })).Total.InputTokens);
    }

    [Fact]
    public async Task Hours_that_are_gone_by_the_time_of_asking_are_refused()
    {
        await using var ledger = await ReportLedger.StartAsync();
        var query = ledger.Reports.Last(TimeSpan.FromDays(8));
        ledger.Time.Advance(TimeSpan.FromHours(1));

        Assert.Equal("Hours are kept for 8 days: the first is that of 2026-11-14 13:00 UTC, and 2026-11-14 12:00 is before it.", await ledger.RefusalAsync(query));
    }

    private static DateOnly Day(string text) => DateOnly.ParseExact(text, "yyyy-MM-dd");
}
