using System.Text;
using Google.Protobuf;
using LlmTelemetry.CostExporter;
using LlmTelemetry.Service.Wire;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Service.Tests.Otlp;

/// <summary>What is read of requests.</summary>
public sealed class OtlpDecoderTests
{
    private readonly OtlpDecoder _decoder = new(new OtlpLimits(), PriceBook.Embedded);

    [Fact]
    public void Point_of_a_sum_is_read_with_its_source_tags_and_times()
    {
        var metric = Tokens(5, AggregationTemporality.Delta);
        var request = Otlp.Metrics(metric);
        request.ResourceMetrics[0].Resource.Attributes.Add([Otlp.Attribute("service.namespace", "eu"), Otlp.Attribute("deployment.environment", "staging"), Otlp.Attribute("deployment.environment.name", "production")]);

        var source = Assert.Single(Read(request).Sources);
        var point = Assert.Single(source.Points);

        Assert.Equal(new TelemetrySource("eu", "shop", "1", "production"), source.Source);
        Assert.Equal((UsageSourceKind.OwnMetrics, "llm.usage.tokens", true, 1ul, 2ul, (Int128)5), (point.Kind, point.Metric, point.IsDelta, point.Start, point.Time, point.Value.In(1)));
        Assert.Equal(("openai", "gpt-5.4", "input"), (point.Tags.Provider, point.Tags.RequestModel, point.Tags.UsageType));
    }

    [Fact]
    public void Histograms_of_both_kinds_have_sum_and_count()
    {
        var usual = new Metric { Name = "gen_ai.client.token.usage", Histogram = new Histogram { AggregationTemporality = AggregationTemporality.Cumulative, DataPoints = { new HistogramDataPoint { Sum = 12, Count = 3 } } } };
        var exponential = new Metric
        {
            Name = "gen_ai.client.token.usage",
            ExponentialHistogram = new ExponentialHistogram { AggregationTemporality = AggregationTemporality.Cumulative, DataPoints = { new ExponentialHistogramDataPoint { Sum = 12, Count = 3 } } },
        };

        var points = Read(Otlp.Metrics(usual, exponential)).Sources.Single().Points;

        Assert.Equal([((Int128)12, 3L, false), ((Int128)12, 3L, false)], points.Select(point => (point.Value.In(1), point.Value.Count, point.IsDelta)));
        Assert.NotEqual(points[0].Series, points[1].Series);
    }

    [Fact]
    public void Points_that_cannot_be_added_up_are_rejected_and_the_others_are_not()
    {
        var gauge = new Metric { Name = "llm.usage.tokens", Gauge = new Gauge { DataPoints = { new NumberDataPoint { AsInt = 1 } } } };
        var summary = new Metric { Name = "llm.usage.tokens", Summary = new Summary { DataPoints = { new SummaryDataPoint() } } };
        var upDown = Tokens(1, AggregationTemporality.Cumulative);
        upDown.Sum.IsMonotonic = false;
        var ended = Tokens(1, AggregationTemporality.Cumulative);
        ended.Sum.DataPoints[0].Flags = 1; // No recorded value: nothing is wrong with it.

        var reading = _decoder.Decode(
            OtlpSignal.Metrics, Otlp.Metrics(gauge, summary, upDown, ended, Tokens(-1, AggregationTemporality.Delta), Tokens(1, AggregationTemporality.Unspecified), Tokens(7, AggregationTemporality.Delta)).ToByteArray(), tenant: null);

        Assert.Equal((5, 7), (reading.Rejected, reading.Items));
        Assert.Equal(7, (long)Assert.Single(Assert.Single(reading.Delivery.Sources).Points).Value.In(1));
    }

    [Fact]
    public void Series_is_the_same_in_any_order_of_attributes_and_in_json()
    {
        var one = Tokens(1, AggregationTemporality.Delta);
        one.Sum.DataPoints[0].Attributes.Add(new KeyValue { Key = "list", Value = new AnyValue { ArrayValue = new ArrayValue { Values = { new AnyValue { DoubleValue = 1.5 }, new AnyValue() } } } });
        var other = one.Clone();
        var reversed = other.Sum.DataPoints[0].Attributes.Reverse().ToArray();
        other.Sum.DataPoints[0].Attributes.Clear();
        other.Sum.DataPoints[0].Attributes.Add(reversed);

        var hashes = new[] { one, other }.SelectMany(metric =>
        {
            using var json = new OtlpBuffer(new OtlpMemory(1 << 30));
            JsonToProto.Write(OtlpSeeds.Json(Otlp.Metrics(metric)), OtlpSignal.Metrics.Request, 64, json);
            return new[] { Read(Otlp.Metrics(metric)), _decoder.Decode(OtlpSignal.Metrics, json.Span, null).Delivery };
        }).Select(delivery => delivery.Sources.Single().Points.Single().Series).ToArray();

        Assert.Single(hashes.Distinct());
    }

