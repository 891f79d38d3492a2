using LlmTelemetry.Usage;
using static LlmTelemetry.CostExporter.Tests.Points;

namespace LlmTelemetry.CostExporter.Tests;

public sealed class PointBookingTests
{
    private const string Sonnet = "claude-sonnet-4-5";
    private const string Tokens = "gen_ai.client.token.usage";
    private const string Durations = "gen_ai.client.operation.duration";
    private const string Counters = "gen_ai.client.inference.usage.";
    private static readonly TelemetrySource Source = new("shop", "checkout", "1", "production");
    private readonly List<string> _ignored = [];

    [Theory]
    [InlineData("LlmTelemetry", "llm.usage.tokens", "OwnMetrics")]
    [InlineData("renamed.on.its.way", "llm.usage.cost", "OwnMetrics")]
    [InlineData("LlmTelemetry", "gen_ai.client.token.usage", null)]
    [InlineData("LlmTelemetry", "gen_ai.client.operation.duration", null)]
    [InlineData("Experimental.Microsoft.Extensions.AI", "gen_ai.client.token.usage", "TokenUsage")]
    [InlineData(null, "gen_ai.client.operation.duration", "Durations")]
    [InlineData("x", "gen_ai.client.inference.duration", "Durations")]
    [InlineData("x", "gen_ai.client.inference.usage.cache_read.input_tokens", "InferenceCounters")]
    [InlineData("x", "gen_ai.client.inference.operation.input_tokens", "InferenceCounters")]
    [InlineData("Microsoft.SemanticKernel", "semantic_kernel.function.invocation.token_usage.prompt", "FrameworkMetrics")]
    [InlineData("Microsoft.SemanticKernel", "semantic_kernel.function.invocation.duration", null)]
    [InlineData("x", "gen_ai.server.request.duration", null)]
    [InlineData("x", "gen_ai.client.operation.time_to_first_chunk", null)]
    [InlineData("LlmTelemetry.CostExporter", "llm.ledger.spend", null)]
    [InlineData("x", "http.client.request.duration", null)]
    public void Metric_is_of_one_form_or_of_none(string? scope, string metric, string? kind) => Assert.Equal(kind, ForeignPoints.KindOf(scope, metric)?.ToString());

    [Fact]
    public void Calls_are_counted_once_however_input_output_and_durations_are_split_into_requests()
    {
        (ReceivedPoint, PointSum)[] all =
        [
            Point(Tokens, Sum(3_000.0, 3), ("gen_ai.token.type", "input")), Point(Tokens, Sum(600.0, 3), ("gen_ai.token.type", "output")), Point(Durations, Sum(6.0, 3)),
            Point(Durations, Sum(1.0, 2), ("error.type", "429")),
        ];
        var random = new Random(5);
        for (var round = 0; round < 200; round++)
        {
            var requests = all.OrderBy(_ => random.Next()).GroupBy(_ => random.Next(4)).Select(request => request.ToList());
            var rows = requests.SelectMany(request => Rows(request, CallsFrom.OperationDurations)).ToList();

            Assert.Equal((5, 2, 2, 3, 0), (Of(rows, SpendMeasure.Calls), Of(rows, SpendMeasure.Failed), Of(rows, SpendMeasure.Unmeasured), Of(rows, SpendMeasure.Estimated), Of(rows, SpendMeasure.Untimed)));
            Assert.Equal((3_000, 600, 7_000_000), (Of(rows, SpendMeasure.Usage(UsageBucket.Input)), Of(rows, SpendMeasure.Usage(UsageBucket.Output)), Of(rows, SpendMeasure.DurationMicros)));
            Assert.Equal(0.018m, rows.Sum(row => CostOf(row.Measures))); // 3,000 x 3 and 600 x 15 per million.
        }
    }

