using LlmTelemetry.Usage;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.CostExporter;

/// <summary>Which metrics and spans tell of usage, in which form, and what they say.</summary>
internal static class ForeignPoints
{
    private const int TraceIdLength = 16;
    private const int SpanIdLength = 8;

    /// <summary>The form that a metric is of; null: it says nothing of usage, or is of a meter that says it in another form.</summary>
    /// <param name="scope">The instrumentation scope's name: the meter.</param>
    /// <param name="metric">The metric's name.</param>
    public static UsageSourceKind? KindOf(string? scope, string metric) =>
        OwnMetrics.Takes(metric) ? UsageSourceKind.OwnMetrics
        : metric == Metrics.UsageBooked ? UsageSourceKind.Booked
        : scope == Instrumentation ? null // Ours says the same in our own metrics.
        : ForeignMetrics.KindOf(metric);

    /// <summary>What a point's attributes say; values are strings, booleans, longs and doubles.</summary>
    public static PointTags ReadTags(ReadOnlySpan<KeyValuePair<string, object?>> attributes)
    {
        var tags = default(PointTags);
        foreach (var (name, value) in attributes)
        {
            tags = tags.With(name, value);
        }

        return tags;
    }

    /// <summary>
    /// The call that a span with <c>gen_ai.usage.*</c> tells of; null: none, or one that its process books itself. Its id is a hash of trace and span id, its price of <paramref name="prices"/>; nothing is charged on.
    /// </summary>
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
        ReadOnlySpan<KeyValuePair<string, object?>> attributes, PriceBook prices)
    {
        if (traceId.Length != TraceIdLength || spanId.Length != SpanIdLength || !traceId.ContainsAnyExcept((byte)0) || !spanId.ContainsAnyExcept((byte)0))
        {
            return null;
        }

        var span = new SpanReading(attributes);
        var usage = span.Usage(out var isInconsistent);
        if (span.IsTrue(SpanField.Booked) || ForeignSpan.OperationOf(span) is not { } operation || (usage is null && !ForeignSpan.IsSurelyCall(span, operation)))
        {
            return null;
        }

        var outcome = ForeignSpan.OutcomeOf(span, isError);
        var request = span.Text(SpanField.RequestModel);
        var call = new UsageRecord
        {
            Id = ForeignSpan.IdOf(traceId, spanId),
            EndedAt = UnixTime.ToMoment(Math.Max(start, end)),
            Duration = start != 0 && end > start ? UnixTime.ToMoment(end) - UnixTime.ToMoment(start) : TimeSpan.Zero,
            TimeToFirstChunk = span.Amount(SpanField.TimeToFirstChunk) is { } seconds and < 1e9 ? TimeSpan.FromSeconds(seconds) : null,
            Operation = operation,
            Provider = ForeignSpan.ProviderOf(span),
            Model = span.Text(SpanField.ResponseModel) ?? request,
            RequestModel = request,
            ResponseId = span.Text(SpanField.ResponseId),
            ServiceTier = span.Text(SpanField.ServiceTier),
            Attribution = ForeignSpan.AttributionOf(span, in source),
            Outcome = outcome,
            ErrorType = outcome is CallOutcome.Failed ? span.Text(SpanField.ErrorType) ?? Placeholders.OtherError : null,
            UsageInconsistent = isInconsistent,
            SavedPico = span.Pico(SpanField.Saved),
            IsCacheHit = span.Has(SpanField.Saved),
            Usage = usage,
        }.Cleaned();
        var cost = ForeignSpan.CostOf(span, call, prices, out var quality);
        return new ReceivedCall(UsageSourceKind.Spans, call with { Cost = cost, Quality = quality });
    }
}
