using System.Diagnostics.Metrics;

namespace LlmTelemetry.Instrumentation;

/// <summary>The boundaries of histograms' buckets: those that the semantic conventions advise, and ours for money.</summary>
internal static class Boundaries
{
    public static InstrumentAdvice<double> Seconds { get; } = new()
    {
        HistogramBucketBoundaries = [0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92],
    };

    public static InstrumentAdvice<long> Tokens { get; } = new()
    {
        HistogramBucketBoundaries = [1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864],
    };

    /// <summary>Of one call: from a hundredth of a cent to ten dollars.</summary>
    public static InstrumentAdvice<double> Usd { get; } = new()
    {
        HistogramBucketBoundaries = [0.0001, 0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10],
    };
}
