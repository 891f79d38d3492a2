namespace LlmTelemetry.CostExporter;

/// <summary>The ledger that records stand beside, opened to write the first time that something is booked. Disposes both.</summary>
internal sealed class LedgerBeside(StoreAddress address, StoreSettings settings, IRecordStore records) : IAsyncDisposable
{
    private ISpendStore? _store;

    public async Task<ISpendStore> OpenAsync(CancellationToken cancellationToken)
    {
        if (_store is not null)
        {
            return _store;
        }

        // Its exporters said what is kept, and readers go by that: not to be changed by who only imports.
        var said = settings.ReadOnly ? await KeepsAsync(cancellationToken).ConfigureAwait(false) : null;
        var store = SpendStores.Create(address, settings.As(said) with { ReadOnly = false });
        try
        {
            await store.OpenAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await store.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        return _store = store;
    }

    public async ValueTask DisposeAsync()
    {
        if (_store is not null)
        {
            await _store.DisposeAsync().ConfigureAwait(false);
        }

        await records.DisposeAsync().ConfigureAwait(false);
    }

    private async Task<StoreKeeps?> KeepsAsync(CancellationToken cancellationToken)
    {
        var reader = SpendStores.Create(address, settings);
        await using (reader.ConfigureAwait(false))
        {
            await reader.OpenAsync(cancellationToken).ConfigureAwait(false);
            return await reader.KeepsAsync(cancellationToken).ConfigureAwait(false);
        }
    }
}
