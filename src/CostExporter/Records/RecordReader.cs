namespace LlmTelemetry.CostExporter;

/// <summary>Opens records from outside, where they are already: makes nothing.</summary>
internal static class RecordReader
{
    private static readonly string[] Schemes = ["sqlite:", "redis:", "rediss:", "http:", "https:"];

    public static async Task<UsageRecords> OpenAsync(string place, Action<CostExporterOptions>? configure, CancellationToken cancellationToken)
    {
        var options = new CostExporterOptions();
        if (Array.Exists(Schemes, scheme => place.TrimStart().StartsWith(scheme, StringComparison.OrdinalIgnoreCase)))
        {
            options.Store = place;
        }
        else
        {
            options.Records.Path = place;
        }

        configure?.Invoke(options);
        var store = await (options.Records.Keep == RecordKeeping.File ? OpenFileAsync(options, cancellationToken) : OpenStoreAsync(options, cancellationToken)).ConfigureAwait(false);
        return new UsageRecords(store, owns: true);
    }

    private static async Task<IRecordStore> OpenFileAsync(CostExporterOptions options, CancellationToken cancellationToken)
    {
        var path = Path.GetFullPath(options.Records.Path);
        if (!File.Exists(path))
        {
            throw new FileNotFoundException($"There is no file {path}: no record was kept there yet.", path);
        }

        return await OpenAsync(RecordFileStores.Create(options.Records, options.StoreTimeout, options.TimeProvider), cancellationToken).ConfigureAwait(false);
    }

    private static async Task<IRecordStore> OpenStoreAsync(CostExporterOptions options, CancellationToken cancellationToken)
    {
        var address = StoreAddress.Parse(options.Store);
        LedgerReader.NeedFile(address.File);
        var settings = options.ToStoreSettings() with { ReadOnly = address.File is not null || address.Redis is not null };
        try
        {
            return await OpenAsync(RecordStores.InStore(address, settings, options.Records), cancellationToken).ConfigureAwait(false);
        }
        catch (SpendStoreMismatchException mismatch) when (mismatch.TimeZone is { } zone && settings.TimeZone.Equals(TimeZoneInfo.Utc))
        {
            var right = settings with { TimeZone = TimeZoneInfo.FindSystemTimeZoneById(zone) };
            return await OpenAsync(RecordStores.InStore(address, right, options.Records), cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<IRecordStore> OpenAsync(IRecordStore store, CancellationToken cancellationToken)
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
