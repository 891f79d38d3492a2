namespace LlmTelemetry.CostExporter;

/// <summary>Opens the store of a ledger that is there, to take something out of it: makes none, and changes nothing that it says of itself.</summary>
internal static class LedgerStore
{
    // Writing a large SQLite file anew takes as long as it takes.
    private static readonly TimeSpan FileTimeout = TimeSpan.FromHours(1);

    /// <returns>The store, and the zone of its days.</returns>
    public static async Task<(ISpendStore Store, TimeZoneInfo TimeZone)> OpenAsync(CostExporterOptions options, CancellationToken cancellationToken)
    {
        var address = StoreAddress.Parse(options.Store);
        if (address.File is null && address.Redis is null)
        {
            throw new InvalidOperationException("A ledger in memory is its process's own: nobody else can change it.");
        }

        TimeZoneInfo zone;
        var reports = await LedgerReader.OpenAsync(options, cancellationToken).ConfigureAwait(false);
        await using (reports.ConfigureAwait(false))
        {
            zone = reports.TimeZone;
        }

        var said = await KeepsAsync(address, LedgerReader.AllOf(options) with { TimeZone = zone, ReadOnly = true }, cancellationToken).ConfigureAwait(false);
        if (address.Redis is null)
        {
            // A file of an earlier version gets the tables that it lacks.
            return (await OpenAsync(address, options.ToStoreSettings().As(said) with { TimeZone = zone, Timeout = FileTimeout }, cancellationToken).ConfigureAwait(false), zone);
        }

        // Redis takes writes all the same: what is left out is to make a store, to raise its schema, and to say what it keeps.
        var settings = LedgerReader.AllOf(options) with { TimeZone = zone, ReadOnly = true, HourRetention = said?.Hours ?? new CostExporterOptions().HourRetention };
        return (await OpenAsync(address, settings, cancellationToken).ConfigureAwait(false), zone);
    }

    /// <summary>
    /// Proves that a write reaches the store: what it says of itself is written once more as it stands, the first thing that every exporter does.
    /// </summary>
    /// <returns>Null; or, where a write would raise it, the earlier schema that the store is of.</returns>
    public static async Task<string?> ProveAsync(CostExporterOptions options, CancellationToken cancellationToken)
    {
        var (reader, zone) = await OpenAsync(options, cancellationToken).ConfigureAwait(false);
        StoreKeeps? said;
        await using (reader.ConfigureAwait(false))
        {
            if (await reader.StatusAsync(cancellationToken).ConfigureAwait(false) is { Schema: { } schema } && schema != StoreIdentity.Schema)
            {
                return schema;
            }

            said = await reader.KeepsAsync(cancellationToken).ConfigureAwait(false);
        }

        var settings = options.ToStoreSettings().As(said) with { TimeZone = zone };
        await (await OpenAsync(StoreAddress.Parse(options.Store), settings, cancellationToken).ConfigureAwait(false)).DisposeAsync().ConfigureAwait(false);
        return null;
    }

    private static async Task<StoreKeeps?> KeepsAsync(StoreAddress address, StoreSettings settings, CancellationToken cancellationToken)
    {
        var store = await OpenAsync(address, settings, cancellationToken).ConfigureAwait(false);
        await using (store.ConfigureAwait(false))
        {
            return await store.KeepsAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    private static Task<ISpendStore> OpenAsync(StoreAddress address, StoreSettings settings, CancellationToken cancellationToken) =>
        SpendStores.OpenAsync(SpendStores.Create(address, settings), cancellationToken);
}
