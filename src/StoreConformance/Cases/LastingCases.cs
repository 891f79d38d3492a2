namespace LlmTelemetry.StoreConformance;

/// <summary>What outlives the object that a store is reached through.</summary>
internal static class LastingCases
{
    public static IReadOnlyList<StoreCase> All { get; } =
    [
        new("Opened again, everything is there and numbers go on", AgainAsync, needsLasting: true),
        new("Two that have it open add to one ledger and read each other", TwoAsync, needsLasting: true),
        new("Several that have it open lose nothing of each other", SeveralAsync, needsLasting: true),
        new("Batch sent through two of them at the same time counts once", OneBatchAsync, needsLasting: true),
        new("Another prefix is another ledger", PrefixAsync, needsLasting: true),
        new("Ledger of another zone is refused with both names", ZoneAsync, needsLasting: true),
        new("Another name of the same zone is accepted", ZoneNameAsync, needsLasting: true),
        new("Ledger opened to read is read, and not made where it is not", ReadOnlyAsync, needsLasting: true),
        new("Retention of hours is that of who opened it last, or not said", RetentionAsync, needsLasting: true),
    ];

    private static async Task AgainAsync(Ledger ledger)
    {
        var store = await ledger.OpenAsync().ConfigureAwait(false);
        SpendRow[] first = [ledger.Row(Rows.Key(parts: new(Session: "s1")), (0, 1)), ledger.Row(Rows.Key(parts: new(Metric: "=m")), (SpendMeasure.Figures, 2))];
        await ledger.SendAsync(store, first).ConfigureAwait(false);
        await ledger.CloseAsync(store).ConfigureAwait(false);

        var again = await ledger.OpenAsync().ConfigureAwait(false);
        await ledger.CheckAsync(again, "opened again").ConfigureAwait(false);
        Expect.Equal("reply to batch 1 again", new BatchReply(BatchStatus.AlreadyApplied, 1), await ledger.ApplyAsync(again, 1, first).ConfigureAwait(false));
        Expect.Equal("reply to batch 3", new BatchReply(BatchStatus.Gap, 1), await ledger.ApplyAsync(again, 3, first).ConfigureAwait(false));
        await ledger.SendAsync(again, ledger.Row(Rows.Key(), (0, 1))).ConfigureAwait(false);
        await ledger.CheckAsync(again).ConfigureAwait(false);
        Expect.Equal("sessions", 1, (await again.ReadSessionsAsync(new SessionRead("s1", AnyTenant: true), ledger.Stop).ConfigureAwait(false)).Count);
    }

    private static async Task TwoAsync(Ledger ledger)
    {
        ISpendStore[] stores = [await ledger.OpenAsync().ConfigureAwait(false), await ledger.OpenAsync().ConfigureAwait(false)];
        for (var number = 1; number <= 5; number++)
        {
            foreach (var (i, store) in stores.Index())
            {
                SpendRow[] rows = [ledger.Row(Rows.Key(), (0, 1), ((byte)(64 + i), number)), ledger.Row(Rows.Key(user: $"u{i}"), (0, 1))];
                Expect.Equal("reply", new BatchReply(BatchStatus.Applied, number), await ledger.ApplyAsync(store, number, rows, $"writer-{i}").ConfigureAwait(false));
                ledger.Tally.Add(rows, ledger.Settings);
                await ledger.CheckAsync(stores[1 - i], "through the other", [SpendDimension.User]).ConfigureAwait(false);
            }
        }
    }

    private static async Task SeveralAsync(Ledger ledger)
    {
        const int Writers = 4;
        const int Batches = 15;
        var stores = new List<ISpendStore>();
        for (var i = 0; i < Writers; i++)
        {
            stores.Add(await ledger.OpenAsync().ConfigureAwait(false));
        }

        SpendRow[] Of(int writer, int number) => [ledger.Row(Rows.Key(user: $"u{number}"), (0, 1), (64, writer)), ledger.Row(Rows.Key(user: "all"), (0, 1))];
        await SenderCases.TogetherAsync(Writers, async writer =>
        {
            for (var number = 1; number <= Batches; number++)
            {
                await ledger.PersistAsync(stores[writer], number, Of(writer, number), $"writer-{writer}").ConfigureAwait(false);
            }

            return writer;
        }).ConfigureAwait(false);
        foreach (var (writer, number) in from writer in Enumerable.Range(0, Writers) from number in Enumerable.Range(1, Batches) select (writer, number))
        {
            ledger.Tally.Add(Of(writer, number), ledger.Settings);
        }

        await ledger.CheckAsync(stores[0]).ConfigureAwait(false);
    }

