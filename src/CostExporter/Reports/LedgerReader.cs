namespace LlmTelemetry.CostExporter;

/// <summary>Opens a store that an exporter has made, to read it: writes nothing, and takes the zone that the store has.</summary>
internal static class LedgerReader
{
    // A reader does not know how long the exporter keeps its rows; it looks for all that may be there.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(3653);

    // An exporter that does not say keeps no conversations nor sessions either, so nothing is short.
    private static readonly TimeSpan Unsaid = new CostExporterOptions().HourRetention;

    public static async Task<UsageReports> OpenAsync(CostExporterOptions options, CancellationToken cancellationToken)
    {
        var address = StoreAddress.Parse(options.Store);
        NeedFile(address);
        var settings = options.ToStoreSettings() with { HourRetention = Longest, DayRetention = Longest, MonthRetention = Longest, ReadOnly = address.File is not null || address.Redis is not null };
        try
        {
            return await OpenAsync(address, settings, cancellationToken).ConfigureAwait(false);
        }
        catch (SpendStoreMismatchException mismatch) when (mismatch.TimeZone is { } zone && settings.TimeZone.Equals(TimeZoneInfo.Utc))
        {
            return await OpenAsync(address, settings with { TimeZone = TimeZoneInfo.FindSystemTimeZoneById(zone) }, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<UsageReports> OpenAsync(StoreAddress address, StoreSettings settings, CancellationToken cancellationToken)
    {
        var store = SpendStores.Create(address, settings);
        TimeSpan? retention;
        try
        {
            await store.OpenAsync(cancellationToken).ConfigureAwait(false);
            retention = await store.HourRetentionAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await store.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        return new UsageReports(store, settings.TimeZone, settings.Time, retention ?? Unsaid, owns: true);
    }

    private static void NeedFile(StoreAddress address)
    {
        if (address.File is { } file && !(new FileInfo(file) is { Exists: true, Length: > 0 }))
        {
            var path = Path.GetFullPath(file);
            throw new FileNotFoundException(File.Exists(file) ? $"The file {path} is empty: it is not a ledger yet." : $"There is no file {path}: nothing was recorded there yet.", path);
        }
    }
}
