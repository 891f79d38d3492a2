namespace LlmTelemetry.CostExporter;

/// <summary>Makes the record store that the options name; nothing is opened yet.</summary>
internal static class RecordStores
{
    /// <returns>Null where no records are kept.</returns>
    public static IRecordStore? Create(CostExporterOptions options) => throw new NotImplementedException($"{options.Records.Keep}");
}