    private static async Task OneBatchAsync(Ledger ledger)
    {
        ISpendStore[] stores = [await ledger.OpenAsync().ConfigureAwait(false), await ledger.OpenAsync().ConfigureAwait(false)];
        for (var number = 1; number <= 10; number++)
        {
            SpendRow[] rows = [ledger.Row(Rows.Key(), (0, 1)), ledger.Row(Rows.Key("bob"), (0, number))];
            var replies = await SenderCases.TogetherAsync(stores.Length, i => ledger.PersistAsync(stores[i], number, rows)).ConfigureAwait(false);
            Expect.Holds($"batch {number} to be applied for one of two", replies.Count(reply => reply.Status == BatchStatus.Applied) <= 1, string.Join(", ", replies));
            ledger.Tally.Add(rows, ledger.Settings);
        }

        await ledger.CheckAsync(stores[1]).ConfigureAwait(false);
    }

    private static async Task PrefixAsync(Ledger ledger)
    {
        var store = await ledger.OpenAsync().ConfigureAwait(false);
        var other = await ledger.OpenAsync(ledger.Settings with { KeyPrefix = ledger.Settings.KeyPrefix + "x" }).ConfigureAwait(false);
        SpendRow[] rows = [ledger.Row(Rows.Key(), (0, 1000))];
        await ledger.SendAsync(store, ledger.Row(Rows.Key(), (0, 1))).ConfigureAwait(false);
        Expect.Equal("reply of the other ledger", new BatchReply(BatchStatus.Applied, 1), await ledger.ApplyAsync(other, 1, rows).ConfigureAwait(false));
        await ledger.CheckAsync(store).ConfigureAwait(false);
    }

    private static async Task ZoneAsync(Ledger ledger)
    {
        await ledger.OpenAsync("Europe/Berlin", TimeSpan.FromDays(8)).ConfigureAwait(false);
        var refusal = await Expect.ThrowsAsync<SpendStoreMismatchException>(
            "opening with another zone", () => ledger.OpenAsync(ledger.Settings with { TimeZone = TimeZoneInfo.FindSystemTimeZoneById("America/New_York") })).ConfigureAwait(false);
        Expect.Holds(
            "a message that names both zones", refusal.Message.Contains("Europe/Berlin", StringComparison.Ordinal) && refusal.Message.Contains("America/New_York", StringComparison.Ordinal), refusal.Message);
        Expect.Equal("the zone that the exception names", "Europe/Berlin", refusal.TimeZone);
    }

    private static async Task ZoneNameAsync(Ledger ledger)
    {
        await ledger.OpenAsync().ConfigureAwait(false);
        var store = await ledger.OpenAsync(ledger.Settings with { TimeZone = TimeZoneInfo.FindSystemTimeZoneById("Etc/UTC") }).ConfigureAwait(false);
        await ledger.SendAsync(store, ledger.Row(Rows.Key(), (0, 1))).ConfigureAwait(false);
        await ledger.CheckAsync(store).ConfigureAwait(false);
    }

    private static async Task ReadOnlyAsync(Ledger ledger)
    {
        var settings = ledger.MakeSettings(TimeZoneInfo.Utc);
        for (var attempt = 0; attempt < 2; attempt++)
        {
            await Expect.ThrowsAsync<Exception>("opening to read what is not there", () => ledger.OpenAsync(settings with { ReadOnly = true })).ConfigureAwait(false);
        }

        var writer = await ledger.OpenAsync(settings).ConfigureAwait(false);
        await ledger.SendAsync(writer, ledger.Row(Rows.Key(), (0, 1))).ConfigureAwait(false);
        var reader = await ledger.OpenAsync(settings with { ReadOnly = true }).ConfigureAwait(false);
        await ledger.CheckAsync(reader).ConfigureAwait(false);
        await ledger.SendAsync(writer, ledger.Row(Rows.Key("bob"), (0, 1))).ConfigureAwait(false);
        await ledger.CheckAsync(reader, "after more was written").ConfigureAwait(false);
    }

    private static async Task RetentionAsync(Ledger ledger)
    {
        var store = await ledger.OpenAsync().ConfigureAwait(false);
        var said = await store.HourRetentionAsync(ledger.Stop).ConfigureAwait(false);
        Expect.Holds("8 days, or nothing", said is null || said == TimeSpan.FromDays(8), said);
        var other = await ledger.OpenAsync(ledger.Settings with { HourRetention = TimeSpan.FromDays(2) }).ConfigureAwait(false);
        var last = await store.HourRetentionAsync(ledger.Stop).ConfigureAwait(false);
        Expect.Equal("what both say", await other.HourRetentionAsync(ledger.Stop).ConfigureAwait(false), last);
        Expect.Equal("what is said after it was opened with 2 days", said is null ? null : TimeSpan.FromDays(2), last);
    }
}
