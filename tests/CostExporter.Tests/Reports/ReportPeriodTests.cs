using System.Globalization;

namespace LlmTelemetry.CostExporter.Tests;

/// <summary>What time a report is of, worked out by hand from the zones' clock changes.</summary>
public sealed class ReportPeriodTests
{
    [Theory]
    [InlineData("UTC", "2026-11-22", "2026-11-22T00:00:00+00:00", "2026-11-23T00:00:00+00:00")]
    [InlineData("Asia/Kolkata", "2026-11-22", "2026-11-22T00:00:00+05:30", "2026-11-23T00:00:00+05:30")]
    [InlineData("Europe/Berlin", "2026-03-29", "2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00")] // 23 hours.
    [InlineData("Europe/Berlin", "2026-10-25", "2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00")] // 25 hours.
    [InlineData("America/Sao_Paulo", "2018-11-04", "2018-11-04T01:00:00-02:00", "2018-11-05T00:00:00-02:00")] // There was no midnight.
    [InlineData("America/Sao_Paulo", "2018-02-17", "2018-02-17T00:00:00-02:00", "2018-02-18T00:00:00-03:00")] // From midnight back to 23:00: it is the 17th once more.
    [InlineData("Asia/Beirut", "2022-03-27", "2022-03-27T01:00:00+03:00", "2022-03-28T00:00:00+03:00")]
    [InlineData("Africa/Cairo", "2024-04-26", "2024-04-26T01:00:00+03:00", "2024-04-27T00:00:00+03:00")]
    [InlineData("America/Havana", "2026-11-01", "2026-11-01T00:00:00-04:00", "2026-11-02T00:00:00-05:00")] // From 1:00 back to midnight.
    [InlineData("Australia/Lord_Howe", "2026-04-05", "2026-04-05T00:00:00+11:00", "2026-04-06T00:00:00+10:30")]
    [InlineData("Pacific/Apia", "2011-12-31", "2011-12-31T00:00:00+14:00", "2012-01-01T00:00:00+14:00")] // The day before was left out.
    [InlineData("UTC", "9999-12-31", "9999-12-31T00:00:00+00:00", "9999-12-31T23:59:59.9999999+00:00")]
    public void Day_begins_and_ends_where_the_clocks_of_its_zone_say(string zone, string day, string start, string end)
    {
        var date = DateOnly.ParseExact(day, "yyyy-MM-dd", CultureInfo.InvariantCulture);

        var period = ReportRange.PeriodOf(date, date, TimeZoneInfo.FindSystemTimeZoneById(zone), Calls.Noon);

        Assert.Equal((start, end), (Text(period.Start), Text(period.End)));
        Assert.Equal((date, date, false), (period.From, period.To, period.IsOfHours));
    }

    [Fact]
    public async Task Current_periods_are_whole_and_say_how_much_of_them_has_passed()
    {
        // Noon of the 22nd of November in UTC is 21:00 in Tokyo: 21 of 24 hours, 21.875 of 30 days, and 325.875 of 365.
        await using var ledger = await ReportLedger.StartAsync(options => options.TimeZone = TimeZoneInfo.FindSystemTimeZoneById("Asia/Tokyo"));

        var (day, month, year) = (await PeriodAsync(ledger.Reports.ThisDay()), await PeriodAsync(ledger.Reports.ThisMonth()), await PeriodAsync(ledger.Reports.ThisYear()));

        Assert.Equal(("2026-11-22T00:00:00+09:00", "2026-11-23T00:00:00+09:00", 0.875m), (Text(day.Start), Text(day.End), day.Elapsed));
        Assert.Equal(("2026-11-01T00:00:00+09:00", "2026-12-01T00:00:00+09:00", 0.729167m), (Text(month.Start), Text(month.End), month.Elapsed));
        Assert.Equal(("2026-01-01T00:00:00+09:00", "2027-01-01T00:00:00+09:00", 0.892808m), (Text(year.Start), Text(year.End), year.Elapsed));
        Assert.Equal("2026-11-01 to 2026-11-30 (Asia/Tokyo)", month.ToString());

        async Task<ReportPeriod> PeriodAsync(UsageReportQuery query) => (await ledger.QueryAsync(query)).Period;
    }

