namespace LlmTelemetry.CostExporter.Tests.Emitting;

/// <summary>Tests that count, or set, what is the whole process's: nothing else runs meanwhile.</summary>
[CollectionDefinition(nameof(ProcessWide), DisableParallelization = true)]
public sealed class ProcessWide;
