namespace LlmTelemetry.CostExporter;

/// <summary>Opens records from outside an exporter.</summary>
internal static class RecordReader
{
    private static readonly string[] Schemes = ["sqlite:", "redis:", "rediss:", "http:", "https:"];

    /// <param name="place">The address of a ledger, or the path of a file.</param>
    /// <param name="configure">Sets other options.</param>
    /// <param name="create">Whether what is not there yet is made, as an import into a new ledger needs it.</param>
    /// <param name="cancellationToken">Stops the opening.</param>
    public static async Task<UsageRecords> OpenAsync(string place, Action<CostExporterOptions>? configure, bool create, CancellationToken cancellationToken)
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
        if (options.Records.Keep == RecordKeeping.File)
        {
            return await OpenFileAsync(options, create, cancellationToken).ConfigureAwait(false);
        }

        try
        {
            return await OpenLedgerAsync(options, isNew: false, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception cause) when (create && cause is FileNotFoundException or KeyNotFoundException)
        {
            return await OpenLedgerAsync(options, isNew: true, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<UsageRecords> OpenFileAsync(CostExporterOptions options, bool create, CancellationToken cancellationToken)
    {
        var path = Path.GetFullPath(options.Records.Path);
        if (!create && !File.Exists(path))
        {
            throw new FileNotFoundException($"There is no file {path}: no record was kept there yet.", path);
        }

        var store = await OpenAsync(RecordFileStores.Create(options.Records, options.StoreTimeout, options.TimeProvider), cancellationToken).ConfigureAwait(false);
        return new UsageRecords(store, booking: null, owned: store);
    }

    private static async Task<UsageRecords> OpenLedgerAsync(CostExporterOptions options, bool isNew, CancellationToken cancellationToken)
    {
        var address = StoreAddress.Parse(options.Store);
        if (!isNew)
        {
            LedgerReader.NeedFile(address.File);
        }

        var settings = options.ToStoreSettings() with { ReadOnly = !isNew && (address.File is not null || address.Redis is not null) };
        try
        {
            return await OpenLedgerAsync(address, settings, options, cancellationToken).ConfigureAwait(false);
        }
        catch (SpendStoreMismatchException mismatch) when (mismatch.TimeZone is { } zone && settings.TimeZone.Equals(TimeZoneInfo.Utc))
        {
            return await OpenLedgerAsync(address, settings with { TimeZone = TimeZoneInfo.FindSystemTimeZoneById(zone) }, options, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async Task<UsageRecords> OpenLedgerAsync(StoreAddress address, StoreSettings settings, CostExporterOptions options, CancellationToken cancellationToken)
    {
        var store = await OpenAsync(RecordStores.InStore(address, settings, options.Records), cancellationToken).ConfigureAwait(false);
        var ledger = new LedgerBeside(address, settings, store);
        return new UsageRecords(store, new RecordBooking(ledger.OpenAsync, settings.TimeZone, options), ledger);
    }

    private static Task<IRecordStore> OpenAsync(IRecordStore store, CancellationToken cancellationToken) => SpendStores.OpenAsync(store, store.OpenAsync, cancellationToken);
}
