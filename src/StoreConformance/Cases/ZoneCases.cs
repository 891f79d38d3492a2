namespace LlmTelemetry.StoreConformance;

/// <summary>Days of a zone are made of its hours, however many those are and wherever they begin.</summary>
internal static class ZoneCases
{
    private static readonly TimeSpan Quarter = TimeSpan.FromMinutes(15);

    // On the hour, with clocks that change; half an hour and three quarters off it, with and without; clocks that change at midnight, and by half an hour.
    private static readonly string[] Zones =
        ["Europe/Berlin", "America/New_York", "Asia/Kolkata", "Asia/Kathmandu", "America/St_Johns", "Pacific/Chatham", "Australia/Lord_Howe", "America/Havana", "Pacific/Kiritimati", "Pacific/Pago_Pago"];

    public static IReadOnlyList<StoreCase> All { get; } = [.. Zones.Select(zone => new StoreCase($"Days add up from their hours, also where clocks change: {zone}", ledger => DaysAsync(ledger, zone)))];

    private static async Task DaysAsync(Ledger ledger, string name)
    {
        var store = await ledger.OpenAsync(name, Ledger.Long).ConfigureAwait(false);
        var zone = ledger.Settings.TimeZone;
        var today = DateOnly.FromDateTime(ledger.Hour.UtcDateTime);
        var days = Enumerable.Range(2, 400).Select(back => today.AddDays(-back)).ToArray();
        DateOnly[] some = [.. days.Where(day => LengthOf(day, zone) != TimeSpan.FromDays(1)).Take(2).Append(days[0])];

        var quarters = new SortedDictionary<(long Hour, DateOnly Day), int>();
        foreach (var day in some)
        {
            for (var at = StartOf(day, zone) - Quarter; at <= StartOf(day.AddDays(1), zone); at += Quarter)
            {
                var row = ledger.RowAt(at, Rows.Key());
                quarters[(row.Hour, row.Day)] = quarters.GetValueOrDefault((row.Hour, row.Day)) + 1;
            }
        }

        await ledger.SendAsync(store, [.. quarters.Select(at => new SpendRow(at.Key.Hour, at.Key.Day, Rows.Key(), Rows.Measures((SpendMeasure.Calls, at.Value))))]).ConfigureAwait(false);
        await ledger.CheckAsync(store, "", [], [SpendDimension.User, SpendDimension.Model]).ConfigureAwait(false);

        // Not by the tally: a day has as many quarters as it is long, in its day row and in its hours.
        var hours = await ledger.ReadAsync(store, ledger.ReadOf(SpendGrain.Hour)).ConfigureAwait(false);
        var rows = await ledger.ReadAsync(store, ledger.ReadOf(SpendGrain.Day)).ConfigureAwait(false);
        foreach (var day in some)
        {
            var expected = (int)(LengthOf(day, zone) / Quarter);
            Expect.Equal($"quarters of {day:O} in its day", expected, Sum(rows.Where(row => DateOnly.FromDateTime(row.Period.UtcDateTime) == day)));
            Expect.Equal($"quarters of {day:O} in its hours", expected, Sum(hours.Where(row => (row.Day ?? DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(row.Period, zone).DateTime)) == day)));
        }
    }

    private static TimeSpan LengthOf(DateOnly day, TimeZoneInfo zone) => StartOf(day.AddDays(1), zone) - StartOf(day, zone);

    // The first quarter of an hour whose local day it is: midnight itself may not exist, or exist twice.
    private static DateTimeOffset StartOf(DateOnly day, TimeZoneInfo zone)
    {
        var at = new DateTimeOffset(day, TimeOnly.MinValue, TimeSpan.Zero).AddHours(-15);
        while (DateOnly.FromDateTime(TimeZoneInfo.ConvertTime(at, zone).DateTime) < day)
        {
            at += Quarter;
        }

        return at;
    }

    private static int Sum(IEnumerable<SpendAggregate> rows) => rows.Sum(row => (int)row.Measures[SpendMeasure.Calls]);
}