    [Fact]
    public void Series_differ_by_all_that_tells_them_apart()
    {
        var one = Tokens(1, AggregationTemporality.Delta);
        List<ExportMetricsServiceRequest> others = [Otlp.Metrics(one), Otlp.Metrics(Tokens(1, AggregationTemporality.Cumulative))];
        Add(metric => metric.Name = "llm.usage.calls");
        Add(metric => metric.Unit = "other");
        Add(metric => metric.Sum.DataPoints[0].Attributes.Add(Otlp.Attribute("more", "")));
        Add(metric => metric.Sum.DataPoints[0].Attributes[0].Value = new AnyValue { IntValue = 1 });
        Add(metric => metric.Sum.DataPoints[0].Attributes[0].Value = new AnyValue { DoubleValue = 1 });
        Add(metric => metric.Sum.DataPoints[0].Attributes[0].Value = new AnyValue { BytesValue = ByteString.CopyFromUtf8("openai") });
        Add(metric => metric.Sum.DataPoints[0].Attributes[0].Value = new AnyValue { ArrayValue = new ArrayValue { Values = { new AnyValue { StringValue = "openai" } } } });
        foreach (var change in new Action<InstrumentationScope>[] { scope => scope.Name = "other", scope => scope.Version = "2", scope => scope.Attributes.Add(Otlp.Attribute("a", "b")) })
        {
            var request = Otlp.Metrics(one.Clone());
            change(request.ResourceMetrics[0].ScopeMetrics[0].Scope);
            others.Add(request);
        }

        var hashes = others.Select(request => Read(request).Sources.Single().Points.Single().Series).ToArray();

        Assert.Equal(others.Count, hashes.Distinct().Count());

        void Add(Action<Metric> change)
        {
            var metric = one.Clone();
            change(metric);
            others.Add(Otlp.Metrics(metric));
        }
    }

    // States are kept in stores under it: it may never change.
    [Fact]
    public void Series_has_the_hash_it_always_had() =>
        Assert.Equal("5BF21698A8B79606", Read(Otlp.Metrics(Tokens(1, AggregationTemporality.Delta))).Sources.Single().Points.Single().Series.ToString("X32", null)[..16]);

    [Fact]
    public void Attributes_with_other_fields_between_them_are_read_all_the_same()
    {
        var usual = new NumberDataPoint { AsInt = 1, TimeUnixNano = 2, StartTimeUnixNano = 1, Attributes = { Otlp.Attribute("llm.usage.type", "input") } }.ToByteArray();
        var more = new NumberDataPoint { Attributes = { Otlp.Attribute("user.id", "ada") } }.ToByteArray();
        var rest = new NumberDataPoint { Flags = 0, TimeUnixNano = 3 }.ToByteArray();
        var apart = NumberDataPoint.Parser.ParseFrom([.. usual, .. rest, .. more]);
        byte[] point = [.. usual, .. rest, .. more];
        var metric = new Metric { Name = "llm.usage.tokens", Sum = new Sum { AggregationTemporality = AggregationTemporality.Delta, IsMonotonic = true } };
        metric.Sum.DataPoints.Add(apart);

        var inOrder = _decoder.Decode(OtlpSignal.Metrics, Otlp.Metrics(metric).ToByteArray(), null).Delivery.Sources.Single().Points.Single();
        var read = PointReader.Read(point, PointLayout.Number);

        Assert.Equal(2, read.AttributeCount);
        Assert.Equal((3ul, 1ul), (read.Time, read.Start));
        Assert.Equal(("ada", "input"), (inOrder.Tags.User, inOrder.Tags.UsageType));
        Assert.True(read.Attributes.SequenceEqual(PointReader.Read(apart.ToByteArray(), PointLayout.Number).Attributes));
    }

