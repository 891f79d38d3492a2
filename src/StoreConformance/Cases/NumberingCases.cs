namespace LlmTelemetry.StoreConformance;

/// <summary>A batch counts once, and only after the one before it.</summary>
internal static class NumberingCases
{
    private const int Batches = 10;

    public static IReadOnlyList<StoreCase> All { get; } =
    [
        new("First batch is applied and read back in hour, day and month", FirstAsync),
        new("Batch sent again counts once", AgainAsync),
        new("Late copies of earlier batches change nothing", LateCopiesAsync),
        new("Batch that skips a number changes nothing", GapAsync),
        new("New instance begins at 1 in a store that others wrote", NewInstanceAsync),
        new("Instances number their batches apart", InstancesAsync),
        new("Partitions number their batches apart", PartitionsAsync),
        new("Batch of as many rows as there may be is applied whole", FullAsync),
        new("Opening an open store is harmless", OpenedTwiceAsync),
    ];

    private static async Task FirstAsync(Ledger ledger)
    {
        var store = await ledger.OpenAsync().ConfigureAwait(false);
        await ledger.CheckAsync(store, "before anything is sent").ConfigureAwait(false);
        await ledger.SendAsync(store, ledger.Row(Rows.Key(), (SpendMeasure.Calls, 2), (64, 1_234_567))).ConfigureAwait(false);
        await ledger.CheckAsync(store).ConfigureAwait(false);
    }

    private static async Task AgainAsync(Ledger ledger)
    {
        var store = await ledger.OpenAsync().ConfigureAwait(false);
        SpendRow[] first = [ledger.Row(Rows.Key(), (0, 5))];
        await ledger.SendAsync(store, first).ConfigureAwait(false);
        Expect.Equal("reply to batch 1 again", new BatchReply(BatchStatus.AlreadyApplied, 1), await ledger.ApplyAsync(store, 1, first).ConfigureAwait(false));
        await ledger.CheckAsync(store, "after batch 1 came twice").ConfigureAwait(false);
        await ledger.SendAsync(store, ledger.Row(Rows.Key(), (0, 7))).ConfigureAwait(false);
        Expect.Equal("reply to batch 1 after batch 2", new BatchReply(BatchStatus.AlreadyApplied, 2), await ledger.ApplyAsync(store, 1, first).ConfigureAwait(false));
        await ledger.CheckAsync(store, "after batch 1 came three times").ConfigureAwait(false);
    }

    private static async Task LateCopiesAsync(Ledger ledger)
    {
        var store = await ledger.OpenAsync().ConfigureAwait(false);
        SpendRow[][] batches = [.. Enumerable.Range(1, Batches).Select(n => new[] { ledger.Row(Rows.Key(user: $"u{n % 3}"), (0, n), (64, n)) })];
        foreach (var batch in batches)
        {
            await ledger.SendAsync(store, batch).ConfigureAwait(false);
        }

        for (var number = Batches; number > 0; number--)
        {
            Expect.Equal($"reply to a copy of batch {number}", new BatchReply(BatchStatus.AlreadyApplied, Batches), await ledger.ApplyAsync(store, number, batches[number - 1]).ConfigureAwait(false));
        }

        await ledger.CheckAsync(store, "after every batch came twice").ConfigureAwait(false);
    }

    private static async Task GapAsync(Ledger ledger)
    {
        var store = await ledger.OpenAsync().ConfigureAwait(false);
        SpendRow[] second = [ledger.Row(Rows.Key(), (0, 1)), ledger.Row(Rows.Key(user: "eve"), (0, 1))];
        Expect.Equal("reply to batch 2 of a new instance", new BatchReply(BatchStatus.Gap, 0), await ledger.ApplyAsync(store, 2, second).ConfigureAwait(false));
        await ledger.CheckAsync(store, "after a batch that skips 1").ConfigureAwait(false);
        await ledger.SendAsync(store, ledger.Row(Rows.Key(), (0, 10))).ConfigureAwait(false);
        foreach (var number in new[] { 3, long.MaxValue })
        {
            Expect.Equal($"reply to batch {number} after batch 1", new BatchReply(BatchStatus.Gap, 1), await ledger.ApplyAsync(store, number, second).ConfigureAwait(false));
        }

        await ledger.SendAsync(store, second).ConfigureAwait(false);
        await ledger.CheckAsync(store, "after the missing batch").ConfigureAwait(false);
    }

