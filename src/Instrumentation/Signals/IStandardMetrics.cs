using LlmTelemetry.Usage;

namespace LlmTelemetry.Instrumentation;

/// <summary>The metrics that the semantic conventions name, in one of their generations.</summary>
internal interface IStandardMetrics
{
    /// <summary>Whether anybody collects one of them.</summary>
    bool HasListeners { get; }

    bool HasChunkListeners { get; }

    /// <param name="series">Where the call is counted.</param>
    /// <param name="call">The finished call.</param>
    /// <param name="errorType">Of a failed one.</param>
    /// <param name="isOperation">Whether it is a whole operation, whose duration counts.</param>
    void Record(StandardSeries series, in UsageEvent call, string? errorType, bool isOperation);

    /// <param name="gap">What the provider took for the chunk.</param>
    /// <param name="tags">Those of a <see cref="StandardSeries"/>.</param>
    void RecordChunk(TimeSpan gap, KeyValuePair<string, object?>[] tags);
}
