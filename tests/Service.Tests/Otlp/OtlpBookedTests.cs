using Google.Protobuf;
using LlmTelemetry.CostExporter;
using LlmTelemetry.Service.Wire;

namespace LlmTelemetry.Service.Tests.Otlp;

/// <summary>Processes that book their calls themselves say so in their telemetry.</summary>
public sealed class OtlpBookedTests
{
    [Theory]
    [InlineData(1, true)]
    [InlineData(0, false)]
    public async Task Gauge_says_that_the_process_books_its_calls_unless_it_is_0(long value, bool isBooked)
    {
        await using var service = await OtlpUnderTest.StartAsync();
        var gauge = new Metric { Name = "llm.usage.booked", Gauge = new Gauge { DataPoints = { new NumberDataPoint { TimeUnixNano = Otlp.Nanos(Otlp.Noon), AsInt = value } } } };

        using var answer = await service.PostAsync("/v1/metrics", Otlp.Metrics(gauge));

        Assert.Equal(System.Net.HttpStatusCode.OK, answer.StatusCode);
        var points = service.Receiver.Sources.SelectMany(source => source.Points).ToArray();
        Assert.Equal(isBooked ? [(UsageSourceKind.Booked, Otlp.Nanos(Otlp.Noon))] : [], points.Select(point => (point.Kind, point.Time)));
    }

    [Theory]
    [InlineData("gen_ai.agent.name", "support", 0)]
    [InlineData("gen_ai.request.model", "gpt-4o", 1)]
    [InlineData("gen_ai.system", "openai", 1)]
    [InlineData("gen_ai.operation.name", "chat", 1)]
    public async Task Span_that_names_neither_operation_nor_provider_nor_model_has_the_usage_of_other_spans(string name, string value, int calls)
    {
        await using var service = await OtlpUnderTest.StartAsync();
        var span = Span();
        span.Attributes.Add(Otlp.Attribute(name, value));

        using var answer = await service.PostAsync("/v1/traces", Otlp.Traces(span));

        Assert.Equal(System.Net.HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(calls, service.Receiver.Calls.Count());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Span_of_a_call_that_its_process_books_tells_of_no_call(bool isBooked)
    {
        await using var service = await OtlpUnderTest.StartAsync();
        var span = Span();
        span.Attributes.Add(Otlp.Attribute("gen_ai.operation.name", "chat"));
        if (isBooked)
        {
            span.Attributes.Add(new KeyValue { Key = "llm.usage.booked", Value = new AnyValue { BoolValue = true } });
        }

        using var answer = await service.PostAsync("/v1/traces", Otlp.Traces(span));

        Assert.Equal(System.Net.HttpStatusCode.OK, answer.StatusCode);
        Assert.Equal(isBooked ? 0 : 1, service.Receiver.Calls.Count());
    }

    private static Span Span() => new()
    {
        TraceId = ByteString.CopyFrom(Enumerable.Repeat((byte)1, 16).ToArray()),
        SpanId = ByteString.CopyFrom(Enumerable.Repeat((byte)2, 8).ToArray()),
        StartTimeUnixNano = Otlp.Nanos(Otlp.Noon),
        EndTimeUnixNano = Otlp.Nanos(Otlp.Noon),
        Attributes = { new KeyValue { Key = "gen_ai.usage.input_tokens", Value = new AnyValue { IntValue = 5 } } },
    };
}
