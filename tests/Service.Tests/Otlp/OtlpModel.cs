using Google.Protobuf;
using LlmTelemetry.CostExporter;
using LlmTelemetry.Service.Wire;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Service.Tests.Otlp;

/// <summary>What a delivery adds up to.</summary>
internal readonly record struct OtlpSum(int Calls, Int128 Tokens, int Points, Int128 Values)
{
    public static OtlpSum Of(Delivery delivery)
    {
        var sum = default(OtlpSum);
        foreach (var source in delivery.Sources)
        {
            sum = source.Calls.Aggregate(sum, static (all, call) => all.With(call.Record));
            sum = source.Points.Aggregate(sum, static (all, point) => all.With(point.Value));
        }

        return sum;
    }

    public static OtlpSum operator +(OtlpSum a, OtlpSum b) => new(a.Calls + b.Calls, a.Tokens + b.Tokens, a.Points + b.Points, a.Values + b.Values);

    public OtlpSum With(UsageRecord call) => this with { Calls = Calls + 1, Tokens = Tokens + (call.Usage?.InputTokens ?? 0) };

    public OtlpSum With(PointSum value) => this with { Points = Points + 1, Values = Values + value.In(1_000) };
}

/// <summary>What a request adds up to, read with Google.Protobuf's parser and as plainly as can be.</summary>
internal static class OtlpModel
{
    /// <exception cref="InvalidProtocolBufferException">It is no such request.</exception>
    public static OtlpSum Read(OtlpSignal signal, byte[] body) => signal.Request.Parser.ParseFrom(body) switch
    {
        ExportLogsServiceRequest logs => Logs(logs),
        ExportMetricsServiceRequest metrics => Metrics(metrics),
        ExportTraceServiceRequest traces => Traces(traces),
        var other => throw new InvalidOperationException(other.Descriptor.Name),
    };

    private static OtlpSum Logs(ExportLogsServiceRequest request)
    {
        var sum = default(OtlpSum);
        foreach (var record in request.ResourceLogs.SelectMany(resource => resource.ScopeLogs).SelectMany(scope => scope.LogRecords))
        {
            var name = record.EventName.Length > 0 ? record.EventName : record.Attributes.FirstOrDefault(attribute => attribute.Key == "event.name")?.Value?.StringValue;
            if (name != UsageEventLog.EventName || record.Body is not { ValueCase: AnyValue.ValueOneofCase.StringValue } body)
            {
                continue;
            }

            try
            {
                sum = sum.With(UsageEventLog.Read(new TelemetrySource(null, "", null, null), body.StringValue).Record);
            }
            catch (FormatException)
            {
                // Rejected.
            }
        }

        return sum;
    }

    private static OtlpSum Metrics(ExportMetricsServiceRequest request)
    {
        var sum = default(OtlpSum);
        foreach (var (scope, metric) in request.ResourceMetrics.SelectMany(resource => resource.ScopeMetrics).SelectMany(scope => scope.Metrics.Select(metric => (scope.Scope?.Name ?? "", metric))))
        {
            if (ForeignPoints.KindOf(scope, metric.Name) is not null)
            {
                sum = Values(metric).Aggregate(sum, static (all, value) => all.With(value));
            }
        }

        return sum;
    }

    private static IEnumerable<PointSum> Values(Metric metric)
    {
        switch (metric.DataCase)
        {
            case Metric.DataOneofCase.Sum when metric.Sum.IsMonotonic && IsKnown(metric.Sum.AggregationTemporality):
                foreach (var point in metric.Sum.DataPoints.Where(point => (point.Flags & 1) == 0))
                {
                    var value = default(PointSum);
                    if (point.ValueCase switch
                    {
                        NumberDataPoint.ValueOneofCase.AsInt => PointSum.TryMake(point.AsInt, out value),
                        NumberDataPoint.ValueOneofCase.AsDouble => PointSum.TryMake(point.AsDouble, 0, out value),
                        _ => false,
                    })
                    {
                        yield return value;
                    }
                }

                break;
            case Metric.DataOneofCase.Histogram when IsKnown(metric.Histogram.AggregationTemporality):
                foreach (var point in metric.Histogram.DataPoints.Where(point => (point.Flags & 1) == 0 && point.HasSum && point.Count <= long.MaxValue))
                {
                    if (PointSum.TryMake(point.Sum, (long)point.Count, out var value))
                    {
                        yield return value;
                    }
                }

                break;
            case Metric.DataOneofCase.ExponentialHistogram when IsKnown(metric.ExponentialHistogram.AggregationTemporality):
                foreach (var point in metric.ExponentialHistogram.DataPoints.Where(point => (point.Flags & 1) == 0 && point.HasSum && point.Count <= long.MaxValue))
                {
                    if (PointSum.TryMake(point.Sum, (long)point.Count, out var value))
                    {
                        yield return value;
                    }
                }

                break;
            default:
                break;
        }
    }

    private static bool IsKnown(AggregationTemporality temporality) => temporality is AggregationTemporality.Delta or AggregationTemporality.Cumulative;

    private static OtlpSum Traces(ExportTraceServiceRequest request)
    {
        var sum = default(OtlpSum);
        foreach (var span in request.ResourceSpans.SelectMany(resource => resource.ScopeSpans).SelectMany(scope => scope.Spans))
        {
            KeyValuePair<string, object?>[] attributes = [.. span.Attributes.Select(attribute => KeyValuePair.Create(attribute.Key, Value(attribute.Value)))];
            if (span.TraceId.Length == 16 && span.SpanId.Length == 8 && !span.TraceId.All(b => b == 0) && !span.SpanId.All(b => b == 0) && ForeignPoints.ReadSpan(
                new TelemetrySource(null, "", null, null), span.TraceId.Span, span.SpanId.Span, span.StartTimeUnixNano, span.EndTimeUnixNano, false, attributes, PriceBook.Embedded) is { } call)
            {
                sum = sum.With(call.Record);
            }
        }

        return sum;
    }

    private static object? Value(AnyValue? value) => value?.ValueCase switch
    {
        AnyValue.ValueOneofCase.StringValue => value.StringValue,
        AnyValue.ValueOneofCase.BoolValue => value.BoolValue,
        AnyValue.ValueOneofCase.IntValue => value.IntValue,
        AnyValue.ValueOneofCase.DoubleValue => value.DoubleValue,
        _ => null,
    };
}
