using LlmTelemetry.CostExporter;

namespace LlmTelemetry.Service;

/// <summary>Opens the records of single calls where the exporter with the same settings keeps them.</summary>
internal static class RecordsDoor
{
    /// <returns>Null where none are kept that others can read, and where none were kept yet.</returns>
    public static async Task<UsageRecords?> TryOpenAsync(CostExporterOptions options, CancellationToken cancellationToken)
    {
        if (!CanBeRead(options))
        {
            return null;
        }

        try
        {
            return await UsageRecords.OpenAsync(options.Records.Keep == RecordKeeping.File ? options.Records.Path : options.Store, Configure, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception cause) when (cause is FileNotFoundException or KeyNotFoundException)
        {
            return null;
        }

        void Configure(CostExporterOptions copy)
        {
            (copy.KeyPrefix, copy.TimeZone, copy.TimeProvider, copy.StoreTimeout) = (options.KeyPrefix, options.TimeZone, options.TimeProvider, options.StoreTimeout);
            copy.Records.MaxRecords = options.Records.MaxRecords;
            copy.Records.Retention = options.Records.Retention;
            copy.Records.MaxFiles = options.Records.MaxFiles;
            copy.Records.MaxFileBytes = options.Records.MaxFileBytes;
        }
    }

    public static async Task<UsageRecords> OpenAsync(CostExporterOptions options, CancellationToken cancellationToken) =>
        await TryOpenAsync(options, cancellationToken).ConfigureAwait(false)
        ?? throw new InvalidOperationException(CanBeRead(options)
            ? $"There are no records yet in {(options.Records.Keep == RecordKeeping.File ? Path.GetFullPath(options.Records.Path) : StoreAddress.Parse(options.Store).Place)}."
            : $"No records are kept that can be read from here: LlmTelemetry__Records is {options.Records.Keep}; it must be {RecordKeeping.Store} or {RecordKeeping.File}.");

    private static bool CanBeRead(CostExporterOptions options) => options.Records.Keep is RecordKeeping.Store or RecordKeeping.File;
}
