using System.Text;
using System.Text.Json.Nodes;
using Google.Protobuf;
using LlmTelemetry.Service.Wire;

namespace LlmTelemetry.Service.Tests.Otlp;

/// <summary>Requests as real clients send them, of any content, from a seed.</summary>
internal sealed class OtlpSeeds(Random random)
{
    private static readonly JsonFormatter Formatter = new(JsonFormatter.Settings.Default.WithFormatEnumsAsIntegers(true));

    /// <summary>OTLP's JSON of a request: what Google.Protobuf writes, but for ids in hex.</summary>
    public static byte[] Json(IMessage request)
    {
        var json = JsonNode.Parse(Formatter.Format(request))!;
        ToHex(json);
        return Encoding.UTF8.GetBytes(json.ToJsonString());
    }

    public IMessage Make(OtlpSignal signal) => signal == OtlpSignal.Metrics ? Metrics() : signal == OtlpSignal.Logs ? Logs() : Traces();

    public ExportLogsServiceRequest Logs() => new()
    {
        ResourceLogs =
        {
            Many(3, () => new ResourceLogs
            {
                Resource = Resource(),
                ScopeLogs =
                {
                    Many(2, () => new ScopeLogs
                    {
                        Scope = Scope(),
                        LogRecords =
                        {
                            Many(5, () => random.Next(4) switch
                            {
                                0 => new LogRecord { EventName = "other", Body = Value(2), Attributes = { Attributes() } },
                                1 => new LogRecord { Attributes = { Otlp.Attribute("event.name", "llm.usage.event") }, Body = new AnyValue { StringValue = Otlp.Body(random.Next(1000)) }, TraceId = Bytes(16) },
                                2 => new LogRecord { EventName = "llm.usage.event", Body = Value(1) },
                                _ => Otlp.Event(Otlp.Body(random.NextInt64(1, 1L << 40))),
                            }),
                        },
                    }),
                },
            }),
        },
    };

    public ExportMetricsServiceRequest Metrics() => new()
    {
        ResourceMetrics =
        {
            Many(3, () => new ResourceMetrics { Resource = Resource(), ScopeMetrics = { Many(2, () => new ScopeMetrics { Scope = Scope(), Metrics = { Many(5, Metric) } }) } }),
        },
    };

    public ExportTraceServiceRequest Traces() => new()
    {
        ResourceSpans =
        {
            Many(3, () => new ResourceSpans { Resource = Resource(), ScopeSpans = { Many(2, () => new ScopeSpans { Scope = Scope(), Spans = { Many(5, Span) } }) } }),
        },
    };

    /// <summary>Attributes as they come with points, with values of every kind among them.</summary>
    public IEnumerable<KeyValue> Attributes() =>
    [
        Otlp.Attribute("gen_ai.provider.name", "openai"),
        Otlp.Attribute("gen_ai.request.model", Pick("gpt-5.4", "claude-sonnet-4-5", "modèle 😀")),
        Otlp.Attribute("gen_ai.operation.name", Pick("chat", "embeddings")),
        Otlp.Attribute("gen_ai.token.type", Pick("input", "output")),
        Otlp.Attribute("llm.usage.type", Pick("input", "output", "cache_read")),
        .. Many(3, () => new KeyValue { Key = Pick("user.id", "server.port", "x", ""), Value = Value(3) }),
    ];

    public AnyValue Value(int depth) => random.Next(depth > 0 ? 8 : 6) switch
    {
        0 => new AnyValue { StringValue = Pick("", "text", "\"quoted\" \\ \u0001 é 😀", new string('x', 300)) },
        1 => new AnyValue { BoolValue = random.Next(2) == 0 },
        2 => new AnyValue { IntValue = random.NextInt64(long.MinValue, long.MaxValue) },
        3 => new AnyValue { DoubleValue = Double() },
        4 => new AnyValue { BytesValue = Bytes(random.Next(20)) },
        5 => new AnyValue(),
        6 => new AnyValue { ArrayValue = new ArrayValue { Values = { Many(3, () => Value(depth - 1)) } } },
        _ => new AnyValue { KvlistValue = new KeyValueList { Values = { Many(3, () => new KeyValue { Key = Pick("a", "b"), Value = Value(depth - 1) }) } } },
    };

