namespace LlmTelemetry.CostExporter;

/// <summary>Makes the record store that the options name; nothing is opened yet.</summary>
internal static class RecordStores
{
    /// <returns>Null where no records are kept.</returns>
    public static IRecordStore? Create(CostExporterOptions options) => options.Records.Keep switch
    {
        RecordKeeping.None => null,
        RecordKeeping.Memory => new MemoryRecordStore(options.Records.MaxRecords),
        RecordKeeping.File => RecordFileStores.Create(options.Records, options.StoreTimeout, options.TimeProvider),
        _ => InStore(StoreAddress.Parse(options.Store), options.ToStoreSettings(), options.Records),
    };

    /// <summary>In a ledger's store; a ledger in memory has its records in memory.</summary>
    public static IRecordStore InStore(StoreAddress address, StoreSettings settings, RecordOptions records) => address switch
    {
        { Redis: { } redis } => new RedisRecordStore(redis, settings, records.MaxRecords, records.Retention),
        { File: { } file } => new SqliteRecordStore(file, settings, records.MaxRecords, records.Retention),
        _ => new MemoryRecordStore(records.MaxRecords),
    };
}