    [Fact]
    public void Calls_of_a_source_without_durations_are_counted_by_its_input_else_by_its_output()
    {
        var input = Point(Tokens, Sum(3_000.0, 3), ("gen_ai.token.type", "input"));
        var output = Point(Tokens, Sum(600.0, 3), ("gen_ai.token.type", "output"));
        Assert.Equal(CallsFrom.Input, PointBooking.CallsOf([output, input]));
        Assert.Equal(CallsFrom.Output, PointBooking.CallsOf([output]));
        Assert.Equal(CallsFrom.OperationDurations, PointBooking.CallsOf([output, input, Point(Durations, Sum(1.0, 3))]));
        Assert.Null(PointBooking.CallsOf([Point(Durations, Sum(1.0, 3), ("gen_ai.operation.name", "invoke_agent"))]));

        foreach (var requests in new[] { [[input, output]], new[] { [output], new List<(ReceivedPoint, PointSum)> { input } } })
        {
            var rows = requests.SelectMany(request => Rows(request, CallsFrom.Input)).ToList();
            Assert.Equal((3, 3, 3), (Of(rows, SpendMeasure.Calls), Of(rows, SpendMeasure.Untimed), Of(rows, SpendMeasure.Estimated)));
        }
    }

    [Fact]
    public void Durations_add_no_calls_in_an_hour_that_is_counted_by_tokens()
    {
        var rows = Rows([Point(Durations, Sum(6.0, 3)), Point(Tokens, Sum(3_000.0, 3), ("gen_ai.token.type", "input"))], CallsFrom.Input);

        Assert.Equal((3, 0), (Of(rows, SpendMeasure.Calls), Of(rows, SpendMeasure.DurationMicros)));
    }

    [Fact]
    public void Durations_alone_are_calls_of_which_nothing_is_known()
    {
        var row = Assert.Single(Rows([Point(Durations, Sum(6.0, 3))], CallsFrom.OperationDurations, UsageSourceKind.Durations));

        Assert.Equal((3, 3, "unmeasured"), ((int)row.Measures[SpendMeasure.Calls], (int)row.Measures[SpendMeasure.Unmeasured], row.Key.More!.Parts.Quality));
    }

    // Envoy AI Gateway records them beside input and output, which have them in them.
    [Fact]
    public void Parts_of_input_and_output_price_them_better_and_are_not_added_to_them()
    {
        var rows = Rows(
            [
                Point(Tokens, Sum(1_000.0, 1), ("gen_ai.token.type", "input")), Point(Tokens, Sum(600.0, 1), ("gen_ai.token.type", "cached_input")),
                Point(Tokens, Sum(100.0, 1), ("gen_ai.token.type", "cache_creation_input")), Point(Tokens, Sum(50.0, 1), ("gen_ai.token.type", "output")),
                Point(Tokens, Sum(20.0, 1), ("gen_ai.token.type", "reasoning")), Point(Tokens, Sum(1_050.0, 1), ("gen_ai.token.type", "total")),
            ],
            CallsFrom.Input);

        var row = Assert.Single(rows).Measures;
        Assert.Equal((300, 600, 100, 30, 20), (Of(rows, SpendMeasure.Usage(UsageBucket.Input)), Of(rows, SpendMeasure.Usage(UsageBucket.CacheRead)), Of(rows, SpendMeasure.Usage(UsageBucket.CacheWrite5m)),
            Of(rows, SpendMeasure.Usage(UsageBucket.Output)), Of(rows, SpendMeasure.Usage(UsageBucket.Reasoning))));
        Assert.Equal(0.002205m, CostOf(row)); // 300 x 3, 600 x 0.30, 100 x 3.75 and 50 x 15 per million.
        Assert.Equal(["token_type"], _ignored);
    }

