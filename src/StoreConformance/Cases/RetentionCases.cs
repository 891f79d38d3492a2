namespace LlmTelemetry.StoreConformance;

/// <summary>What is past its retention is neither kept nor read, and said so.</summary>
internal static class RetentionCases
{
    public static IReadOnlyList<StoreCase> All { get; } =
    [
        new("Increments past their retention are counted, and kept nowhere", LateAsync),
        new("Each grain is kept as long as it is set", EdgesAsync),
        new("Batch of nothing but late rows is applied and numbered", AllLateAsync),
        new("Late batch sent again counts nothing", LateAgainAsync),
        new("Periods past their retention are not read any more", PastAsync),
        new("What is kept for ever is never late", ForEverAsync),
    ];

    // Hour: 8 days, day: 400 days, month: 10 years.
    private static SpendRow[] Late(Ledger ledger) =>
    [
        ledger.Row(Rows.Key(), (0, 1000)), ledger.RowAt(ledger.Hour.AddDays(-10), Rows.Key(), (0, 1)), ledger.RowAt(ledger.Hour.AddDays(-500), Rows.Key(), (0, 10)),
        ledger.RowAt(ledger.Hour.AddDays(-4000), Rows.Key(), (0, 100)),
    ];

    private static async Task LateAsync(Ledger ledger)
    {
        var store = await ledger.OpenAsync().ConfigureAwait(false);
        var rows = Late(ledger);
        Expect.Equal("reply", new BatchReply(BatchStatus.Applied, 1, ExpiredRows: 6), await ledger.ApplyAsync(store, 1, rows).ConfigureAwait(false));
        ledger.Tally.Add(rows, ledger.Settings);
        await ledger.CheckAsync(store).ConfigureAwait(false);
        foreach (var (grain, sum) in new[] { (SpendGrain.Hour, 1000), (SpendGrain.Day, 1001), (SpendGrain.Month, 1011) })
        {
            var read = await ledger.ReadAsync(store, ledger.ReadOf(grain)).ConfigureAwait(false);
            Expect.Equal($"sum of all by {grain}", sum, read.Sum(row => (int)row.Measures[0]));
        }
    }

    private static async Task EdgesAsync(Ledger ledger)
    {
        var store = await ledger.OpenAsync().ConfigureAwait(false);
        foreach (var (i, grain) in Tally.Grains.Index())
        {
            // A period off the edge on either side: a store whose clock is not this one may already be in the next.
            var first = ledger.Settings.FirstKept(grain);
            var (kept, late) = grain switch
            {
                SpendGrain.Hour => (first.AddHours(1), first.AddHours(-1)),
                SpendGrain.Day => (first.AddDays(1), first.AddDays(-1)),
                _ => (first.AddMonths(1), first.AddMonths(-1)),
            };
            await ledger.SendAsync(store, ledger.RowAt(kept, Rows.Key(), (0, 1 << i)), ledger.RowAt(late, Rows.Key(), (0, 1000 << i))).ConfigureAwait(false);
        }

        await ledger.CheckAsync(store).ConfigureAwait(false);
    }

    private static async Task AllLateAsync(Ledger ledger)
    {
        var store = await ledger.OpenAsync().ConfigureAwait(false);
        await ledger.SendAsync(store, ledger.RowAt(ledger.Hour.AddDays(-4000), Rows.Key(), (0, 1)), ledger.RowAt(ledger.Hour.AddDays(-4001), Rows.Key(), (0, 1))).ConfigureAwait(false);
        await ledger.SendAsync(store, ledger.Row(Rows.Key(), (0, 1))).ConfigureAwait(false);
        await ledger.CheckAsync(store).ConfigureAwait(false);
    }

    private static async Task LateAgainAsync(Ledger ledger)
    {
        var store = await ledger.OpenAsync().ConfigureAwait(false);
        var rows = Late(ledger);
        await ledger.SendAsync(store, rows).ConfigureAwait(false);
        Expect.Equal("reply to the copy", new BatchReply(BatchStatus.AlreadyApplied, 1), await ledger.ApplyAsync(store, 1, rows).ConfigureAwait(false));
        await ledger.CheckAsync(store).ConfigureAwait(false);
    }

    private static async Task PastAsync(Ledger ledger)
    {
        var store = await ledger.OpenAsync().ConfigureAwait(false);
        await ledger.SendAsync(store, ledger.Row(Rows.Key(), (0, 1)), ledger.Row(Rows.Key(parts: new(Metric: "=rating|")), (SpendMeasure.Figures, 1))).ConfigureAwait(false);
        foreach (var days in new[] { 9, 400, 3700 })
        {
            ledger.Time.Advance(TimeSpan.FromDays(days));
            await ledger.CheckAsync(store, $"{days} days later").ConfigureAwait(false);
        }
    }

    private static async Task ForEverAsync(Ledger ledger)
    {
        var store = await ledger.OpenAsync("UTC", TimeSpan.MaxValue).ConfigureAwait(false);
        await ledger.SendAsync(store, [.. Enumerable.Range(0, 10).Select(years => ledger.RowAt(ledger.Hour.AddYears(-years), Rows.Key(), (0, 1 << years)))]).ConfigureAwait(false);
        foreach (var grain in Tally.Grains)
        {
            // Not all at once: nobody reads years of hours.
            for (var years = 0; years < 10; years++)
            {
                var period = ledger.RowAt(ledger.Hour.AddYears(-years), Rows.Key()).PeriodOf(grain);
                await ledger.CheckAsync(store, ledger.ReadOf(grain) with { From = period, To = period }, $"{years} years back").ConfigureAwait(false);
            }
        }
    }
}
