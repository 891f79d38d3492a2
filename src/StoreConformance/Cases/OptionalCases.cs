namespace LlmTelemetry.StoreConformance;

/// <summary>Members that have a default: a store that has its own must keep what they promise; one that cannot says so.</summary>
internal static class OptionalCases
{
    public static IReadOnlyList<StoreCase> All { get; } =
    [
        new("Status says what the store is, where it says anything", StatusAsync),
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
}
