namespace LlmTelemetry.StoreConformance;

/// <summary>What is asked for is apart; what is not is added up.</summary>
internal static class DimensionCases
{
    public static IReadOnlyList<StoreCase> All { get; } =
    [
        .. Rows.Said.Select(dimension => new StoreCase($"Dimension is told apart in every grain: {dimension}", ledger => ApartAsync(ledger, dimension))),
        new("Any two dimensions are told apart together", PairsAsync),
        new("Tags are told apart by name and value", TagsAsync),
        new("Conversations and sessions are kept by the hour and added up in days and months", IdsAsync),
    ];

    private static async Task ApartAsync(Ledger ledger, SpendDimension dimension)
    {
        var store = await ledger.OpenAsync().ConfigureAwait(false);
        var full = new SpendKey("p", "m", "u", "t", "f", SpendKeyMore.Of(new("gold", "app", "production", "embeddings", "talk", "s1", Outcome: "failed", Quality: "partial", PriceVersion: "2026-11-22")));
        SpendKey[] keys = [full, Rows.With(in full, dimension, "other"), Rows.With(in full, dimension, null), Rows.With(in full, dimension, ""), Rows.With(new(null, null, null, null, null), dimension, "other")];
        await ledger.SendAsync(store, [.. keys.Distinct().Select((key, i) => ledger.Row(key, (0, 1 << i), (64, 10 << i)))]).ConfigureAwait(false);
        await ledger.SendAsync(store, [.. keys.Distinct().Select((key, i) => ledger.RowAt(ledger.Hour.AddHours(-1), key, (0, 100 << i)))]).ConfigureAwait(false);
        await ledger.CheckAsync(store, "", [dimension], [dimension, SpendDimension.User], [dimension, SpendDimension.Model], [], [.. Rows.Dimensions]).ConfigureAwait(false);
    }

    private static async Task PairsAsync(Ledger ledger)
    {
        var store = await ledger.OpenAsync().ConfigureAwait(false);
        var rows = new Dictionary<SpendKey, SpendRow>();
        foreach (var (i, dimension) in Rows.Said.Index())
        {
            foreach (var other in Rows.Said.Skip(i + 1))
            {
                var key = Rows.With(Rows.With(Rows.Key(tenant: "t"), dimension, "x"), other, "y");
                rows[key] = ledger.Row(key, (0, rows.Count + 1));
            }
        }

        await ledger.SendAsync(store, [.. rows.Values]).ConfigureAwait(false);
        foreach (var (i, dimension) in Rows.Said.Index())
        {
            foreach (var other in Rows.Said.Skip(i + 1))
            {
                await ledger.CheckAsync(store, ledger.ReadOf(SpendGrain.Day, dimension, other)).ConfigureAwait(false);
            }
        }
    }

    private static async Task TagsAsync(Ledger ledger)
    {
        var store = await ledger.OpenAsync().ConfigureAwait(false);
        await ledger.SendAsync(
            store,
            ledger.Row(Rows.Tagged(("plan", "gold"), ("region", "eu")), (0, 1)),
            ledger.Row(Rows.Tagged(("plan", "gold"), ("region", "us|=x%{}")), (0, 2)),
            ledger.Row(Rows.Tagged(("region", "eu")), (0, 4)),
            ledger.Row(Rows.Tagged(("plan", "")), (0, 8)),
            ledger.Row(Rows.Tagged(("plan", "eu")), (0, 16)),
            ledger.Row(Rows.Key(), (0, 32))).ConfigureAwait(false);
        foreach (var grain in Tally.Grains)
        {
            foreach (var tags in new string[][] { ["plan"], ["region"], ["region", "plan"], ["other"], [] })
            {
                await ledger.CheckAsync(store, ledger.ReadOf(grain) with { Tags = tags }, $"with tags {string.Join(", ", tags)}").ConfigureAwait(false);
                await ledger.CheckAsync(store, ledger.ReadOf(grain, SpendDimension.User, SpendDimension.Tier) with { Tags = tags }, $"with tags {string.Join(", ", tags)}").ConfigureAwait(false);
            }
        }
    }

    private static async Task IdsAsync(Ledger ledger)
    {
        var store = await ledger.OpenAsync().ConfigureAwait(false);
        for (var n = 1; n <= 20; n++)
        {
            var conversation = $"c{n}";
            await ledger.SendAsync(store, [.. Enumerable.Range(0, 10).Select(i => ledger.Row(Rows.Key(parts: new("gold", Conversation: conversation, Session: $"s{n % 2}-{i}")), (0, n), (64, n)))]).ConfigureAwait(false);
        }

        await ledger.CheckAsync(store, "", [], [SpendDimension.Conversation], [SpendDimension.Session], [SpendDimension.Session, SpendDimension.Conversation, SpendDimension.User], [.. Rows.Dimensions]).ConfigureAwait(false);
    }
}
