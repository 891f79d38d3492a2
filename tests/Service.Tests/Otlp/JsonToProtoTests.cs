using System.Text;
using Google.Protobuf;
using LlmTelemetry.Service.Wire;

namespace LlmTelemetry.Service.Tests.Otlp;

/// <summary>OTLP's JSON is the protobuf that says the same.</summary>
public sealed class JsonToProtoTests
{
    [Fact]
    public void Any_request_is_the_same_in_both_forms()
    {
        var seeds = new OtlpSeeds(new Random(20261123));
        for (var round = 0; round < 600; round++)
        {
            var request = seeds.Make(OtlpSignal.All[round % 3]);
            Assert.Equal(request, Parse(OtlpSignal.All[round % 3], OtlpSeeds.Json(request)));
        }
    }

    [Theory]
    [InlineData("""{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"sum":{"aggregationTemporality":1,"isMonotonic":true,"dataPoints":[{"asInt":5,"timeUnixNano":"18446744073709551615"}]}}]}]}]}""", 5L, 0d, ulong.MaxValue)]
    [InlineData("""{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"sum":{"aggregationTemporality":1,"isMonotonic":true,"dataPoints":[{"asInt":"-9223372036854775808","timeUnixNano":1}]}}]}]}]}""", long.MinValue, 0d, 1ul)]
    [InlineData("""{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"sum":{"aggregationTemporality":1.0,"isMonotonic":true,"dataPoints":[{"asInt":1e3,"timeUnixNano":null}]}}]}]}]}""", 1000L, 0d, 0ul)]
    [InlineData("""{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"sum":{"aggregationTemporality":1,"isMonotonic":true,"dataPoints":[{"asDouble":"1.5"}]}}]}]}]}""", 0L, 1.5, 0ul)]
    [InlineData("""{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"sum":{"aggregationTemporality":1,"isMonotonic":true,"dataPoints":[{"asDouble":"NaN"}]}}]}]}]}""", 0L, double.NaN, 0ul)]
    public void Numbers_may_be_numbers_or_texts(string json, long whole, double real, ulong time)
    {
        var point = ((ExportMetricsServiceRequest)Parse(OtlpSignal.Metrics, Encoding.UTF8.GetBytes(json))).ResourceMetrics[0].ScopeMetrics[0].Metrics[0].Sum.DataPoints[0];

        Assert.Equal((whole, real, time), (point.AsInt, point.AsDouble, point.TimeUnixNano));
    }

    [Fact]
    public void Names_that_are_not_known_or_in_another_form_are_ignored()
    {
        var request = Parse(OtlpSignal.Logs, """{"resource_logs":[{"a":1}],"resourceLogs":[{"schemaUrl":"x","new":{"deep":[[{}]]},"scopeLogs":[]}],"partialSuccess":null}"""u8);

        Assert.Equal(new ExportLogsServiceRequest { ResourceLogs = { new ResourceLogs() } }, request);
    }

    [Theory]
    [InlineData("""[]""")]
    [InlineData("""null""")]
    [InlineData("""{}{}""")]
    [InlineData("""{"resourceSpans":[{}]""")]
    [InlineData("""{"resourceSpans":{}}""")]
    [InlineData("""{"resourceSpans":[null]}""")]
    [InlineData("""{"resourceSpans":[1]}""")]
    [InlineData("""{"resourceSpans":[],"resourceSpans":[]}""")]
    [InlineData("""{"resourceSpans":[{"resource":{},"resource":{}}]}""")]
    [InlineData("""{"resourceSpans":[{"scopeSpans":[{"spans":[{"kind":"SPAN_KIND_CLIENT"}]}]}]}""")]
    [InlineData("""{"resourceSpans":[{"scopeSpans":[{"spans":[{"kind":1.5}]}]}]}""")]
    [InlineData("""{"resourceSpans":[{"scopeSpans":[{"spans":[{"kind":2147483648}]}]}]}""")]
    [InlineData("""{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":"W47/95gDgQPSabYzgT/GDA=="}]}]}]}""")]
    [InlineData("""{"resourceSpans":[{"scopeSpans":[{"spans":[{"traceId":1}]}]}]}""")]
    [InlineData("""{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":1}]}]}]}""")]
    [InlineData("""{"resourceSpans":[{"scopeSpans":[{"spans":[{"startTimeUnixNano":"18446744073709551616"}]}]}]}""")]
    [InlineData("""{"resourceSpans":[{"scopeSpans":[{"spans":[{"startTimeUnixNano":-1}]}]}]}""")]
    [InlineData("""{"resourceSpans":[{"scopeSpans":[{"spans":[{"startTimeUnixNano":"1e99999"}]}]}]}""")]
    [InlineData("""{"resourceSpans":[{"scopeSpans":[{"spans":[{"startTimeUnixNano":""}]}]}]}""")]
    [InlineData("""{"resourceSpans":[{"scopeSpans":[{"spans":[{"name":"\ud800"}]}]}]}""")]
    [InlineData("""{"resourceSpans":[{"scopeSpans":[{"spans":[{"attributes":[{"key":"a","value":{"boolValue":1}}]}]}]}]}""")]
    [InlineData("""{"resourceSpans":[{"scopeSpans":[{"spans":[{"attributes":[{"key":"a","value":{"doubleValue":1e999}}]}]}]}]}""")]
    [InlineData("""{"resourceSpans":[{"scopeSpans":[{"spans":[{"attributes":[{"key":"a","value":{"bytesValue":"?"}}]}]}]}]}""")]
    [InlineData("""{"resourceSpans":[], // no comments""")]
    public void What_is_of_another_shape_is_told(string json)
    {
        var wrong = Assert.Throws<OtlpFormatException>(() => Parse(OtlpSignal.Traces, Encoding.UTF8.GetBytes(json)));
        Assert.NotEmpty(wrong.Message);
    }

    [Fact]
    public void Bytes_that_are_no_text_are_told() => Assert.Throws<OtlpFormatException>(() => Parse(OtlpSignal.Logs, "{\"a\":\"\xff\"}"u8[..^3].ToArray().Append((byte)0xFF).ToArray()));

    private static IMessage Parse(OtlpSignal signal, ReadOnlySpan<byte> json)
    {
        var memory = new OtlpMemory(1 << 30);
        using var proto = new OtlpBuffer(memory);
        JsonToProto.Write(json, signal.Request, maxDepth: 64, proto);
        return signal.Request.Parser.ParseFrom(proto.Memory.ToArray());
    }
}