    [Fact]
    public void Spans_with_usage_are_calls_and_no_prompt_is_kept()
    {
        var span = new Span
        {
            TraceId = ByteString.CopyFrom(Enumerable.Range(1, 16).Select(i => (byte)i).ToArray()),
            SpanId = ByteString.CopyFrom(1, 2, 3, 4, 5, 6, 7, 8),
            Name = "chat the secret",
            StartTimeUnixNano = Otlp.Nanos(Otlp.Noon),
            EndTimeUnixNano = Otlp.Nanos(Otlp.Noon.AddSeconds(2)),
            Status = new Status { Code = 2, Message = "the secret" },
            Attributes =
            {
                Otlp.Attribute("gen_ai.operation.name", "chat"), Otlp.Attribute("gen_ai.provider.name", "openai"), Otlp.Attribute("gen_ai.request.model", "gpt-5.4"),
                new KeyValue { Key = "gen_ai.usage.input_tokens", Value = new AnyValue { IntValue = 12 } }, Otlp.Attribute("gen_ai.input.messages", "the secret"), Otlp.Attribute("user.id", "ada"),
            },
        };
        var without = span.Clone();
        without.SpanId = ByteString.Empty;

        var reading = _decoder.Decode(OtlpSignal.Traces, Otlp.Traces(span, without, new Span { Name = "GET /" }).ToByteArray(), tenant: null);

        Assert.Equal(1, reading.Rejected);
        var call = Assert.Single(Assert.Single(reading.Delivery.Sources).Calls);
        Assert.Equal((UsageSourceKind.Spans, 12L, CallOutcome.Failed, "ada"), (call.Kind, call.Record.Usage!.Value[UsageBucket.Input], call.Record.Outcome, call.Record.Attribution.User));
        Assert.DoesNotContain("secret", Encoding.UTF8.GetString(UsageRecordJson.Line(call.Record)), StringComparison.Ordinal);
    }

    [Fact]
    public void Long_texts_are_read_up_to_a_whole_character()
    {
        var metric = Tokens(1, AggregationTemporality.Delta);
        metric.Sum.DataPoints[0].Attributes.Add(Otlp.Attribute("user.id", new string('é', 300)));
        var decoder = new OtlpDecoder(new OtlpLimits { MaxAttributeBytes = 257 }, PriceBook.Embedded);

        var point = decoder.Decode(OtlpSignal.Metrics, Otlp.Metrics(metric).ToByteArray(), null).Delivery.Sources.Single().Points.Single();

        Assert.Equal(new string('é', 128), point.Tags.User);
    }

    [Fact]
    public void Too_many_attributes_cost_their_point_alone()
    {
        var metric = Tokens(1, AggregationTemporality.Delta);
        metric.Sum.DataPoints[0].Attributes.Add(Enumerable.Range(0, 10).Select(i => Otlp.Attribute("a" + i, "")));
        var decoder = new OtlpDecoder(new OtlpLimits { MaxAttributes = 9 }, PriceBook.Embedded);

        var reading = decoder.Decode(OtlpSignal.Metrics, Otlp.Metrics(metric, Tokens(2, AggregationTemporality.Delta)).ToByteArray(), null);

        Assert.Equal(1, reading.Rejected);
        Assert.Equal(2, (long)Assert.Single(Assert.Single(reading.Delivery.Sources).Points).Value.In(1));
    }

    [Fact]
    public void Series_are_forgotten_when_there_are_too_many_and_known_again()
    {
        var cache = new SeriesCache(maxBytes: 20_000);
        for (var i = 0; i < 1_000; i++)
        {
            cache.Add((UInt128)i, [1], new Series(default, (UInt128)i));
        }

        Assert.Equal((UInt128)999, cache.Find(999, [1])!.Hash);
        Assert.Null(cache.Find(0, [1]));
        Assert.Null(cache.Find(999, [2]));
        Assert.InRange(Enumerable.Range(0, 1_000).Count(i => cache.Find((UInt128)i, [1]) is not null), 1, 34);
    }

    private Delivery Read(ExportMetricsServiceRequest request) => _decoder.Decode(OtlpSignal.Metrics, request.ToByteArray(), tenant: null).Delivery;

    private static Metric Tokens(long value, AggregationTemporality temporality) => new()
    {
        Name = "llm.usage.tokens",
        Unit = "{token}",
        Sum = new Sum
        {
            AggregationTemporality = temporality,
            IsMonotonic = true,
            DataPoints =
            {
                new NumberDataPoint
                {
                    StartTimeUnixNano = 1, TimeUnixNano = 2, AsInt = value,
                    Attributes = { Otlp.Attribute("gen_ai.provider.name", "openai"), Otlp.Attribute("gen_ai.request.model", "gpt-5.4"), Otlp.Attribute("llm.usage.type", "input") },
                },
            },
        },
    };
}
