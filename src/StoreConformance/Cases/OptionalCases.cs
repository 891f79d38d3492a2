namespace LlmTelemetry.StoreConformance;

/// <summary>Members that have a default: a store that has its own must keep what they promise; one that cannot says so.</summary>
internal static class OptionalCases
{
    private const int Users = 12;

    public static IReadOnlyList<StoreCase> All { get; } =
    [
        new("Status says what the store is, where it says anything", StatusAsync),
        new("Numbers are kept for at least 30 days", NumbersAsync),
        new("What the ledger keeps is what the store was opened with, where it says anything", KeepsAsync),
        new("Beats come back as they were said, and end, where they are kept", BeatsAsync),
        new("Values that cost the most are those of the sums, where there are lists", TopAsync),
    ];

    private static async Task StatusAsync(Ledger ledger)
    {
        var store = await ledger.OpenAsync().ConfigureAwait(false);
        if (await store.StatusAsync(ledger.Stop).ConfigureAwait(false) is { } status)
        {
            Expect.Holds("a kind", !string.IsNullOrWhiteSpace(status.Kind), status);
            Expect.Holds("no concern without words", status.Concerns.All(concern => !string.IsNullOrWhiteSpace(concern)), string.Join("; ", status.Concerns));
        }
    }

    private static async Task NumbersAsync(Ledger ledger)
    {
        var store = await ledger.OpenAsync().ConfigureAwait(false);
        Expect.Holds("at least 30 days", store.NumbersKept >= TimeSpan.FromDays(30), store.NumbersKept);
    }

    private static async Task KeepsAsync(Ledger ledger)
    {
        var settings = ledger.MakeSettings(TimeZoneInfo.Utc) with
        {
            HourRetention = TimeSpan.FromDays(3.5),
            Dimensions = new HashSet<SpendDimension> { SpendDimension.User, SpendDimension.Model },
            Tags = ["plan", "region"],
        };
        var store = await ledger.OpenAsync(settings).ConfigureAwait(false);
        if (await store.KeepsAsync(ledger.Stop).ConfigureAwait(false) is not { } keeps)
        {
            return;
        }

        Expect.Holds("the hours' retention", keeps.Hours is null || keeps.Hours == settings.HourRetention, keeps.Hours);
        Expect.Holds("the days' retention", keeps.Days is null || keeps.Days == settings.DayRetention, keeps.Days);
        Expect.Holds("the months' retention", keeps.Months is null || keeps.Months == settings.MonthRetention, keeps.Months);
        Expect.Holds("the dimensions", keeps.Dimensions is null || keeps.Dimensions.SetEquals(settings.Dimensions), string.Join(", ", keeps.Dimensions ?? settings.Dimensions));
        Expect.Holds("the tags", keeps.Tags is null || keeps.Tags.ToHashSet().SetEquals(settings.Tags), string.Join(", ", keeps.Tags ?? []));
        Expect.Equal("hours' retention by itself", keeps.Hours, await store.HourRetentionAsync(ledger.Stop).ConfigureAwait(false));
    }

    private static async Task BeatsAsync(Ledger ledger)
    {
        var store = await ledger.OpenAsync().ConfigureAwait(false);
        var at = DateTimeOffset.FromUnixTimeMilliseconds(ledger.Time.GetUtcNow().ToUnixTimeMilliseconds());
        ExporterBeat[] beats = [new("one-1", "a machine|of {ours}", 4711, at, TimeSpan.FromSeconds(10), Journal: true), new("two-1", "elsewhere", 1, at.AddSeconds(-1), Timeout.InfiniteTimeSpan, Journal: false)];
        foreach (var beat in beats)
        {
            Same($"exporters overdue at the beat of {beat.Instance}", [], await store.BeatAsync(beat, ledger.Stop).ConfigureAwait(false));
        }

        if (await store.ReadBeatsAsync(ledger.Stop).ConfigureAwait(false) is not { Count: > 0 } found)
        {
            return;
        }

        Same("exporters", beats, found);
        var again = beats[0] with { At = at.AddSeconds(5) };
        await store.BeatAsync(again, ledger.Stop).ConfigureAwait(false);
        Same("exporters after one more beat", [again, beats[1]], await store.ReadBeatsAsync(ledger.Stop).ConfigureAwait(false));
        await store.BeatAsync(again with { Ends = true }, ledger.Stop).ConfigureAwait(false);
        Same("exporters after one has ended", [beats[1]], await store.ReadBeatsAsync(ledger.Stop).ConfigureAwait(false));
    }

    private static async Task TopAsync(Ledger ledger)
    {
        var store = await ledger.OpenAsync().ConfigureAwait(false);
        foreach (var days in new[] { 0, 1 })
        {
            // In the other order on the other day, past what doubles tell apart; what user n costs in all grows with n.
            await ledger.SendAsync(store, [.. Enumerable.Range(0, Users).Select(n => ledger.RowAt(
                ledger.Hour.AddDays(-days), Rows.Key(user: $"u{n}", tenant: n % 2 == 0 ? null : "acme"), (0, 1), (64, days == 0 ? (Int128.One << 60) - n : 3 * n), (95, 1)))]).ConfigureAwait(false);
        }

        var read = ledger.ReadOf(SpendGrain.Day, SpendDimension.User);
        foreach (var count in new[] { 1, 5, Users + 1 })
        {
            if (await store.ReadTopAsync(new TopRead(SpendDimension.User, [read], count), ledger.Stop).ConfigureAwait(false) is not { } top)
            {
                return;
            }

            Expect.Equal(
                $"the {count} users who cost the most",
                string.Join(' ', Enumerable.Range(0, Users).Reverse().Take(count).Select(n => $"u{n}={(Int128.One << 60) + (2 * n) + 2}")),
                string.Join(' ', top.Take(count).Select(row => $"{row.Key.User}={row.Measures[64] + row.Measures[95]}")));
        }
    }

    private static void Same(string what, IEnumerable<ExporterBeat> expected, IReadOnlyList<ExporterBeat> found) =>
        Expect.Same(what, [.. expected.Select(beat => beat.ToString())], [.. found.Select(beat => beat.ToString())]);
}
