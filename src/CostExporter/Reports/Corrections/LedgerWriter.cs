namespace LlmTelemetry.CostExporter;

/// <summary>Opens a ledger that is there to correct it, and leaves what it says of itself as it is.</summary>
internal static class LedgerWriter
{
    /// <param name="options">Where it is.</param>
    /// <param name="reports">The same ledger, opened to read.</param>
    /// <param name="cancellationToken">Stops the opening.</param>
    public static async Task<ISpendStore> OpenAsync(CostExporterOptions options, UsageReports reports, CancellationToken cancellationToken)
    {
        var said = await reports.Store.KeepsAsync(cancellationToken).ConfigureAwait(false);
        return await SpendStores.OpenAsync(SpendStores.Create(options, options.ToStoreSettings().As(said) with { TimeZone = reports.TimeZone }), cancellationToken).ConfigureAwait(false);
    }
}
