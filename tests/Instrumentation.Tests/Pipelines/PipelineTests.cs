using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation.Tests.Pipelines;

/// <summary>Each call of the model counts once, whatever stands between the trackers: never twice, never lost.</summary>
public class PipelineTests
{
    private const int Rounds = 2; // The second one is a hit where there is a cache.

    private static readonly string[] Names =
    [
        "plain", "functions", "retry", "retry refused", "failover", "routing", "reducing", "agent", "agent hiding", "agent twice", "cache", "cache json",
        "functions in cache", "cache in functions", "retry in functions", "functions in retry", "telemetry", "telemetry hiding", "functions over telemetry",
    ];

    public static MatrixTheoryData<string, bool, bool, bool> Matrix { get; } = new(Names, [true, false], [true, false], [true, false]);

    [Theory]
    [MemberData(nameof(Matrix))]
    public async Task Tracker_directly_around_the_provider_counts_each_model_call_once(string pipeline, bool isStreaming, bool isTrackedOutside, bool isHidden)
    {
        foreach (var withIds in (bool[])[true, false])
        {
            using var calls = new TrackedCalls();
            var provider = new ProviderLike { WithIds = withIds, Failures = pipeline is "retry" or "failover" ? 1 : 0 };
            var client = Build(pipeline, calls.Track(provider), calls);
            client = isHidden ? new HidingLike(client) : client;

            // Where the cache hides the tracker inside, the one around cannot know of it unless it is told.
            using var whole = isTrackedOutside ? calls.Track(client, options => options.SavedCost = isHidden && pipeline.Contains("cache")) : client;

            for (var round = 0; round < Rounds; round++)
            {
                await AskAsync(whole, isStreaming);
            }

            Assert.Equal(provider.Calls, calls.Events.Sum(e => e.Calls));
            Assert.Equal(provider.Calls, calls.Measurements.Of(Metrics.UsageCalls).Sum(m => m.Value));
            Assert.Equal(provider.Calls, calls.Measurements.Of(GenAi.OperationDuration).Count);
            Assert.Equal(provider.Input, calls.Events.Sum(e => e.Usage.InputTokens));
            Assert.Equal(provider.Output, calls.Events.Sum(e => e.Usage.OutputTokens));
            Assert.Equal(provider.Owed, calls.Events.Aggregate(Int128.Zero, (sum, e) => sum + e.Cost.TotalPico));
            Assert.Equal(provider.Input, calls.Spans.Sum(span => span.GetTagItem(GenAi.UsageInputTokens) as long? ?? 0));
            Assert.Equal(Cost.ToUsd(provider.Owed), (decimal)calls.Spans.Sum(span => span.GetTagItem(GenAi.UsageCostAmount) as double? ?? 0), 12);
        }
    }

    [Theory]
    [InlineData("plain", true, 2, 300)]
    [InlineData("plain", false, 2, 300)]
    [InlineData("functions", true, 2, 1_000)] // A turn of two calls each is one call with the usage of both: no call's own price.
    [InlineData("functions", false, 2, 1_000)]
    [InlineData("reducing", false, 2, 600)] // What is inside and not tracked is not seen.
    [InlineData("retry refused", false, 2, 600)]
    [InlineData("cache", true, 2, 200)] // A tracker around a cache takes hits for calls, unless SavedCost says that there is another inside.
    [InlineData("cache json", false, 2, 200)]
    public async Task Tracker_outside_alone_counts_what_it_sees(string pipeline, bool isStreaming, int events, long input)
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(Build(pipeline, new ProviderLike(), calls));

        for (var round = 0; round < Rounds; round++)
        {
            await AskAsync(client, isStreaming);
        }

        Assert.Equal(events, calls.Events.Length);
        Assert.Equal(input, calls.Events.Sum(e => e.Usage.InputTokens));
    }

    internal static IChatClient Build(string pipeline, IChatClient model, TrackedCalls calls) => pipeline switch
    {
        "functions" => new FunctionInvokingLike(model),
        "retry" => new RetryLike(model),
        "retry refused" => new RetryLike(model) { Refused = 1 },
        "failover" => new RoutingLike(model, new HidingLike(model)),
        "routing" => new RoutingLike(model),
        "reducing" => new ReducingLike(model, model),
        "agent" => new AgentLike(new FunctionInvokingLike(model), hides: false),
        "agent hiding" => new AgentLike(new FunctionInvokingLike(model), hides: true),
        "agent twice" => new AgentLike(calls.Track(new AgentLike(calls.Track(new FunctionInvokingLike(model)), hides: true)), hides: true),
        "cache" => new CachingLike(model),
        "cache json" => new SerializingCachingLike(model),
        "functions in cache" => new SerializingCachingLike(new FunctionInvokingLike(model)),
        "cache in functions" => new FunctionInvokingLike(new SerializingCachingLike(model)),
        "retry in functions" => new FunctionInvokingLike(new RetryLike(model) { Refused = 1 }),
        "functions in retry" => new RetryLike(new FunctionInvokingLike(model)) { Refused = 1 },
        "telemetry" => new OpenTelemetryLike(model, calls.Name + "-others"),
        "telemetry hiding" => new OpenTelemetryLike(model, calls.Name + "-others", handsOut: false),
        "functions over telemetry" => new FunctionInvokingLike(new OpenTelemetryLike(model, calls.Name + "-others")),
        _ => model,
    };

    internal static async Task<UsageCost?> AskAsync(IChatClient client, bool isStreaming, params AITool[] tools)
    {
        var token = TestContext.Current.CancellationToken;
        var options = new ChatOptions { Tools = tools.Length == 0 ? [AIFunctionFactory.Create(() => "Sunny", "weather")] : [.. tools] };
        if (!isStreaming)
        {
            return (await client.GetResponseAsync("Hi", options, token)).GetUsageCost();
        }

        ChatResponseUpdate? last = null;
        await foreach (var update in client.GetStreamingResponseAsync("Hi", options, token))
        {
            await Task.Yield();
            last = update;
        }

        return last!.GetUsageCost();
    }
}
