namespace LlmTelemetry.CostExporter;

/// <summary>
/// By what the calls of a source are counted that sends metrics of another library, the best first. Several metrics tell of the same calls, and come in one request or in several, in any order: so one of them is
/// chosen for each source and UTC hour, and kept. The store chooses, as it does with <see cref="UsageSourceKind"/>: <see cref="IReceiptStore.ClaimAsync"/> with the source's name and "calls"
/// behind it, and these numbers in the place of that type's.
/// </summary>
internal enum CallsFrom
{
    /// <summary><c>gen_ai.client.operation.duration</c>: has failures too.</summary>
    OperationDurations = 1,

    /// <summary><c>gen_ai.client.inference.duration</c> of newer conventions.</summary>
    InferenceDurations = 2,

    /// <summary>How often input tokens were recorded.</summary>
    Input = 3,

    /// <summary>How often output tokens were recorded.</summary>
    Output = 4,
}