    [Fact]
    public void Part_whose_whole_came_in_another_request_adds_nothing()
    {
        Assert.Equal(0, TokensOf(Rows([Point(Tokens, Sum(600.0, 1), ("gen_ai.token.type", "cached_input"))], null)));
        Assert.Equal(1_000, TokensOf(Rows([Point(Tokens, Sum(1_000.0, 1), ("gen_ai.token.type", "input")), Point(Tokens, Sum(1_600.0, 1), ("gen_ai.token.type", "cached_input"))], CallsFrom.Input)));

        static Int128 TokensOf(IReadOnlyList<(DateTimeOffset, SpendKey, SpendMeasures Measures)> rows) =>
            rows.Aggregate(Int128.Zero, (sum, row) => sum + row.Measures[SpendMeasure.Usage(UsageBucket.Input)] + row.Measures[SpendMeasure.Usage(UsageBucket.CacheRead)]);
    }

    [Fact]
    public void Audio_and_text_of_a_realtime_session_are_in_its_input_already()
    {
        var rows = Rows(
            [
                Point(Tokens, Sum(1_000.0, 1), ("gen_ai.token.type", "input")), Point(Tokens, Sum(700.0, 1), ("gen_ai.token.type", "input_audio")), Point(Tokens, Sum(300.0, 1), ("gen_ai.token.type", "input_text")),
            ],
            CallsFrom.Input);

        Assert.Equal(1_000, Of(rows, SpendMeasure.Usage(UsageBucket.Input)));
        Assert.Equal(["token_type", "token_type"], _ignored);
    }

    [Fact]
    public void Counters_of_the_newest_conventions_are_summed_over_modalities_and_subsets_taken_out()
    {
        var points = new List<(ReceivedPoint, PointSum)>
        {
            Point(Counters + "input_tokens", Sum(800L), ("gen_ai.token.modality", "text")), Point(Counters + "input_tokens", Sum(200L), ("gen_ai.token.modality", "audio")),
            Point(Counters + "output_tokens", Sum(50L), ("gen_ai.token.modality", "unknown")), Point(Counters + "cache_read.input_tokens", Sum(600L)), Point(Counters + "cache_write.input_tokens", Sum(100L)),
            Point(Counters + "reasoning.output_tokens", Sum(20L)), Point("gen_ai.client.inference.duration", Sum(4.0, 2)), Point("gen_ai.client.inference.operation.input_tokens", Sum(1_000.0, 2)),
        };
        Assert.Equal(CallsFrom.InferenceDurations, PointBooking.CallsOf(points));
        var rows = Rows(points, CallsFrom.InferenceDurations, UsageSourceKind.InferenceCounters);

        Assert.Equal((100, 200, 600, 100, 30, 20), (Of(rows, SpendMeasure.Usage(UsageBucket.Input)), Of(rows, SpendMeasure.Usage(UsageBucket.InputAudio)), Of(rows, SpendMeasure.Usage(UsageBucket.CacheRead)),
            Of(rows, SpendMeasure.Usage(UsageBucket.CacheWrite5m)), Of(rows, SpendMeasure.Usage(UsageBucket.Output)), Of(rows, SpendMeasure.Usage(UsageBucket.Reasoning))));
        Assert.Equal((2, 2), (Of(rows, SpendMeasure.Calls), Of(rows, SpendMeasure.Estimated)));
        Assert.Empty(_ignored);
    }

    [Fact]
    public void Semantic_Kernels_functions_are_priced_by_their_model()
    {
        var rows = PointBooking.ToRows(
            in Source,
            [
                Kernel("semantic_kernel.function.invocation.token_usage.prompt", Sum(1_000.0, 2)), Kernel("semantic_kernel.function.invocation.token_usage.completion", Sum(100.0, 2)),
            ],
            CallsFrom.Input, Now, PriceBook.Embedded, null, _ignored.Add, UsageSourceKind.FrameworkMetrics);

        var (_, key, row) = Assert.Single(rows);
        Assert.Equal(("gpt-4o", 2, 0.0035m), (key.Model, (int)row[SpendMeasure.Calls], CostOf(row)));

        static (ReceivedPoint, PointSum) Kernel(string metric, PointSum value) =>
            (new ReceivedPoint(UsageSourceKind.FrameworkMetrics, metric, ForeignPoints.ReadTags([new("semantic_kernel.function.name", "summarize"), new("semantic_kernel.function.model_id", "gpt-4o")]), 1, false, 1, At(10), value), value);
    }

