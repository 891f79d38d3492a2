namespace LlmTelemetry.StoreConformance;

/// <summary>Whatever a name holds, it stays apart from others and comes back as it was.</summary>
internal static class NameCases
{
    private static readonly string?[] Hostile =
    [
        null, "", " ", "{", "}", "{a}", "}{", "|", "a|b", "=", "-", ":", "%", "%007C", "%s", "*", "?", "[a]", "_", "'", "\"", "\\", ";--", "\n", "\r\n", "\t", "\0", "a\0b", "\u001f", "😀", "\uD800", "\uD801",
        "\uDC00\uD800", "\uFFFD", "\uFEFF", "ü", "null", "NULL", "0", "00", "1e3", "true", new string('x', 10_000), new string('é', 10_000), new string('x', 9_999) + "y",
    ];

    // Of those that databases like to take for one.
    private static readonly string[] Alike =
        ["ann", "Ann", "ANN", "ann ", " ann", "ann\u200B", "an\u00ADn", "\u00E9", "e\u0301", "\uFF41nn", "ı", "i", "I", "İ", "ss", "ß", "1", "01", "1.0", "a-b", "ab", "ænn"];

    public static IReadOnlyList<StoreCase> All { get; } =
    [
        .. Rows.Said.Select(dimension => new StoreCase($"Hostile names stay apart and come back as they were: {dimension}", ledger => KeepAsync(ledger, dimension, Hostile))),
        .. Rows.Said.Select(dimension => new StoreCase($"Names that look alike stay apart: {dimension}", ledger => KeepAsync(ledger, dimension, Alike))),
        new("Hostile names and values of tags stay apart", TagsAsync),
        new("Parts of a key do not run into each other", PartsAsync),
    ];

    private static async Task KeepAsync(Ledger ledger, SpendDimension dimension, string?[] names)
    {
        var store = await ledger.OpenAsync().ConfigureAwait(false);
        await ledger.SendAsync(store, [.. names.Select((name, i) => ledger.Row(Rows.With(Rows.Key(), dimension, name), (0, i + 1)))]).ConfigureAwait(false);
        await ledger.CheckAsync(store, "", [dimension], [.. Rows.Dimensions]).ConfigureAwait(false);
    }

    private static async Task TagsAsync(Ledger ledger)
    {
        var store = await ledger.OpenAsync().ConfigureAwait(false);
        string[] texts = [.. Hostile.OfType<string>().Concat(Alike).Where(text => text.Length < 100).Distinct()];
        SpendRow[] rows =
        [
            .. texts.Select((text, i) => ledger.Row(Rows.Tagged(("plan", text)), (0, i + 1))),
            .. texts.Where(text => text.Length > 0).Select((text, i) => ledger.Row(Rows.Tagged((text, "gold")), (0, i + 1))),
            ledger.Row(Rows.Key(), (0, 1000)),
        ];
        await ledger.SendAsync(store, rows).ConfigureAwait(false);
        foreach (var grain in Tally.Grains)
        {
            await ledger.CheckAsync(store, ledger.ReadOf(grain) with { Tags = ["plan"] }).ConfigureAwait(false);
            await ledger.CheckAsync(store, ledger.ReadOf(grain) with { Tags = texts }).ConfigureAwait(false);
        }
    }

    private static async Task PartsAsync(Ledger ledger)
    {
        var store = await ledger.OpenAsync().ConfigureAwait(false);
        string?[] some = [null, "", "a", "|", "=a|=b", "a|"];
        var keys = from provider in some from model in some from user in some from feature in some select new SpendKey(provider, model, user, null, feature);
        await ledger.SendAsync(store, [.. keys.Select((key, i) => ledger.Row(key, (0, i + 1)))]).ConfigureAwait(false);
        await ledger.CheckAsync(store).ConfigureAwait(false);
    }
}
