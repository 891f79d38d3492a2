namespace LlmTelemetry.Service.Tests.Otlp;

/// <summary>Tests that look at the memory of the whole process: nothing runs beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public static class MeasuredMemory
{
    public const string Name = "measured memory";
}
