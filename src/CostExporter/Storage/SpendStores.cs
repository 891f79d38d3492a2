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
    public static Task<ISpendStore> OpenAsync(ISpendStore store, CancellationToken cancellationToken) => OpenAsync(store, store.OpenAsync, cancellationToken);

    /// <inheritdoc cref="OpenAsync(ISpendStore, CancellationToken)"/>
    public static async Task<TStore> OpenAsync<TStore>(TStore store, Func<CancellationToken, Task> open, CancellationToken cancellationToken)
        where TStore : IAsyncDisposable
    {
        try
        {
            await open(cancellationToken).ConfigureAwait(false);
            return store;
        }
        catch
        {
            await store.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }
}
