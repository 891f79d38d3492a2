namespace LlmTelemetry.CostExporter;

/// <summary>Opens a store that an exporter has made, to read it: writes nothing, and takes the zone that the store has.</summary>
internal static class LedgerReader
{
    // A reader does not know how long the exporter keeps its rows; it looks for all that may be there.
    private static readonly TimeSpan Longest = TimeSpan.FromDays(3653);

    // What an exporter of an earlier version does not say.
    private static readonly StoreKeeps Unsaid = new CostExporterOptions().ToStoreSettings().Keeps;

    public static async Task<UsageReports> OpenAsync(CostExporterOptions options, CancellationToken cancellationToken)
    {
        // What is in memory is nowhere else: it is made.
        var address = options.OwnStore is null ? StoreAddress.Parse(options.Store) : null;
        NeedFile(address?.File);
        var readOnly = address is null or { File: not null } or { Redis: not null };
        var settings = AllOf(options) with { ReadOnly = readOnly };
        try
        {
            return await OpenAsync(options, settings, cancellationToken).ConfigureAwait(false);
        }
        catch (SpendStoreMismatchException mismatch) when (mismatch.TimeZone is { } zone && settings.TimeZone.Equals(TimeZoneInfo.Utc))
        {
            return await OpenAsync(options, settings with { TimeZone = TimeZoneInfo.FindSystemTimeZoneById(zone) }, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Settings by which all is looked for that may be there.</summary>
    public static StoreSettings AllOf(CostExporterOptions options) => options.ToStoreSettings() with { HourRetention = Longest, DayRetention = Longest, MonthRetention = Longest };

    private static async Task<UsageReports> OpenAsync(CostExporterOptions options, StoreSettings settings, CancellationToken cancellationToken)
    {
        var store = SpendStores.Create(options, settings);
        StoreKeeps? said;
        try
        {
            await store.OpenAsync(cancellationToken).ConfigureAwait(false);
            said = await store.KeepsAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await store.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        var keeps = (said ?? new StoreKeeps()) with { Hours = said?.Hours ?? Unsaid.Hours, Days = said?.Days ?? Unsaid.Days, Months = said?.Months ?? Unsaid.Months };
        return new UsageReports(store, settings.TimeZone, settings.Time, keeps, owns: true) { Parts = LedgerParts.Of(said) };
    }

    /// <exception cref="FileNotFoundException">The store is a SQLite file that is not there, or empty.</exception>
    public static void NeedFile(string? file)
    {
        if (file is not null && !(new FileInfo(file) is { Exists: true, Length: > 0 }))
        {
            var path = Path.GetFullPath(file);
            throw new FileNotFoundException(File.Exists(file) ? $"The file {path} is empty: it is not a ledger yet." : $"There is no file {path}: nothing was recorded there yet.", path);
        }
    }
}
