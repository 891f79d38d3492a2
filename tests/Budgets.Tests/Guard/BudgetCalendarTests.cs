using System.Globalization;

namespace LlmTelemetry.Budgets.Tests.Guard;

public sealed class BudgetCalendarTests
{
    [Theory]
    [InlineData("UTC", "2026-11-23T10:00:00Z", "2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z")]
    [InlineData("UTC", "2026-11-23T00:00:00Z", "2026-11-23T00:00:00Z", "2026-11-24T00:00:00Z")]
    [InlineData("Europe/Berlin", "2026-11-22T23:30:00Z", "2026-11-22T23:00:00Z", "2026-11-23T23:00:00Z")]
    [InlineData("Europe/Berlin", "2026-03-29T12:00:00Z", "2026-03-28T23:00:00Z", "2026-03-29T22:00:00Z")] // 23 hours
    [InlineData("Europe/Berlin", "2026-10-25T12:00:00Z", "2026-10-24T22:00:00Z", "2026-10-25T23:00:00Z")] // 25 hours
    [InlineData("Asia/Kolkata", "2026-11-23T18:29:59Z", "2026-11-22T18:30:00Z", "2026-11-23T18:30:00Z")]
    [InlineData("Africa/Cairo", "2026-04-24T12:00:00Z", "2026-04-23T22:00:00Z", "2026-04-24T21:00:00Z")] // Begins at one o'clock.
    [InlineData("America/Santiago", "2026-04-05T02:59:00Z", "2026-04-04T03:00:00Z", "2026-04-05T04:00:00Z")] // Goes back from midnight.
    public void A_day_is_the_zone_s(string zone, string now, string start, string end) => Is(BudgetWindow.Day, zone, now, start, end);

    [Theory]
    [InlineData("UTC", "2026-11-23T10:00:00Z", "2026-11-01T00:00:00Z", "2026-12-01T00:00:00Z")]
    [InlineData("UTC", "2026-12-31T23:59:59Z", "2026-12-01T00:00:00Z", "2027-01-01T00:00:00Z")]
    [InlineData("Europe/Berlin", "2026-10-31T22:59:59Z", "2026-09-30T22:00:00Z", "2026-10-31T23:00:00Z")]
    [InlineData("America/New_York", "2026-03-01T04:59:59Z", "2026-02-01T05:00:00Z", "2026-03-01T05:00:00Z")]
    public void A_month_is_the_zone_s(string zone, string now, string start, string end) => Is(BudgetWindow.Month, zone, now, start, end);

    [Fact]
    public void Every_moment_lies_in_the_day_that_is_told_and_days_follow_without_gap()
    {
        // Where clocks went back across midnight (St. John's until 2011) a date came, went and came again.
        var calendar = new BudgetCalendar(TimeZoneInfo.FindSystemTimeZoneById("America/St_Johns"));
        long? end = null;
        for (var now = Ms("2006-10-28T00:00:00Z"); now < Ms("2006-10-31T00:00:00Z"); now += 60_000)
        {
            var span = calendar.SpanOf(Limit(BudgetWindow.Day), now);
            Assert.InRange(now, span.Start, span.End - 1);
            Assert.True(end is null || span.End == end || span.Start == end, $"{span} follows {end}");
            end = span.End;
        }
    }

    [Fact]
    public void Other_windows_need_no_calendar()
    {
        var calendar = new BudgetCalendar(TimeZoneInfo.Utc);
        Assert.Equal(new LedgerSpan(SpanKind.Sliding, Length: 60_000), calendar.SpanOf(Limit(BudgetWindow.Minute), 1));
        Assert.Equal(new LedgerSpan(SpanKind.Session), calendar.SpanOf(Limit(BudgetWindow.Session), 1));
        Assert.Equal(new LedgerSpan(SpanKind.SessionAge), calendar.SpanOf(Limit(BudgetWindow.Session) with { Unit = BudgetUnit.SessionSeconds }, 1));
    }

    private static void Is(BudgetWindow window, string zone, string now, string start, string end) =>
        Assert.Equal(
            new LedgerSpan(SpanKind.Calendar, Ms(start), Ms(end)), new BudgetCalendar(TimeZoneInfo.FindSystemTimeZoneById(zone)).SpanOf(Limit(window), Ms(now)));

    private static BudgetLimit Limit(BudgetWindow window) => new("a", BudgetUnit.Tokens, 1, window);

    private static long Ms(string time) => DateTimeOffset.Parse(time, CultureInfo.InvariantCulture).ToUnixTimeMilliseconds();
}