    private static async Task NewInstanceAsync(Ledger ledger)
    {
        var store = await ledger.OpenAsync().ConfigureAwait(false);
        for (var number = 1; number <= 3; number++)
        {
            await ledger.SendAsync(store, ledger.Row(Rows.Key(), (0, number))).ConfigureAwait(false);
        }

        SpendRow[] rows = [ledger.Row(Rows.Key(), (0, 100))];
        Expect.Equal("reply to batch 4 of a new instance", new BatchReply(BatchStatus.Gap, 0), await ledger.ApplyAsync(store, 4, rows, "second-2").ConfigureAwait(false));
        Expect.Equal("reply to batch 1 of a new instance", new BatchReply(BatchStatus.Applied, 1), await ledger.ApplyAsync(store, 1, rows, "second-2").ConfigureAwait(false));
        ledger.Tally.Add(rows, ledger.Settings);
        await ledger.CheckAsync(store).ConfigureAwait(false);
    }

    private static async Task InstancesAsync(Ledger ledger)
    {
        var store = await ledger.OpenAsync().ConfigureAwait(false);
        string[] instances = ["a", "a-1", "a1", "1", "0f8fad5b-d9cb-469f-a165-70867728950e", new string('i', 64)];
        for (var number = 1; number <= 3; number++)
        {
            foreach (var (i, instance) in instances.Index())
            {
                SpendRow[] rows = [ledger.Row(Rows.Key(), (0, 1), ((byte)(64 + i), number))];
                Expect.Equal($"reply to batch {number} of instance {instance}", new BatchReply(BatchStatus.Applied, number), await ledger.ApplyAsync(store, number, rows, instance).ConfigureAwait(false));
                ledger.Tally.Add(rows, ledger.Settings);
            }
        }

        await ledger.CheckAsync(store).ConfigureAwait(false);
    }

    private static async Task PartitionsAsync(Ledger ledger)
    {
        var store = await ledger.OpenAsync().ConfigureAwait(false);
        SpendKey[] keys = [.. new string?[] { null, "", "acme", "acme2", "{acme}", "a:b" }.SelectMany(tenant => new[] { Rows.Key(tenant: tenant), Rows.Key(user: "bob", tenant: tenant) })];
        foreach (var key in keys)
        {
            Expect.Equal("partition of the same key", store.PartitionOf(in key), store.PartitionOf(key with { More = SpendKeyMore.Of(default) }));
        }

        for (var number = 1; number <= 3; number++)
        {
            await ledger.SendAsync(store, [.. keys.Select((key, i) => ledger.Row(key, (0, i + 1), (64, 1 << i)))]).ConfigureAwait(false);
        }

        await ledger.CheckAsync(store).ConfigureAwait(false);
    }

    private static async Task FullAsync(Ledger ledger)
    {
        var store = await ledger.OpenAsync().ConfigureAwait(false);
        SpendRow[] rows = [.. Enumerable.Range(0, SpendBatch.MaxRows).Select(n => ledger.Row(Rows.Key(user: $"u{n % 50}", model: $"m{n / 50}"), (0, n), (64, 1L << (n % 60))))];
        await ledger.SendAsync(store, rows).ConfigureAwait(false);
        await ledger.SendAsync(store, rows).ConfigureAwait(false);
        await ledger.CheckAsync(store).ConfigureAwait(false);
    }

    private static async Task OpenedTwiceAsync(Ledger ledger)
    {
        var store = await ledger.OpenAsync().ConfigureAwait(false);
        await ledger.SendAsync(store, ledger.Row(Rows.Key(), (0, 1))).ConfigureAwait(false);
        await store.OpenAsync(ledger.Stop).ConfigureAwait(false);
        await ledger.CheckAsync(store).ConfigureAwait(false);
        await ledger.SendAsync(store, ledger.Row(Rows.Key(), (0, 1))).ConfigureAwait(false);
        await ledger.CheckAsync(store).ConfigureAwait(false);
    }
}
