using System.Globalization;

namespace LlmTelemetry.CostExporter.Tests;

public sealed class LocalDaysTests
{
    [Theory]
    [InlineData("Europe/Berlin", "2026-03-29", 23)]
    [InlineData("Europe/Berlin", "2026-10-25", 25)]
    [InlineData("Europe/Berlin", "2026-11-22", 24)]
    [InlineData("America/New_York", "2026-11-01", 25)]
    [InlineData("UTC", "2026-03-29", 24)]
    public void Day_has_as_many_hours_as_its_zone_gives_it(string zone, string day, int hours)
    {
        var days = new LocalDays(TimeZoneInfo.FindSystemTimeZoneById(zone));
        var of = DateOnly.Parse(day, CultureInfo.InvariantCulture);
        var start = new DateTimeOffset(of.AddDays(-2), default, TimeSpan.Zero);

        var distinct = Enumerable.Range(0, 24 * 5).Select(h => days.Of(start.AddHours(h))).Where(x => x.Day == of).Select(x => x.Hour).Distinct();

        Assert.Equal(hours, distinct.Count());
    }

    [Fact]
    public void Half_hour_zone_splits_the_hour_of_its_midnight()
    {
        var days = new LocalDays(TimeZoneInfo.FindSystemTimeZoneById("Asia/Kolkata"));
        var midnight = new DateTimeOffset(2026, 11, 22, 18, 30, 0, TimeSpan.Zero);

        var before = days.Of(midnight.AddTicks(-1));
        var after = days.Of(midnight);

        Assert.Equal(before.Hour, after.Hour);
        Assert.Equal(new DateOnly(2026, 11, 22), before.Day);
        Assert.Equal(new DateOnly(2026, 11, 23), after.Day);
    }

    [Fact]
    public void Hour_and_day_end_on_the_tick()
    {
        var days = new LocalDays(TimeZoneInfo.Utc);
        var midnight = new DateTimeOffset(2026, 12, 1, 0, 0, 0, TimeSpan.Zero);

        var before = days.Of(midnight.AddTicks(-1));
        var after = days.Of(midnight);

        Assert.Equal(before.Hour + 1, after.Hour);
        Assert.Equal((new DateOnly(2026, 11, 30), new DateOnly(2026, 12, 1)), (before.Day, after.Day));
    }

    [Fact]
    public void Event_in_another_offset_is_booked_by_the_moment_and_not_by_its_clock()
    {
        var days = new LocalDays(TimeZoneInfo.Utc);

        var (hour, day) = days.Of(new DateTimeOffset(2026, 11, 23, 1, 30, 0, TimeSpan.FromHours(5.5)));

        Assert.Equal(new DateOnly(2026, 11, 22), day);
        Assert.Equal(new DateTimeOffset(2026, 11, 22, 20, 0, 0, TimeSpan.Zero).ToUnixTimeSeconds() / 3600, hour);
    }

    [Fact]
    public void Time_before_1970_is_in_the_hour_that_began_before_it()
    {
        var (hour, day) = new LocalDays(TimeZoneInfo.Utc).Of(DateTimeOffset.UnixEpoch.AddTicks(-1));

        Assert.Equal((-1, new DateOnly(1969, 12, 31)), (hour, day));
    }

    // Clocks went back at 00:01 here: 23:30, midnight, 23:01 again. The hour begins and ends on the same day and touches the next in between.
    [Theory]
    [InlineData("America/St_Johns", "2010-11-07")]
    [InlineData("Australia/Lord_Howe", "2026-04-05")]
    [InlineData("Asia/Kathmandu", "2026-11-22")]
    [InlineData("America/Sao_Paulo", "2018-11-04")]
    [InlineData("Pacific/Apia", "2011-12-30")]
    public void Every_minute_around_a_transition_is_on_the_day_its_clock_shows(string zone, string day)
    {
        var info = TimeZoneInfo.FindSystemTimeZoneById(zone);
        var days = new LocalDays(info);
        var start = new DateTimeOffset(DateOnly.Parse(day, CultureInfo.InvariantCulture).AddDays(-1), default, TimeSpan.Zero);

        for (var minute = 0; minute < 3 * 24 * 60; minute++)
        {
            var at = start.AddMinutes(minute).AddSeconds(30);
            Assert.Equal(DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(at, info).DateTime), days.Of(at).Day);
        }
    }

    [Fact]
    public void First_and_last_moment_there_are_do_not_fail()
    {
        foreach (var zone in new[] { "Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC" })
        {
            var days = new LocalDays(TimeZoneInfo.FindSystemTimeZoneById(zone));
            Assert.Equal(1, days.Of(DateTimeOffset.MinValue).Day.Year);
            Assert.Equal(9998, days.Of(DateTimeOffset.MaxValue).Day.Year);
        }
    }
}
