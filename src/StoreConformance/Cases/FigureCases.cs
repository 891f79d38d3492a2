namespace LlmTelemetry.StoreConformance;

/// <summary>Rows of further figures are apart from those of calls, and otherwise as they are.</summary>
internal static class FigureCases
{
    private static readonly SpendKeyParts Rating = new("gold", Session: "s1", Metric: "=rating|");
    private static readonly SpendKeyParts Other = new("gold", Session: "s2", Metric: "=rating|=s|=a|=b%007Cc");

    public static IReadOnlyList<StoreCase> All { get; } =
    [
        new("Figures are apart from calls and by metric", ApartAsync),
        new("Figures of hostile names stay apart", NamesAsync),
        new("Figures count once and expire as calls do", OnceAsync),
    ];

    private static async Task ApartAsync(Ledger ledger)
    {
        var store = await ledger.OpenAsync().ConfigureAwait(false);
        await ledger.SendAsync(
            store,
            ledger.Row(Rows.Key(parts: Rating), (SpendMeasure.Figures, 1), (SpendMeasure.FigurePlus, long.MaxValue), (SpendMeasure.FigurePlusBillionths, 999_999_999)),
            ledger.Row(Rows.Key("bob", parts: Rating), (SpendMeasure.Figures, 2), (SpendMeasure.FigureMinus, 7)),
            ledger.Row(Rows.Key(parts: Other), (SpendMeasure.Figures, 4)),
            ledger.Row(Rows.Key(tenant: "acme", parts: Other), (SpendMeasure.Figures, 8)),
            ledger.Row(Rows.Key(), (0, 16), (SpendMeasure.Figures, 32))).ConfigureAwait(false);
        await ledger.SendAsync(store, ledger.RowAt(ledger.Hour.AddHours(-30), Rows.Key(parts: Rating), (SpendMeasure.Figures, 64), (SpendMeasure.FigurePlus, long.MaxValue))).ConfigureAwait(false);
        await ledger.CheckAsync(store).ConfigureAwait(false);
        await ledger.CheckAsync(store, ledger.ReadOf(SpendGrain.Hour, SpendDimension.Session) with { OfFigures = true }).ConfigureAwait(false);
        var sessions = await store.ReadSessionsAsync(new SessionRead("s1", AnyTenant: true), ledger.Stop).ConfigureAwait(false);
        Expect.Equal("sessions that only figures name", 0, sessions.Count);
    }

    private static async Task NamesAsync(Ledger ledger)
    {
        var store = await ledger.OpenAsync().ConfigureAwait(false);
        string[] metrics = ["=a", "=a|", "=a||", "=A", "|", "", "%", "=\n", "=\0", "=\uD800", "=\uD801", "=é", "=e\u0301", "=" + new string('x', 5000), "=a|=b|=c|=d"];
        await ledger.SendAsync(store, [.. metrics.Select((metric, i) => ledger.Row(Rows.Key(parts: new(Metric: metric)), (SpendMeasure.Figures, i + 1)))]).ConfigureAwait(false);
        await ledger.CheckAsync(store).ConfigureAwait(false);
    }

    private static async Task OnceAsync(Ledger ledger)
    {
        var store = await ledger.OpenAsync().ConfigureAwait(false);
        SpendRow[] rows = [ledger.Row(Rows.Key(parts: Rating), (SpendMeasure.Figures, 1)), ledger.RowAt(ledger.Hour.AddDays(-10), Rows.Key(parts: Rating), (SpendMeasure.Figures, 2))];
        await ledger.SendAsync(store, rows).ConfigureAwait(false);
        Expect.Equal("reply to the copy", new BatchReply(BatchStatus.AlreadyApplied, 1), await ledger.ApplyAsync(store, 1, rows).ConfigureAwait(false));
        await ledger.CheckAsync(store).ConfigureAwait(false);
    }
}
