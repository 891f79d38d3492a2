using System.Diagnostics;
using LlmTelemetry.TestKit;
using Microsoft.Extensions.AI;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation.Tests;

/// <summary>What the span says of what was asked for, and when it says so.</summary>
public sealed class RequestAttributeTests
{
    private static ChatOptions Full => new()
    {
        ModelId = "gpt-4o",
        MaxOutputTokens = 100,
        Temperature = 0.7f,
        TopP = 0.95f,
        TopK = 40,
        FrequencyPenalty = -0.1f,
        PresencePenalty = 0.3f,
        Seed = 42,
        StopSequences = ["END", "STOP"],
        ResponseFormat = ChatResponseFormat.Json,
        AdditionalProperties = new() { ["n"] = 3 },
    };

    [Fact]
    public async Task Server_without_host_or_port_is_not_said()
    {
        using var calls = new TrackedCalls();
        foreach (var uri in (string[])["unix:///run/model.sock", "inference://models"])
        {
            using var client = calls.Track(new ScriptedChatClient { Metadata = new ChatClientMetadata("local", new Uri(uri), "m") });
            await client.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken);
        }

        Assert.Equal([null, "models"], calls.Spans.Select(span => span.GetTagItem(Attributes.ServerAddress)));
        Assert.All(calls.Spans, span => Assert.Null(span.GetTagItem(Attributes.ServerPort)));
    }

    [Fact]
    public async Task Options_that_are_set_are_on_the_span_with_the_types_of_the_conventions()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(new ScriptedChatClient());

        await client.GetResponseAsync("Hi", Full, TestContext.Current.CancellationToken);

        Assert.Equal(100, calls.Span.GetTagItem(GenAi.RequestMaxTokens));
        Assert.Equal(0.7, calls.Span.GetTagItem(GenAi.RequestTemperature)); // Not the 0.699999988079071 of a float.
        Assert.Equal(0.95, calls.Span.GetTagItem(GenAi.RequestTopP));
        Assert.Equal(40d, calls.Span.GetTagItem(GenAi.RequestTopK));
        Assert.Equal(-0.1, calls.Span.GetTagItem(GenAi.RequestFrequencyPenalty));
        Assert.Equal(0.3, calls.Span.GetTagItem(GenAi.RequestPresencePenalty));
        Assert.Equal(42L, calls.Span.GetTagItem(GenAi.RequestSeed));
        Assert.Equal(["END", "STOP"], Assert.IsType<string[]>(calls.Span.GetTagItem(GenAi.RequestStopSequences)));
        Assert.Equal("json", calls.Span.GetTagItem(GenAi.OutputType));
        Assert.Equal(3, calls.Span.GetTagItem(GenAi.RequestChoiceCount));
    }

    [Fact]
    public async Task Newest_conventions_have_top_k_as_an_integer()
    {
        using var calls = new TrackedCalls(conventions: Conventions.Latest);
        using var client = calls.Track(new ScriptedChatClient());

        await client.GetResponseAsync("Hi", Full, TestContext.Current.CancellationToken);

        Assert.Equal(40, calls.Span.GetTagItem(GenAi.RequestTopK));
    }

    [Fact]
    public async Task Options_that_are_not_set_are_not_on_the_span()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(new ScriptedChatClient());

        await client.GetResponseAsync("Hi", new ChatOptions { AdditionalProperties = new() { ["n"] = 1 }, StopSequences = [] }, TestContext.Current.CancellationToken);

        Assert.Equal([GenAi.RequestModel], calls.Span.TagObjects.Select(t => t.Key).Where(key => key.StartsWith("gen_ai.request.", StringComparison.Ordinal)));
        Assert.Null(calls.Span.GetTagItem(GenAi.OutputType));
    }

    [Theory]
    [InlineData(float.NaN)]
    [InlineData(float.PositiveInfinity)]
    public async Task Number_that_is_none_is_left_out_and_the_call_goes_on(float temperature)
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(new ScriptedChatClient());

        await client.GetResponseAsync("Hi", new ChatOptions { Temperature = temperature }, TestContext.Current.CancellationToken);

        Assert.Null(calls.Span.GetTagItem(GenAi.RequestTemperature));
        Assert.Empty(calls.Measurements.Of(Metrics.TelemetryErrors));
    }

    [Fact]
    public async Task Number_beyond_reason_is_told_as_it_is()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(new ScriptedChatClient());

        await client.GetResponseAsync("Hi", new ChatOptions { Temperature = float.MaxValue }, TestContext.Current.CancellationToken);

        Assert.Equal((double)float.MaxValue, calls.Span.GetTagItem(GenAi.RequestTemperature));
    }

    [Fact]
    public async Task Stop_sequences_that_the_caller_changes_later_stay_what_they_were()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(new ScriptedChatClient());
        var options = new ChatOptions { StopSequences = new List<string> { "END" } };

        await client.GetResponseAsync("Hi", options, TestContext.Current.CancellationToken);
        options.StopSequences.Clear();

        Assert.Equal(["END"], Assert.IsType<string[]>(calls.Span.GetTagItem(GenAi.RequestStopSequences)));
    }

    [Fact]
    public async Task Sampler_sees_where_the_call_goes_before_the_span_is_made()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(new ScriptedChatClient { Metadata = new("openai", new Uri("http://127.0.0.1:8080/v1"), "gpt-4o-mini") });

        await foreach (var _ in client.GetStreamingResponseAsync("Hi", Full, TestContext.Current.CancellationToken))
        {
        }

        Assert.Equal(
            new Dictionary<string, object?>
            {
                [GenAi.OperationName] = "chat",
                [GenAi.ProviderName] = "openai",
                [GenAi.RequestModel] = "gpt-4o",
                [GenAi.RequestStream] = true,
                [Attributes.ServerAddress] = "127.0.0.1",
                [Attributes.ServerPort] = 8080,
            },
            calls.SamplingTags);
    }

    [Fact]
    public async Task Sampler_that_drops_a_model_leaves_its_calls_without_a_span()
    {
        using var calls = new TrackedCalls(listenToSpans: false);
        var seen = new List<string>();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == calls.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> options) =>
                options.Tags!.Any(t => t is { Key: GenAi.RequestModel, Value: "gpt-4o" }) ? ActivitySamplingResult.AllDataAndRecorded : ActivitySamplingResult.None,
            ActivityStopped = span => seen.Add(span.DisplayName),
        };
        ActivitySource.AddActivityListener(listener);
        using var client = calls.Track(new ScriptedChatClient());

        await client.GetResponseAsync("Hi", new ChatOptions { ModelId = "gpt-4o" }, TestContext.Current.CancellationToken);
        await client.GetResponseAsync("Hi", new ChatOptions { ModelId = "gpt-4o-mini" }, TestContext.Current.CancellationToken);

        Assert.Equal(["chat gpt-4o"], seen);
        Assert.Equal(2, calls.Events.Length);
    }

    [Fact]
    public async Task Span_that_is_sampled_for_its_context_only_gets_no_further_attributes()
    {
        using var calls = new TrackedCalls(listenToSpans: false);
        Activity? stopped = null;
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == calls.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.PropagationData,
            ActivityStopped = span => stopped = span,
        };
        ActivitySource.AddActivityListener(listener);
        using var client = calls.Track(new ScriptedChatClient());

        await client.GetResponseAsync("Hi", Full, TestContext.Current.CancellationToken);

        Assert.NotNull(stopped);
        Assert.Null(stopped.GetTagItem(GenAi.RequestMaxTokens));
    }
}
