using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter;

/// <summary>Which metrics and spans tell of usage, in which form, and what they say.</summary>
internal static class ForeignPoints
{
    /// <summary>The form that a metric is of; null: it says nothing of usage, or is of a meter that says it in another form.</summary>
    /// <param name="scope">The instrumentation scope's name: the meter.</param>
    /// <param name="metric">The metric's name.</param>
    public static UsageSourceKind? KindOf(string? scope, string metric) => throw new NotImplementedException("series");

    /// <summary>What a point's attributes say; values are strings, booleans, longs and doubles.</summary>
    public static PointTags ReadTags(ReadOnlySpan<KeyValuePair<string, object?>> attributes) => throw new NotImplementedException("series");

    /// <summary>The call that a span with <c>gen_ai.usage.*</c> tells of; null: none. Its id is a hash of trace and span id, its price of <paramref name="prices"/>.</summary>
    /// <param name="source">Who sent it.</param>
    /// <param name="traceId">16 bytes.</param>
    /// <param name="spanId">8 bytes.</param>
    /// <param name="start">Unix nanoseconds.</param>
    /// <param name="end">Unix nanoseconds; 0: not said.</param>
    /// <param name="isError">Whether the span's status is an error.</param>
    /// <param name="attributes">The span's attributes; values are strings, booleans, longs and doubles.</param>
    /// <param name="prices">Prices it.</param>
    public static ReceivedCall? ReadSpan(
        in TelemetrySource source, ReadOnlySpan<byte> traceId, ReadOnlySpan<byte> spanId, ulong start, ulong end, bool isError,
        ReadOnlySpan<KeyValuePair<string, object?>> attributes, PriceBook prices) => throw new NotImplementedException("series");
}
