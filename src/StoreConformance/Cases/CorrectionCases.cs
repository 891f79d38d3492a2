namespace LlmTelemetry.StoreConformance;

/// <summary>Corrections are in force or not, for all readers at once. A store that keeps none says so.</summary>
internal static class CorrectionCases
{
    private const int Writers = 8;

    public static IReadOnlyList<StoreCase> All { get; } =
    [
        new("Corrections are in force in the order in which that was said last", OrderAsync),
        new("Correction is put in force by one of many who say so", OnceAsync),
        new("Corrections come back as they were said", NamesAsync),
    ];

    private static async Task OrderAsync(Ledger ledger)
    {
        if (await OpenAsync(ledger).ConfigureAwait(false) is not { } store)
        {
            return;
        }

        var (one, two) = (Make(ledger, "one"), Make(ledger, "two"));
        (SpendCorrection What, bool InForce, bool Changes, SpendCorrection[] After)[] steps =
        [
            (one, false, false, []), (one, true, true, [one]), (one, true, false, [one]), (two, true, true, [one, two]),
            (one, false, true, [two]), (one, false, false, [two]), (one, true, true, [two, one]), (two, false, true, [one]),
        ];
        foreach (var (n, step) in steps.Index())
        {
            Expect.Equal($"whether step {n} changes anything", step.Changes, await store.SetCorrectionAsync(step.What, step.InForce, ledger.Stop).ConfigureAwait(false));
            Expect.Equal($"corrections after step {n}", Text(step.After), Text(await store.CorrectionsAsync(ledger.Stop).ConfigureAwait(false)));
        }
    }

    private static async Task OnceAsync(Ledger ledger)
    {
        if (await OpenAsync(ledger).ConfigureAwait(false) is not { } store)
        {
            return;
        }

        foreach (var inForce in new[] { true, false })
        {
            var said = await Task.WhenAll(Enumerable.Range(0, Writers).Select(_ => Task.Run(() => store.SetCorrectionAsync(Make(ledger, "one"), inForce, ledger.Stop), ledger.Stop))).ConfigureAwait(false);
            Expect.Equal("writers who changed it", 1, said.Count(changed => changed));
        }
    }

    private static async Task NamesAsync(Ledger ledger)
    {
        if (await OpenAsync(ledger).ConfigureAwait(false) is not { } store)
        {
            return;
        }

        var hostile = Make(ledger, "a-1") with { By = "1|2|{x}\n", Why = "ü 'quoted' \"twice\" %0025 =" };
        await store.SetCorrectionAsync(hostile, inForce: true, ledger.Stop).ConfigureAwait(false);
        Expect.Equal("correction", Text([hostile]), Text(await store.CorrectionsAsync(ledger.Stop).ConfigureAwait(false)));
    }

    // Null: it keeps none.
    private static async Task<ISpendStore?> OpenAsync(Ledger ledger)
    {
        var store = await ledger.OpenAsync().ConfigureAwait(false);
        Expect.Equal("corrections of a new ledger", 0, (await store.CorrectionsAsync(ledger.Stop).ConfigureAwait(false)).Count);
        try
        {
            await store.SetCorrectionAsync(Make(ledger, "none"), inForce: false, ledger.Stop).ConfigureAwait(false);
            return store;
        }
        catch (NotSupportedException)
        {
            return null;
        }
    }

    private static SpendCorrection Make(Ledger ledger, string id) => new(id, ledger.Hour, "somebody", "prices of yesterday");

    private static string Text(IEnumerable<SpendCorrection> corrections) => string.Join("; ", corrections);
}
