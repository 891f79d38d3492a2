namespace LlmTelemetry.StoreConformance;

/// <summary>Readers get in nobody's way, and nobody in theirs.</summary>
internal static class ReadingCases
{
    private const int Batches = 40;

    public static IReadOnlyList<StoreCase> All { get; } =
    [
        new("Reading while another writes sees what was applied before and nothing that was not sent", WhileWritingAsync),
        new("Reader may change the measures it was given", OwnMeasuresAsync),
        new("Reading that is given up does not hold the store", GivenUpAsync),
        new("Readings may overlap", OverlappingAsync),
    ];

    private static async Task WhileWritingAsync(Ledger ledger)
    {
        var store = await ledger.OpenAsync().ConfigureAwait(false);
        var (sent, applied) = (0, 0);
        var writer = Task.Run(async () =>
        {
            for (var batch = 1; batch <= Batches; batch++)
            {
                Volatile.Write(ref sent, batch);
                await ledger.SendAsync(store, [.. Enumerable.Range(0, 5).Select(user => ledger.Row(Rows.Key($"u{user}"), (0, 1)))]).ConfigureAwait(false);
                Volatile.Write(ref applied, batch);
            }
        });
        await SenderCases.TogetherAsync(3, async reader =>
        {
            var grain = Tally.Grains[reader];
            var period = ledger.Row(Rows.Key()).PeriodOf(grain);
            var read = new SpendRead(grain, period, period, new HashSet<SpendDimension> { SpendDimension.User });
            do
            {
                var least = 5 * Volatile.Read(ref applied);
                var rows = await ledger.ReadAsync(store, read).ConfigureAwait(false);
                var most = 5 * Volatile.Read(ref sent);
                var found = rows.Sum(row => (int)row.Measures[0]);
                Expect.Holds($"a sum from {least} to {most} by {grain}", found >= least && found <= most, found);
            }
            while (!writer.IsCompleted);

            return reader;
        }).ConfigureAwait(false);
        await writer.ConfigureAwait(false);
        await ledger.CheckAsync(store).ConfigureAwait(false);
    }

    private static async Task OwnMeasuresAsync(Ledger ledger)
    {
        var store = await ledger.OpenAsync().ConfigureAwait(false);
        await ledger.SendAsync(store, ledger.Row(Rows.Key(), (0, 1), (64, 5)), ledger.Row(Rows.Key("bob"), (0, 1))).ConfigureAwait(false);
        foreach (var by in new SpendDimension[][] { [], [SpendDimension.User], [.. Rows.Dimensions] })
        {
            foreach (var row in await ledger.ReadAsync(store, ledger.ReadOf(SpendGrain.Day, by)).ConfigureAwait(false))
            {
                row.Measures.Add(0, 1000);
                row.Measures.Add(95, 1);
            }
        }

        await ledger.CheckAsync(store).ConfigureAwait(false);
    }

    private static async Task GivenUpAsync(Ledger ledger)
    {
        var store = await ledger.OpenAsync().ConfigureAwait(false);
        await ledger.SendAsync(store, [.. Enumerable.Range(0, 100).Select(n => ledger.RowAt(ledger.Hour.AddHours(-n), Rows.Key($"u{n}"), (0, 1)))]).ConfigureAwait(false);
        for (var reading = 0; reading < 20; reading++)
        {
            await foreach (var row in store.ReadAsync(ledger.ReadOf(SpendGrain.Hour, SpendDimension.User), ledger.Stop).ConfigureAwait(false))
            {
                break;
            }

            using var cancel = new CancellationTokenSource();
            try
            {
                await foreach (var row in store.ReadAsync(ledger.ReadOf(SpendGrain.Hour, SpendDimension.User), cancel.Token).ConfigureAwait(false))
                {
                    await cancel.CancelAsync().ConfigureAwait(false);
                }
            }
            catch (OperationCanceledException)
            {
                // It may also have had all of it by then.
            }

            await ledger.SendAsync(store, ledger.Row(Rows.Key(), (0, 1))).ConfigureAwait(false);
        }

        await ledger.CheckAsync(store).ConfigureAwait(false);
    }

    private static async Task OverlappingAsync(Ledger ledger)
    {
        var store = await ledger.OpenAsync().ConfigureAwait(false);
        await ledger.SendAsync(store, [.. Enumerable.Range(0, 60).Select(n => ledger.RowAt(ledger.Hour.AddHours(-n), Rows.Key($"u{n % 7}"), (0, 1)))]).ConfigureAwait(false);
        var read = ledger.ReadOf(SpendGrain.Hour, SpendDimension.User);
        var (ones, others) = (new List<SpendAggregate>(), new List<SpendAggregate>());
        var other = store.ReadAsync(read, ledger.Stop).GetAsyncEnumerator(ledger.Stop);
        await using (other.ConfigureAwait(false))
        {
            await foreach (var row in store.ReadAsync(read, ledger.Stop).ConfigureAwait(false))
            {
                ones.Add(row);
                if (await other.MoveNextAsync().ConfigureAwait(false))
                {
                    others.Add(other.Current);
                }
            }

            while (await other.MoveNextAsync().ConfigureAwait(false))
            {
                others.Add(other.Current);
            }
        }

        foreach (var rows in new[] { ones, others })
        {
            Expect.Same("hours by user", ledger.Tally.Expected(read, ledger.Settings), Line.Of(read, rows, ledger.Settings.TimeZone));
        }
    }
}
