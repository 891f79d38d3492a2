namespace LlmTelemetry.CostExporter;

/// <summary>Makes the store of a file by its name's end.</summary>
internal static class RecordFileStores
{
    public static IRecordStore Create(RecordOptions options, TimeSpan timeout, TimeProvider time)
    {
        // Worked out once: the current folder may change.
        var path = Path.GetFullPath(options.Path);
        var gate = new RecordFileLock(path, timeout, time);
        return Path.GetExtension(path).ToLowerInvariant() switch
        {
            ".json" => new JsonArrayRecordStore(path, gate, options.MaxRecords),
            ".csv" => new RecordFileStore(new RecordFiles(path, options.MaxFileBytes, options.MaxFiles, RecordCsv.Header), gate, new CsvLines()),
            _ => new RecordFileStore(new RecordFiles(path, options.MaxFileBytes, options.MaxFiles, header: []), gate, new JsonLines()),
        };
    }
}
