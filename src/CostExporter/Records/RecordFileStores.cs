namespace LlmTelemetry.CostExporter;

/// <summary>Makes the store of a file by its name's end.</summary>
internal static class RecordFileStores
{
    public static IRecordStore Create(RecordOptions options, TimeSpan timeout, TimeProvider time) => throw new NotImplementedException($"{options} {timeout} {time}");
}