    [Fact]
    public void Operations_around_calls_are_ignored_and_told()
    {
        Assert.Empty(Rows([Point(Tokens, Sum(10.0, 1), ("gen_ai.token.type", "input"), ("gen_ai.operation.name", "invoke_agent")), Point(Durations, Sum(1.0, 1), ("gen_ai.operation.name", "execute_tool"))], null));
        Assert.Equal(["not_inference", "not_inference"], _ignored);
    }

    [Fact]
    public void Our_own_metrics_are_booked_as_they_are_under_their_service()
    {
        (ReceivedPoint, PointSum)[] points =
        [
            Own("llm.usage.calls", Sum(2L), ("llm.outcome", "completed")), Own("llm.usage.cost", Sum(0.25), ("llm.usage.type", "output")), Own("llm.usage.tokens", Sum(7L), ("llm.usage.type", "output")),
        ];
        var row = Assert.Single(PointBooking.ToRows(in Source, points, null, Now, PriceBook.Embedded, null, _ignored.Add, UsageSourceKind.OwnMetrics));

        Assert.Equal((2, 7, 250_000_000_000), ((int)row.Measures[SpendMeasure.Calls], (int)row.Measures[SpendMeasure.Usage(UsageBucket.Output)], (long)row.Measures[SpendMeasure.Cost(UsageBucket.Output)]));
        Assert.Equal(("checkout", "production", "gold", "ada"), (row.Key.More!.Parts.Client, row.Key.More.Parts.Environment, row.Key.More.Parts.Tier, row.Key.User));

        static (ReceivedPoint, PointSum) Own(string metric, PointSum value, (string, object?) more) => Make(metric, value, [("llm.tier", "gold"), ("user.id", "ada"), ("llm.cost.quality", "reported"), more]);
    }

    [Fact]
    public void Moment_is_the_points_time_and_never_ahead_or_before_there_were_models()
    {
        Assert.Equal(Now.AddSeconds(-10), PointBooking.MomentOf(Cumulative(Sum(1L), 1, At(10)), Now));
        foreach (var time in new[] { 0UL, 1_795_416_984UL, At(-60), ulong.MaxValue })
        {
            Assert.Equal(Now, PointBooking.MomentOf(Cumulative(Sum(1L), 1, time), Now));
        }
    }

    private IReadOnlyList<(DateTimeOffset At, SpendKey Key, SpendMeasures Measures)> Rows(
        List<(ReceivedPoint, PointSum)> points, CallsFrom? calls, UsageSourceKind booked = UsageSourceKind.TokenUsage) =>
        PointBooking.ToRows(in Source, points, calls, Now, PriceBook.Embedded, null, _ignored.Add, booked);

    private static (ReceivedPoint, PointSum) Point(string metric, PointSum value, params (string, object?)[] more) =>
        Make(metric, value, [("gen_ai.operation.name", "chat"), ("gen_ai.provider.name", "anthropic"), ("gen_ai.request.model", Sonnet), .. more]);

    private static (ReceivedPoint, PointSum) Make(string metric, PointSum value, (string Name, object? Value)[] attributes) => (
        new ReceivedPoint(
            ForeignPoints.KindOf("x", metric)!.Value, metric, ForeignPoints.ReadTags([.. attributes.Select(one => new KeyValuePair<string, object?>(one.Name, one.Value))]), 1, false, 1, At(10), value),
        value);

    private static int Of(IEnumerable<(DateTimeOffset, SpendKey, SpendMeasures Measures)> rows, byte measure) => (int)rows.Aggregate(Int128.Zero, (sum, row) => sum + row.Measures[measure]);

    private static decimal CostOf(SpendMeasures row) => Cost.ToUsd(Enum.GetValues<UsageBucket>().Aggregate(Int128.Zero, (sum, bucket) => sum + row[SpendMeasure.Cost(bucket)]));
}
