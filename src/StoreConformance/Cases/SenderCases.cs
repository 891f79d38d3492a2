namespace LlmTelemetry.StoreConformance;

/// <summary>Senders that overlap, give up and try again.</summary>
internal static class SenderCases
{
    private const int Senders = 8;
    private const int Batches = 12;

    public static IReadOnlyList<StoreCase> All { get; } =
    [
        new("Batch sent by several at the same time counts once", OneBatchAsync),
        new("Instances that send at the same time lose nothing", InstancesAsync),
        new("Batch cancelled before it is sent and sent again counts once", CancelledBeforeAsync),
        new("Batches cancelled under way and sent again count once", CancelledUnderWayAsync),
    ];

    private static async Task OneBatchAsync(Ledger ledger)
    {
        var store = await ledger.OpenAsync().ConfigureAwait(false);
        for (var number = 1; number <= Batches; number++)
        {
            SpendRow[] rows = [ledger.Row(Rows.Key(), (0, 1), (64, number)), ledger.Row(Rows.Key(user: "bob"), (0, 1))];
            var replies = await TogetherAsync(Senders, _ => TryAsync<BatchReply?>(async () => await ledger.ApplyAsync(store, number, rows).ConfigureAwait(false))).ConfigureAwait(false);
            var applied = replies.Count(reply => reply?.Status == BatchStatus.Applied);
            Expect.Holds($"batch {number} to be applied for one of {Senders} senders", applied <= 1, $"that it was applied {applied} times");
            Expect.Holds($"no gap before batch {number}", !replies.Any(reply => reply?.Status == BatchStatus.Gap), "one");
            Expect.Equal($"last number after batch {number}", number, (await ledger.PersistAsync(store, number, rows).ConfigureAwait(false)).LastNumber);
            ledger.Tally.Add(rows, ledger.Settings);
        }

        await ledger.CheckAsync(store).ConfigureAwait(false);
    }

    private static async Task InstancesAsync(Ledger ledger)
    {
        var store = await ledger.OpenAsync().ConfigureAwait(false);
        SpendRow[] Of(int sender, int number) => [ledger.Row(Rows.Key(user: $"u{number % 3}"), (0, 1), ((byte)(64 + sender), number)), ledger.Row(Rows.Key(user: "all"), (0, 1))];
        await TogetherAsync(Senders, async sender =>
        {
            for (var number = 1; number <= Batches; number++)
            {
                Expect.Equal($"last number of sender {sender}", number, (await ledger.PersistAsync(store, number, Of(sender, number), $"sender-{sender}").ConfigureAwait(false)).LastNumber);
            }

            return sender;
        }).ConfigureAwait(false);

        for (var sender = 0; sender < Senders; sender++)
        {
            for (var number = 1; number <= Batches; number++)
            {
                ledger.Tally.Add(Of(sender, number), ledger.Settings);
            }
        }

        await ledger.CheckAsync(store).ConfigureAwait(false);
    }

    private static async Task CancelledBeforeAsync(Ledger ledger)
    {
        var store = await ledger.OpenAsync().ConfigureAwait(false);
        SpendRow[] rows = [ledger.Row(Rows.Key(), (0, 1))];
        await CancelAsync(token => store.ApplyAsync(new SpendBatch(Ledger.Instance, store.PartitionOf(rows[0].Key), 1, rows), token), before: true).ConfigureAwait(false);
        await ledger.PersistAsync(store, 1, rows).ConfigureAwait(false);
        ledger.Tally.Add(rows, ledger.Settings);
        await ledger.CheckAsync(store).ConfigureAwait(false);
    }

    private static async Task CancelledUnderWayAsync(Ledger ledger)
    {
        var store = await ledger.OpenAsync().ConfigureAwait(false);
        for (var number = 1; number <= Batches; number++)
        {
            SpendRow[] rows = [.. Enumerable.Range(0, 20).Select(n => ledger.Row(Rows.Key(user: $"u{n}"), (0, number)))];
            await CancelAsync(token => store.ApplyAsync(new SpendBatch(Ledger.Instance, store.PartitionOf(rows[0].Key), number, rows), token), before: false).ConfigureAwait(false);
            Expect.Equal("last number after a batch was sent again", number, (await ledger.PersistAsync(store, number, rows).ConfigureAwait(false)).LastNumber);
            ledger.Tally.Add(rows, ledger.Settings);
        }

        await ledger.CheckAsync(store).ConfigureAwait(false);
    }

    /// <summary>Runs at the same time.</summary>
    public static Task<T[]> TogetherAsync<T>(int count, Func<int, Task<T>> work) =>
        Task.WhenAll(Enumerable.Range(0, count).Select(n => Task.Run(() => work(n))));

    // What a call that was given up ends with is its own affair; what it did must be all or nothing.
    private static async Task CancelAsync(Func<CancellationToken, Task> call, bool before)
    {
        using var cancel = new CancellationTokenSource();
        if (before)
        {
            await cancel.CancelAsync().ConfigureAwait(false);
        }

        var under = TryAsync<object?>(async () =>
        {
            await call(cancel.Token).ConfigureAwait(false);
            return null;
        });
        await cancel.CancelAsync().ConfigureAwait(false);
        await under.ConfigureAwait(false);
    }

    private static async Task<T?> TryAsync<T>(Func<Task<T>> call)
    {
        try
        {
            return await call().ConfigureAwait(false);
        }
        catch (Exception) // It may or may not have been applied: the case sends it again.
        {
            return default;
        }
    }
}
