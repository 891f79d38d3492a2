namespace LlmTelemetry.StoreConformance;

/// <summary>Which period a row is of, and which a reading is about.</summary>
internal static class PeriodCases
{
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);

    public static IReadOnlyList<StoreCase> All { get; } =
    [
        new("Range reads its first and last period and nothing beside", RangesAsync),
        new("Range without a period reads nothing", EmptyRangesAsync),
        new("Range may be all of time", AllTimeAsync),
        .. new[] { "UTC", "Europe/Berlin", "America/New_York" }.Select(zone => new StoreCase($"Hours at the edges of days, months and years are booked in theirs: {zone}", ledger => EdgesAsync(ledger, zone))),
        new("Leap day is a day of February", LeapDayAsync),
        new("Clock at the beginning or the end of time does not stop its batch", EndsOfTimeAsync),
    ];

    private static async Task RangesAsync(Ledger ledger)
    {
        var store = await ledger.OpenAsync("UTC", Ledger.Long).ConfigureAwait(false);
        await ledger.SendAsync(store, [.. Enumerable.Range(0, 100).Select(back => ledger.RowAt(ledger.Hour.AddHours(-back), Rows.Key(), (0, back + 1)))]).ConfigureAwait(false);
        await ledger.SendAsync(store, [.. Enumerable.Range(1, 14).Select(back => ledger.RowAt(ledger.Hour.AddDays(-30 * back), Rows.Key(), (0, back + 1)))]).ConfigureAwait(false);
        foreach (var grain in Tally.Grains)
        {
            var first = ledger.RowAt(ledger.Hour.AddHours(-70), Rows.Key()).PeriodOf(grain);
            var last = ledger.RowAt(ledger.Hour.AddHours(-20), Rows.Key()).PeriodOf(grain);
            var read = ledger.ReadOf(grain);
            await ledger.CheckAsync(store, read with { From = first, To = last }, "several periods").ConfigureAwait(false);
            await ledger.CheckAsync(store, read with { From = last, To = last }, "one period").ConfigureAwait(false);
            await ledger.CheckAsync(store, read with { From = first, To = last + (Hour / 2) }, "ending within a period").ConfigureAwait(false);
            await ledger.CheckAsync(store, read with { From = last }, "from one on").ConfigureAwait(false);
            await ledger.CheckAsync(store, read with { To = first }, "until one").ConfigureAwait(false);
        }
    }

    private static async Task EmptyRangesAsync(Ledger ledger)
    {
        var store = await ledger.OpenAsync().ConfigureAwait(false);
        await ledger.SendAsync(store, ledger.Row(Rows.Key(), (0, 1))).ConfigureAwait(false);
        foreach (var grain in Tally.Grains)
        {
            var period = ledger.Row(Rows.Key()).PeriodOf(grain);
            foreach (var (from, to) in new[] { (period, period.AddTicks(-1)), (DateTimeOffset.MaxValue, DateTimeOffset.MinValue), (period.AddMonths(2).AddDays(1 - period.Day), DateTimeOffset.MaxValue), (DateTimeOffset.MinValue, DateTimeOffset.MinValue) })
            {
                await ledger.CheckAsync(store, ledger.ReadOf(grain) with { From = from, To = to }, $"from {from:O} to {to:O}").ConfigureAwait(false);
            }
        }
    }

    private static async Task AllTimeAsync(Ledger ledger)
    {
        var store = await ledger.OpenAsync().ConfigureAwait(false);
        await ledger.SendAsync(store, [.. Enumerable.Range(0, 5).Select(back => ledger.RowAt(ledger.Hour.AddHours(-30 * back), Rows.Key(), (0, back + 1)))]).ConfigureAwait(false);
        foreach (var grain in Tally.Grains)
        {
            await ledger.CheckAsync(store, ledger.ReadOf(grain, SpendDimension.User) with { From = DateTimeOffset.MinValue, To = DateTimeOffset.MaxValue }).ConfigureAwait(false);
        }
    }

    private static async Task EdgesAsync(Ledger ledger, string zone)
    {
        var store = await ledger.OpenAsync(zone, Ledger.Long).ConfigureAwait(false);
        var year = ledger.Hour.Year;
        var edges = new[] { (year - 1, 1), (year - 1, 3), (year - 1, 11), (year - 2, 12), (year - 3, 1) }
            .Select(at => new DateTimeOffset(at.Item1, at.Item2, 1, 0, 0, 0, TimeSpan.Zero))
            .Select(at => at - ledger.Settings.TimeZone.GetUtcOffset(at.UtcDateTime));
        await ledger.SendAsync(store, [.. edges.SelectMany(edge => Enumerable.Range(-2, 4).Select(hour => ledger.RowAt(edge.AddHours(hour), Rows.Key(), (0, hour + 3))))]).ConfigureAwait(false);
        foreach (var grain in Tally.Grains)
        {
            await ledger.CheckAsync(store, ledger.ReadOf(grain)).ConfigureAwait(false);
        }
    }

    private static async Task LeapDayAsync(Ledger ledger)
    {
        var store = await ledger.OpenAsync("UTC", Ledger.Long).ConfigureAwait(false);
        var year = ledger.Hour.Year;
        while (!DateTime.IsLeapYear(year) || new DateTimeOffset(year, 3, 2, 0, 0, 0, TimeSpan.Zero) > ledger.Hour)
        {
            year--;
        }

        var noon = new DateTimeOffset(year, 2, 28, 12, 0, 0, TimeSpan.Zero);
        await ledger.SendAsync(store, [.. Enumerable.Range(0, 3).Select(day => ledger.RowAt(noon.AddDays(day), Rows.Key(), (0, day + 1)))]).ConfigureAwait(false);
        await ledger.CheckAsync(store).ConfigureAwait(false);
    }

    private static async Task EndsOfTimeAsync(Ledger ledger)
    {
        var store = await ledger.OpenAsync().ConfigureAwait(false);

        // An exporter caps what a clock gone wrong says at that month.
        var late = new DateTimeOffset(9998, 12, 1, 0, 0, 0, TimeSpan.Zero);
        SpendRow[] rows = [ledger.RowAt(late, Rows.Key(), (0, 1)), ledger.RowAt(DateTimeOffset.MinValue, Rows.Key(), (0, 2)), ledger.Row(Rows.Key(), (0, 5))];
        Expect.Equal("reply", new BatchReply(BatchStatus.Applied, 1, ExpiredRows: 3), await ledger.ApplyAsync(store, 1, rows).ConfigureAwait(false));
        ledger.Tally.Add(rows, ledger.Settings);

        // What is of the far future may be read or not.
        foreach (var grain in Tally.Grains)
        {
            await ledger.CheckAsync(store, ledger.ReadOf(grain) with { To = ledger.Hour.AddDays(40) }).ConfigureAwait(false);
        }
    }
}