    [Fact]
    public async Task Current_day_is_that_of_the_zone_asked_for()
    {
        await using var ledger = await ReportLedger.StartAsync();
        var auckland = TimeZoneInfo.FindSystemTimeZoneById("Pacific/Auckland"); // 13 hours ahead.

        Assert.Equal((new DateOnly(2026, 11, 22), new DateOnly(2026, 11, 23)), (ledger.Reports.ThisDay().From, ledger.Reports.ThisDay(auckland).From));
    }

    [Fact]
    public async Task Year_ends_with_its_last_day_in_the_zone()
    {
        // Half past midnight in Berlin is still the old year in UTC.
        var now = new DateTimeOffset(2026, 12, 31, 23, 30, 0, TimeSpan.Zero);
        await using var ledger = await ReportLedger.StartAsync("sqlite::memory:", now, options => options.TimeZone = TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin"));
        ledger.Call(now.AddMinutes(-31), 1, new("ada"));
        ledger.Call(now, 10, new("ada"));

        Assert.Equal((10L, new DateOnly(2027, 1, 1)), (await TokensAsync(ledger.Reports.ThisYear()), ledger.Reports.ThisYear().From));
        Assert.Equal(1, await TokensAsync(new() { From = new(2026, 1, 1), To = new(2026, 12, 31) }));
        Assert.Equal(10, await TokensAsync(ledger.Reports.ThisMonth()));

        async Task<long> TokensAsync(UsageReportQuery query) => (await ledger.QueryAsync(query)).Total.InputTokens;
    }

    [Fact]
    public async Task Last_hours_are_whole_hours_and_say_since_when()
    {
        await using var ledger = await ReportLedger.StartAsync("sqlite::memory:", Calls.Noon.AddMinutes(34));
        ledger.Call(Calls.Noon.AddDays(-1).AddTicks(-1), 1, new("ada"));
        ledger.Call(Calls.Noon.AddDays(-1), 10, new("ada"));
        ledger.Call(Calls.Noon.AddMinutes(34), 100, new("ada"));

        var report = await ledger.QueryAsync(ledger.Reports.Last(TimeSpan.FromHours(24)) with { By = [SpendDimension.Day] });

        Assert.Equal(110, report.Total.InputTokens);
        Assert.Equal([(new DateOnly(2026, 11, 21), 10L), (new DateOnly(2026, 11, 22), 100L)], report.Rows.Select(row => (row.Day!.Value, row.InputTokens)));
        Assert.Equal(("2026-11-21T12:00:00+00:00", "2026-11-22T13:00:00+00:00", true), (Text(report.Period.Start), Text(report.Period.End), report.Period.IsOfHours));
        Assert.Equal("2026-11-21 12:00 to 2026-11-22 13:00 (UTC)", report.Period.ToString());
        Assert.Equal(0.982667m, report.Period.Elapsed); // 24 h 34 min of 25 h.
    }

    [Theory]
    [InlineData(7 * 24, true)]
    [InlineData(8 * 24, true)]
    [InlineData((8 * 24) + 1, false)]
    [InlineData(30 * 24, false)]
    public async Task Last_time_that_is_longer_than_hours_are_kept_is_of_days(int hours, bool isOfHours)
    {
        await using var ledger = await ReportLedger.StartAsync();

        var period = (await ledger.QueryAsync(ledger.Reports.Last(TimeSpan.FromHours(hours)))).Period;

        Assert.Equal(isOfHours, period.IsOfHours);
        Assert.True(period.Start <= Calls.Noon.AddHours(-hours));
        Assert.Equal(isOfHours ? Calls.Noon.AddHours(-hours) : Calls.Noon.AddHours(-hours).AddHours(-Calls.Noon.AddHours(-hours).Hour), period.Start);
    }

    [Fact]
    public async Task Less_than_an_hour_and_more_than_there_are_days_are_refused()
    {
        await using var ledger = await ReportLedger.StartAsync();

        Assert.Throws<ArgumentOutOfRangeException>(() => ledger.Reports.Last(TimeSpan.FromMinutes(59)));
        Assert.Throws<ArgumentOutOfRangeException>(() => ledger.Reports.Last(TimeSpan.MaxValue));
    }

    private static string Text(DateTimeOffset time) => time.ToString("yyyy-MM-dd'T'HH:mm:ss.FFFFFFFzzz", CultureInfo.InvariantCulture);
}