    private Metric Metric()
    {
        var temporality = (AggregationTemporality)random.Next(3);
        var metric = new Metric { Name = Pick("llm.usage.tokens", "gen_ai.client.token.usage", "gen_ai.client.operation.duration", "http.server.request.duration"), Unit = Pick("{token}", "s", "") };
        switch (random.Next(6))
        {
            case 0:
                metric.Gauge = new Gauge { DataPoints = { Many(3, Number) } };
                break;
            case 1:
                metric.Histogram = new Histogram { AggregationTemporality = temporality, DataPoints = { Many(3, HistogramPoint) } };
                break;
            case 2:
                metric.ExponentialHistogram = new ExponentialHistogram { AggregationTemporality = temporality, DataPoints = { Many(3, ExponentialPoint) } };
                break;
            case 3:
                metric.Summary = new Summary { DataPoints = { Many(3, () => new SummaryDataPoint { Attributes = { Attributes() } }) } };
                break;
            default:
                metric.Sum = new Sum { AggregationTemporality = temporality, IsMonotonic = random.Next(8) != 0, DataPoints = { Many(5, Number) } };
                break;
        }

        return metric;
    }

    private NumberDataPoint Number()
    {
        var point = new NumberDataPoint { StartTimeUnixNano = Time(), TimeUnixNano = Time(), Attributes = { Attributes() }, Flags = random.Next(10) == 0 ? 1u : 0u };
        if (random.Next(3) == 0)
        {
            point.AsDouble = Double();
        }
        else
        {
            point.AsInt = random.NextInt64(-5, 1L << 50);
        }

        return point;
    }

    private HistogramDataPoint HistogramPoint()
    {
        var point = new HistogramDataPoint { StartTimeUnixNano = Time(), TimeUnixNano = Time(), Count = (ulong)random.Next(100), Attributes = { Attributes() } };
        if (random.Next(4) != 0)
        {
            point.Sum = Double();
        }

        return point;
    }

    private ExponentialHistogramDataPoint ExponentialPoint() =>
        new() { StartTimeUnixNano = Time(), TimeUnixNano = Time(), Count = random.Next(9) == 0 ? ulong.MaxValue : 3, Sum = Double(), Attributes = { Attributes() } };

    private Span Span() => new()
    {
        TraceId = Bytes(random.Next(8) == 0 ? 3 : 16),
        SpanId = Bytes(8),
        Name = "chat gpt-5.4",
        Kind = 3,
        StartTimeUnixNano = Time(),
        EndTimeUnixNano = Time(),
        Attributes =
        {
            Attributes(),
            new KeyValue { Key = "gen_ai.usage.input_tokens", Value = new AnyValue { IntValue = random.Next(-1, 10_000) } },
            new KeyValue { Key = "gen_ai.usage.output_tokens", Value = random.Next(5) == 0 ? Value(1) : new AnyValue { IntValue = random.Next(10_000) } },
            new KeyValue { Key = "gen_ai.input.messages", Value = new AnyValue { StringValue = "the prompt" } },
        },
        Status = random.Next(2) == 0 ? null : new Status { Code = random.Next(3), Message = "no" },
    };

    private Resource Resource() => Otlp.Resource(Pick("shop", "search", ""), Pick(null, "1", "2")!);

    private InstrumentationScope? Scope() => random.Next(3) == 0 ? null : new InstrumentationScope { Name = Pick("LlmTelemetry.Instrumentation", "other"), Version = "1.0", Attributes = { Attributes() } };

    private double Double() => random.Next(8) switch
    {
        0 => double.NaN,
        1 => double.PositiveInfinity,
        2 => -1,
        3 => double.MaxValue,
        _ => random.NextDouble() * 1e6,
    };

    private ulong Time() => random.Next(10) switch
    {
        0 => 0,
        1 => ulong.MaxValue,
        _ => Otlp.Nanos(Otlp.Noon.AddSeconds(random.Next(-7200, 7200))),
    };

    private ByteString Bytes(int count)
    {
        var bytes = new byte[count];
        random.NextBytes(bytes);
        return ByteString.CopyFrom(bytes);
    }

    private T Pick<T>(params T[] of) => of[random.Next(of.Length)];

    private IEnumerable<T> Many<T>(int most, Func<T> make) => [.. Enumerable.Range(0, random.Next(1, most + 1)).Select(_ => make())];

    private static void ToHex(JsonNode? node)
    {
        if (node is JsonArray items)
        {
            foreach (var item in items)
            {
                ToHex(item);
            }
        }
        else if (node is JsonObject members)
        {
            foreach (var (name, value) in members.ToArray())
            {
                if (name is "traceId" or "spanId" or "parentSpanId")
                {
                    members[name] = Convert.ToHexString(Convert.FromBase64String(value!.GetValue<string>()));
                }
                else
                {
                    ToHex(value);
                }
            }
        }
    }
}
