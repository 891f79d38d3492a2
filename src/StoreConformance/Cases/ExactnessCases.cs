namespace LlmTelemetry.StoreConformance;

/// <summary>No sum is rounded, cut or wrapped.</summary>
internal static class ExactnessCases
{
    private const int MeasureCount = 128;
    private const int Seed = 20261123;

    // Where numbers of some kind end: bytes, floats, 48-bit limbs, doubles, signed and unsigned 64 bits, 96 bits of which decimals have.
    private static readonly Int128[] Ends =
    [
        256, 1 << 15, 1 << 16, 1 << 24, 1L << 31, 1L << 32, 1L << 48, 1L << 53, 1_000_000_000_000_000_000, Int128.One << 63, Int128.One << 64, 3 * (Int128.One << 64), Int128.One << 72,
        (Int128.One << 90) + 12345, Int128.One << 95,
    ];

    public static IReadOnlyList<StoreCase> All { get; } =
    [
        new("Sums stay exact where the ranges of numbers end", EndsAsync),
        new("Sums of many users stay exact past Int64", UsersAsync),
        new("Largest value is kept", LargestAsync),
        new("Every measure is kept apart", MeasuresAsync),
        new("Increments of 0 leave everything as it is", ZeroAsync),
        new("Random increments add up to the sender's own tally", RandomAsync),
        new("Value that cannot be kept changes nothing of its batch", RefusedAsync),
    ];

    private static async Task EndsAsync(Ledger ledger)
    {
        var store = await ledger.OpenAsync().ConfigureAwait(false);
        var key = Rows.Key();
        foreach (var step in new Func<Int128, Int128>[] { end => end - 1, _ => 1, _ => 1, end => end - 2 })
        {
            await ledger.SendAsync(store, ledger.Row(key, [.. Ends.Select((end, i) => ((byte)(i * 6), step(end)))])).ConfigureAwait(false);
            await ledger.CheckAsync(store, $"after increments of {step(Ends[0])} ...").ConfigureAwait(false);
        }
    }

    private static async Task UsersAsync(Ledger ledger)
    {
        var store = await ledger.OpenAsync().ConfigureAwait(false);
        for (var batch = 0; batch < 3; batch++)
        {
            await ledger.SendAsync(store, [.. Enumerable.Range(0, 50).Select(n => ledger.Row(Rows.Key(user: $"u{n}", model: $"m{n % 2}"), (0, 1), (64, long.MaxValue - n), (95, (Int128.One << 80) + n)))]).ConfigureAwait(false);
        }

        await ledger.CheckAsync(store).ConfigureAwait(false);
    }

    private static async Task LargestAsync(Ledger ledger)
    {
        var store = await ledger.OpenAsync().ConfigureAwait(false);
        await ledger.SendAsync(store, ledger.Row(Rows.Key(), (64, (Int128.One << 96) - 2))).ConfigureAwait(false);
        await ledger.SendAsync(store, ledger.Row(Rows.Key(), (64, 1), (65, (Int128.One << 96) - 1))).ConfigureAwait(false);
        await ledger.CheckAsync(store).ConfigureAwait(false);
    }

    private static async Task MeasuresAsync(Ledger ledger)
    {
        var store = await ledger.OpenAsync().ConfigureAwait(false);
        for (var batch = 1; batch <= 2; batch++)
        {
            await ledger.SendAsync(store, ledger.Row(Rows.Key(), [.. Enumerable.Range(0, MeasureCount).Select(id => ((byte)id, (Int128)(id + 1) * batch))])).ConfigureAwait(false);
        }

        for (var id = 0; id < MeasureCount; id++)
        {
            await ledger.SendAsync(store, ledger.Row(Rows.Key(), ((byte)id, 1000))).ConfigureAwait(false);
        }

        await ledger.CheckAsync(store).ConfigureAwait(false);
    }

    private static async Task ZeroAsync(Ledger ledger)
    {
        var store = await ledger.OpenAsync().ConfigureAwait(false);
        await ledger.SendAsync(store, ledger.Row(Rows.Key(), (0, 3), (64, 0)), ledger.Row(Rows.Key(user: "nothing"), (0, 0)), ledger.Row(Rows.Key(user: "empty"))).ConfigureAwait(false);
        await ledger.SendAsync(store, ledger.Row(Rows.Key(), (0, 0), (64, 7))).ConfigureAwait(false);
        await ledger.CheckAsync(store).ConfigureAwait(false);
    }

    private static async Task RandomAsync(Ledger ledger)
    {
        var random = new Random(Seed);
        var store = await ledger.OpenAsync().ConfigureAwait(false);
        for (var batch = 0; batch < 15; batch++)
        {
            var keys = Enumerable.Range(0, 40)
                .Select(_ => Rows.Key($"u{random.Next(12)}", $"m{random.Next(4)}", random.Next(3) == 0 ? null : "f", random.Next(2) == 0 ? null : "t", new(random.Next(2) == 0 ? null : "gold", Session: random.Next(3) == 0 ? "s" : null)))
                .Distinct();
            await ledger.SendAsync(store, [.. keys.Select(key => ledger.RowAt(ledger.Hour.AddHours(-random.Next(30)), key, Some(random)))]).ConfigureAwait(false);
        }

        await ledger.CheckAsync(store, $"with seed {Seed}").ConfigureAwait(false);
    }

    private static async Task RefusedAsync(Ledger ledger)
    {
        var store = await ledger.OpenAsync().ConfigureAwait(false);
        await ledger.SendAsync(store, ledger.Row(Rows.Key(), (0, (Int128.One << 96) - 1))).ConfigureAwait(false);
        SpendRow[] rows = [ledger.Row(Rows.Key(user: "other"), (0, 1)), ledger.Row(Rows.Key(), (0, 1)), ledger.Row(Rows.Key(user: "third"), (0, 1))];
        try
        {
            // A store that keeps more than 96 bits takes it: then it must be there.
            await ledger.SendAsync(store, rows).ConfigureAwait(false);
        }
        catch (Exception refusal) when (refusal is not StoreCaseException)
        {
            await ledger.CheckAsync(store, $"after the batch was refused ({refusal.Message})").ConfigureAwait(false);
            SpendRow[] next = [ledger.Row(Rows.Key(), (1, 1))];
            Expect.Equal("reply to the refused number with other rows", new BatchReply(BatchStatus.Applied, 2), await ledger.ApplyAsync(store, 2, next).ConfigureAwait(false));
            ledger.Tally.Add(next, ledger.Settings);
        }

        await ledger.CheckAsync(store).ConfigureAwait(false);
    }

    private static (byte, Int128)[] Some(Random random) =>
        [.. Enumerable.Range(0, random.Next(1, 12)).Select(_ => ((byte)random.Next(MeasureCount), (Int128)random.NextInt64(1L << random.Next(1, 62)))).DistinctBy(measure => measure.Item1)];
}
