namespace LlmTelemetry.CostExporter.Tests;

/// <summary>Which periods the gauges show, and when they are over.</summary>
public sealed class LedgerPeriodTests
{
    private const int Hour = 3600;

    [Theory]
    [InlineData("UTC", "2026-11-22T12:20:30Z", 12 * Hour, 39.5 * 60, 11.658333333)]
    [InlineData("Asia/Kolkata", "2026-11-22T18:45:00Z", 18 * Hour, 15 * 60, 23.75)] // Its day began within this UTC hour.
    [InlineData("Europe/Berlin", "2026-03-29T00:30:00Z", 0, 30 * 60, 21.5)] // 01:30, half an hour before clocks go forward: the day has 23 hours.
    [InlineData("Europe/Berlin", "2026-03-28T23:00:00Z", 23 * Hour, Hour, 23)]
    [InlineData("Europe/Berlin", "2026-10-24T22:00:00Z", 22 * Hour, Hour, 25)] // Midnight of the day on which they go back.
    [InlineData("Africa/Cairo", "2026-04-23T12:00:00Z", 12 * Hour, Hour, 10)] // Tomorrow begins at 01:00: there is no midnight.
    [InlineData("Africa/Cairo", "2026-10-29T20:30:00Z", 20 * Hour, 30 * 60, 1.5)] // 23:30, once more from 23:00 on in half an hour.
    public void Each_ends_when_its_figures_begin_anew(string zone, string now, int startsAtSecond, double hourEnds, double dayEndsHours)
    {
        var at = DateTimeOffset.Parse(now);
        var periods = LedgerPeriod.At(at, TimeZoneInfo.FindSystemTimeZoneById(zone));

        Assert.Equal(["hour", "day", "month"], periods.Select(period => period.Name));
        Assert.Equal(startsAtSecond, periods[0].Start.TimeOfDay.TotalSeconds);
        Assert.Equal(hourEnds, (periods[0].End - at).TotalSeconds, 6);
        Assert.Equal(dayEndsHours, (periods[1].End - at).TotalHours, 6);
    }

    [Theory]
    [InlineData("UTC")]
    [InlineData("Europe/Berlin")]
    [InlineData("Asia/Kolkata")]
    [InlineData("Africa/Cairo")]
    [InlineData("America/Havana")]
    [InlineData("Pacific/Kiritimati")]
    public void A_day_and_a_month_end_with_the_first_moment_that_the_ledger_books_elsewhere(string id)
    {
        var zone = TimeZoneInfo.FindSystemTimeZoneById(id);
        var days = new LocalDays(zone);
        for (var at = new DateTimeOffset(2026, 1, 1, 0, 7, 0, TimeSpan.Zero); at.Year == 2026; at = at.AddHours(5))
        {
            var (day, month) = (LedgerPeriod.At(at, zone)[1], LedgerPeriod.At(at, zone)[2]);
            Assert.True(day.End > at && month.End >= day.End, $"{at:O}: {day}, {month}");
            Assert.Equal(DateOnly.FromDateTime(day.Start.DateTime), days.Of(day.End.AddTicks(-1)).Day);
            Assert.NotEqual(DateOnly.FromDateTime(day.Start.DateTime), days.Of(day.End).Day);
            Assert.Equal(month.Start.Month, days.Of(month.End.AddTicks(-1)).Day.Month);
            Assert.Equal(1, days.Of(month.End).Day.Day);
        }
    }

    [Fact]
    public void Where_clocks_were_put_back_over_midnight_the_day_ends_the_second_time()
    {
        // Until 2011 St. John's put its clocks back at 00:01: the last hour of the day came twice, with a minute of the next one in between.
        var zone = TimeZoneInfo.FindSystemTimeZoneById("America/St_Johns");
        var again = new DateTimeOffset(2010, 11, 7, 2, 45, 0, TimeSpan.Zero);
        Assert.Equal(new DateTime(2010, 11, 6, 23, 15, 0), TimeZoneInfo.ConvertTime(again, zone).DateTime);

        Assert.Equal(new DateTimeOffset(2010, 11, 7, 3, 30, 0, TimeSpan.Zero), LedgerPeriod.At(again, zone)[1].End);
    }
}
