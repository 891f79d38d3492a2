namespace LlmTelemetry.CostExporter;

/// <summary>Opens a ledger that is there to correct it, and leaves what it says of itself as it is.</summary>
internal static class LedgerWriter
{
    /// <param name="options">Where it is.</param>
    /// <param name="reports">The same ledger, opened to read.</param>
    /// <param name="cancellationToken">Stops the opening.</param>
    public static async Task<ISpendStore> OpenAsync(CostExporterOptions options, UsageReports reports, CancellationToken cancellationToken)
    {
        options.TimeZone = reports.TimeZone;
        var keeps = await reports.Store.KeepsAsync(cancellationToken).ConfigureAwait(false);
        options.HourRetention = keeps?.Hours ?? options.HourRetention;
        options.DayRetention = keeps?.Days ?? options.DayRetention;
        options.MonthRetention = keeps?.Months ?? options.MonthRetention;
        options.Dimensions = keeps?.Dimensions ?? options.Dimensions;
        options.Tags = keeps?.Tags ?? options.Tags;
        var store = SpendStores.Create(options, options.ToStoreSettings());
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
