namespace LlmTelemetry.CostExporter;

/// <summary>Makes the store that the options or an address name; nothing is connected yet.</summary>
internal static class SpendStores
{
    public static ISpendStore Create(CostExporterOptions options, StoreSettings settings) => options.OwnStore is { } create
        ? create(settings) ?? throw new InvalidOperationException($"{nameof(CostExporterOptions.UseStore)} made no store: it returned null.")
        : Create(StoreAddress.Parse(options.Store), settings);

    public static ISpendStore Create(StoreAddress address, StoreSettings settings) =>
        address.Redis is { } redis
            ? new RedisSpendStore(redis, settings)
            : new SqliteSpendStore(address.File, settings);

    /// <summary>Opens a store; one that cannot be opened is disposed.</summary>
    public static async Task<ISpendStore> OpenAsync(ISpendStore store, CancellationToken cancellationToken)
    {
        try
        {
            await store.OpenAsync(cancellationToken).ConfigureAwait(false);
            return store;
        }
        catch
        {
            await store.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
