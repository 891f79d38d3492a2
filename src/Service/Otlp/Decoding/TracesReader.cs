using System.Runtime.InteropServices;
using LlmTelemetry.CostExporter;
using LlmTelemetry.Service.Wire;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Service;

/// <summary>Reads the calls that spans of an <c>ExportTraceServiceRequest</c> tell of. Used for one request.</summary>
internal sealed class TracesReader(OtlpReading reading, OtlpLimits limits, PriceBook prices)
{
    private const int TraceIdLength = 16;
    private const int SpanIdLength = 8;

    // STATUS_CODE_ERROR of the specification.
    private const int Error = 2;

    private static readonly uint ResourceSpansTag = ProtoReader.Message(ExportTraceServiceRequest.ResourceSpansFieldNumber);
    private static readonly uint ResourceTag = ProtoReader.Message(ResourceSpans.ResourceFieldNumber);
    private static readonly uint ScopeSpansTag = ProtoReader.Message(ResourceSpans.ScopeSpansFieldNumber);
    private static readonly uint SpanTag = ProtoReader.Message(ScopeSpans.SpansFieldNumber);
    private static readonly uint AttributeTag = ProtoReader.Message(Span.AttributesFieldNumber);
    private static readonly uint TraceIdTag = ProtoReader.Message(Span.TraceIdFieldNumber);
    private static readonly uint SpanIdTag = ProtoReader.Message(Span.SpanIdFieldNumber);
    private static readonly uint StartTag = ProtoReader.Fixed64(Span.StartTimeUnixNanoFieldNumber);
    private static readonly uint EndTag = ProtoReader.Fixed64(Span.EndTimeUnixNanoFieldNumber);
    private static readonly uint StatusTag = ProtoReader.Message(Span.StatusFieldNumber);
    private static readonly uint CodeTag = ProtoReader.Varint(Status.CodeFieldNumber);

    private readonly List<KeyValuePair<string, object?>> _attributes = [];

    public void Read(ReadOnlySpan<byte> request)
    {
        for (var field = new ProtoReader(request); field.Next();)
        {
            if (field.Tag == ResourceSpansTag)
            {
                ReadResource(field.Bytes);
            }
        }
    }

    private void ReadResource(ReadOnlySpan<byte> resource)
    {
        var source = ResourceReader.Read(OtlpFields.Single(resource, ResourceTag), limits.MaxAttributeBytes);
        for (var field = new ProtoReader(resource); field.Next();)
        {
            if (field.Tag == ScopeSpansTag)
            {
                ReadScope(in source, field.Bytes);
            }
        }
    }

    private void ReadScope(in TelemetrySource source, ReadOnlySpan<byte> spans)
    {
        for (var field = new ProtoReader(spans); field.Next();)
        {
            if (field.Tag == SpanTag)
            {
                reading.CountItem();
                ReadSpan(in source, field.Bytes);
            }
        }
    }

    private void ReadSpan(in TelemetrySource source, ReadOnlySpan<byte> span)
    {
        ReadOnlySpan<byte> traceId = default, spanId = default;
        ulong start = 0, end = 0, attributes = 0;
        var isError = false;
        for (var field = new ProtoReader(span); field.Next();)
        {
            var tag = field.Tag;
            attributes += tag == AttributeTag ? 1UL : 0UL;
            traceId = tag == TraceIdTag ? field.Bytes : traceId;
            spanId = tag == SpanIdTag ? field.Bytes : spanId;
            start = tag == StartTag ? field.Number : start;
            end = tag == EndTag ? field.Number : end;
            isError = tag == StatusTag ? IsError(field.Bytes) : isError;
        }

        if (attributes > (ulong)limits.MaxAttributes)
        {
            Reject(FormattableString.Invariant($"a span has more than {limits.MaxAttributes} attributes"));
            return;
        }

        AttributeReader.ReadAll(span, AttributeTag, limits.MaxAttributeBytes, _attributes);
        Add(in source, traceId, spanId, start, end, isError);
    }

    private void Add(in TelemetrySource source, ReadOnlySpan<byte> traceId, ReadOnlySpan<byte> spanId, ulong start, ulong end, bool isError)
    {
        // Whether it tells of a call does not depend on its ids; whether that can be told from others does.
        var hasIds = traceId.Length == TraceIdLength && spanId.Length == SpanIdLength && traceId.ContainsAnyExcept((byte)0) && spanId.ContainsAnyExcept((byte)0);
        Span<byte> some = stackalloc byte[TraceIdLength];
        some.Fill(1);
        var call = ForeignPoints.ReadSpan(
            in source, hasIds ? traceId : some, hasIds ? spanId : some[..SpanIdLength], start, end, isError, CollectionsMarshal.AsSpan(_attributes), prices);
        if (call is null)
        {
            reading.CountUnrelated();
        }
        else if (!hasIds)
        {
            Reject("a span with usage has no valid trace id and span id");
        }
        else
        {
            reading.Of(in source).Calls.Add(call);
        }
    }

    private void Reject(string why) => reading.Reject(UsageSourceKind.Spans, Vocabulary.RejectedReasons.Unreadable, why);

    private static bool IsError(ReadOnlySpan<byte> status)
    {
        var code = 0;
        for (var field = new ProtoReader(status); field.Next();)
        {
            code = field.Tag == CodeTag ? (int)field.Number : code;
        }

        return code == Error;
    }
}
