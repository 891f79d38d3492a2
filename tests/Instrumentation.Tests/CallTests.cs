using System.Diagnostics;
using System.Net;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation.Tests;

public sealed class CallTests
{
    private static CancellationToken Cancelled => new(canceled: true);

    private static UsageDetails Usage => new() { InputTokenCount = 1_000, OutputTokenCount = 200, TotalTokenCount = 1_200, CachedInputTokenCount = 400, ReasoningTokenCount = 50 };

    [Fact]
    public async Task Completed_call_gives_one_event_with_disjoint_buckets_and_an_exact_cost()
    {
        using var calls = new TrackedCalls();
        var answer = ScriptedChatClient.Answer(Usage, id: "resp-1");
        using var client = calls.Track(new ScriptedChatClient { OnResponse = (_, _) => Took(TimeSpan.FromMilliseconds(300), calls.Time, answer) });

        var returned = await client.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken);

        Assert.Same(answer, returned);
        var call = calls.Event;
        Assert.Equal(("openai", "gpt-4o-mini", "gpt-4o-mini-2024-07-18", "resp-1", "chat"), (call.Provider, call.RequestModel, call.ResponseModel, call.ResponseId, call.Operation));
        Assert.Equal((600, 400, 150, 50), (call.Usage[UsageBucket.Input], call.Usage[UsageBucket.CacheRead], call.Usage[UsageBucket.Output], call.Usage[UsageBucket.Reasoning]));
        Assert.Equal((CallOutcome.Completed, CostQuality.Reported, false), (call.Outcome, call.Quality, call.UsageInconsistent));
        Assert.Equal(TimeSpan.FromMilliseconds(300), call.Duration);
        Assert.Null(call.TimeToFirstChunk);
        Assert.Equal(calls.Time.GetUtcNow(), call.EndedAt);
        // gpt-4o-mini, USD per million: input 0.15, cached 0.075, output 0.60 (reasoning too).
        // 600 x 0.15 + 400 x 0.075 + 200 x 0.60 = 90 + 30 + 120 = 240 per million = 0.00024.
        Assert.Equal(0.00024m, call.Cost.Amount);
    }

    [Fact]
    public async Task Completed_call_gives_the_standard_histograms_with_standard_attributes_only()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(new ScriptedChatClient { OnResponse = (_, _) => Took(TimeSpan.FromMilliseconds(300), calls.Time, ScriptedChatClient.Answer(Usage)) });

        await client.GetResponseAsync("Hi", Attributed("ada"), TestContext.Current.CancellationToken);

        var tokens = calls.Measurements.Of(GenAi.TokenUsage);
        Assert.Equal([("input", 1_000d), ("output", 200d)], tokens.Select(m => ((string)m.Tags[GenAi.TokenType]!, m.Value)));
        var duration = Assert.Single(calls.Measurements.Of(GenAi.OperationDuration));
        Assert.Equal(0.3, duration.Value, 9);
        Assert.Equal([GenAi.OperationName, GenAi.ProviderName, GenAi.RequestModel, GenAi.ResponseModel], duration.Tags.Keys.Order());
        Assert.Empty(calls.Measurements.Of(GenAi.TimeToFirstChunk));
    }

    [Fact]
    public async Task Completed_call_gives_sums_by_bucket_and_attribution()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(new ScriptedChatClient { OnResponse = (_, _) => Took(TimeSpan.FromMilliseconds(300), calls.Time, ScriptedChatClient.Answer(Usage)) });

        await client.GetResponseAsync("Hi", Attributed("ada"), TestContext.Current.CancellationToken);
        await client.GetResponseAsync("Hi", Attributed("ada"), TestContext.Current.CancellationToken);

        var tokens = calls.Measurements.Of(Metrics.UsageTokens).ToDictionary(m => (string)m.Tags[Attributes.UsageType]!, m => m.Value);
        Assert.Equal(new() { ["input"] = 1_200, ["cache_read"] = 800, ["output"] = 300, ["reasoning"] = 100 }, tokens);
        Assert.Equal(0.00048, calls.Measurements.Of(Metrics.UsageCost).Sum(m => m.Value), 15);
        var count = Assert.Single(calls.Measurements.Of(Metrics.UsageCalls));
        Assert.Equal((2d, "completed", "reported", "ada"), (count.Value, count.Tags[Attributes.Outcome], count.Tags[Attributes.CostQuality], count.Tags[Attributes.UserId]));
        Assert.DoesNotContain(Attributes.Tenant, count.Tags.Keys);
        Assert.DoesNotContain(Attributes.ErrorType, count.Tags.Keys);
        Assert.Equal(0.6, Assert.Single(calls.Measurements.Of(Metrics.UsageDuration)).Value, 9);
    }

    [Fact]
    public async Task Completed_call_gives_a_span_with_usage_cost_and_attribution()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(new ScriptedChatClient { OnResponse = (_, _) => Task.FromResult(ScriptedChatClient.Answer(Usage, id: "resp-1")) });

        await client.GetResponseAsync("Hi", Attributed("ada"), TestContext.Current.CancellationToken);

        var span = calls.Span;
        Assert.Equal(("chat gpt-4o-mini", ActivityKind.Client, ActivityStatusCode.Unset), (span.DisplayName, span.Kind, span.Status));
        Assert.Equal("chat", calls.SamplingTags[GenAi.OperationName]);
        Assert.Equal("openai", calls.SamplingTags[GenAi.ProviderName]);
        Assert.Equal("gpt-4o-mini", calls.SamplingTags[GenAi.RequestModel]);
        Assert.Equal(1_000L, span.GetTagItem(GenAi.UsageInputTokens));
        Assert.Equal(200L, span.GetTagItem(GenAi.UsageOutputTokens));
        Assert.Equal(400L, span.GetTagItem(GenAi.UsageCacheReadInputTokens));
        Assert.Equal(50L, span.GetTagItem(GenAi.UsageReasoningOutputTokens));
        Assert.Equal("stop", Assert.Single(Assert.IsType<string[]>(span.GetTagItem(GenAi.ResponseFinishReasons))));
        Assert.Equal("resp-1", span.GetTagItem(GenAi.ResponseId));
        Assert.Equal((0.00024, "USD", "local"), (span.GetTagItem(GenAi.UsageCostAmount), span.GetTagItem(GenAi.UsageCostCurrency), span.GetTagItem(GenAi.UsageCostSource)));
        Assert.Equal(PriceBook.Embedded.Version, span.GetTagItem(Attributes.PriceVersion));
        Assert.Equal(("reported", "completed", "ada"), (span.GetTagItem(Attributes.CostQuality), span.GetTagItem(Attributes.Outcome), span.GetTagItem(Attributes.UserId)));
    }

    [Fact]
    public async Task Span_cost_can_be_switched_off()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(new ScriptedChatClient { OnResponse = (_, _) => Task.FromResult(ScriptedChatClient.Answer(Usage)) }, o => o.SpanCost = false);

        await client.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken);

        Assert.Null(calls.Span.GetTagItem(GenAi.UsageCostAmount));
        Assert.True(calls.Event.HasCost);
    }

    [Fact]
    public async Task Call_without_usage_is_unmeasured_and_not_zero()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(new ScriptedChatClient());

        await client.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal((false, false, CostQuality.Unmeasured), (calls.Event.HasUsage, calls.Event.HasCost, calls.Event.Quality));
        Assert.Empty(calls.Measurements.Of(GenAi.TokenUsage));
        Assert.Empty(calls.Measurements.Of(Metrics.UsageTokens));
        Assert.Empty(calls.Measurements.Of(Metrics.UsageCost));
        Assert.Null(calls.Span.GetTagItem(GenAi.UsageInputTokens));
    }

    [Fact]
    public async Task Usage_of_zero_is_reported_as_zero()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(new ScriptedChatClient { OnResponse = (_, _) => Task.FromResult(ScriptedChatClient.Answer(new UsageDetails { InputTokenCount = 0, OutputTokenCount = 0 })) });

        await client.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken);

        Assert.True(calls.Event.HasUsage);
        Assert.Equal((CostQuality.Reported, 0m), (calls.Event.Quality, calls.Event.Cost.Amount));
        Assert.Equal([0d, 0d], calls.Measurements.Of(GenAi.TokenUsage).Select(m => m.Value));
    }

    [Fact]
    public async Task Model_without_a_price_is_unpriced_and_not_free()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(new ScriptedChatClient
        {
            Metadata = new ChatClientMetadata("in-house", null, "our-own-model"),
            OnResponse = (_, _) => Task.FromResult(ScriptedChatClient.Answer(Usage, model: null)),
        });

        await client.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal((true, false, CostQuality.Unpriced), (calls.Event.HasUsage, calls.Event.HasCost, calls.Event.Quality));
        Assert.Empty(calls.Measurements.Of(Metrics.UsageCost));
        Assert.Null(calls.Span.GetTagItem(GenAi.UsageCostAmount));
    }

    [Fact]
    public async Task Response_model_without_a_price_is_priced_as_the_model_asked_for()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(new ScriptedChatClient { OnResponse = (_, _) => Task.FromResult(ScriptedChatClient.Answer(Usage, model: "deployment-7")) });

        await client.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(0.00024m, calls.Event.Cost.Amount);
    }

    [Fact]
    public async Task Failed_call_carries_the_status_and_the_exception_stays_the_same()
    {
        using var calls = new TrackedCalls();
        var failure = new HttpRequestException("Too many", null, HttpStatusCode.TooManyRequests);
        using var client = calls.Track(new ScriptedChatClient { OnResponse = (_, _) => Task.FromException<ChatResponse>(failure) });

        var thrown = await Assert.ThrowsAsync<HttpRequestException>(() => client.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken));

        Assert.Same(failure, thrown);
        Assert.Equal((CallOutcome.Failed, "429", CostQuality.Unmeasured), (calls.Event.Outcome, calls.Event.ErrorType, calls.Event.Quality));
        Assert.Equal("429", Assert.Single(calls.Measurements.Of(GenAi.OperationDuration)).Tags[Attributes.ErrorType]);
        var count = Assert.Single(calls.Measurements.Of(Metrics.UsageCalls));
        Assert.Equal(("failed", "429"), (count.Tags[Attributes.Outcome], count.Tags[Attributes.ErrorType]));
        Assert.Equal((ActivityStatusCode.Error, "429"), (calls.Span.Status, calls.Span.GetTagItem(Attributes.ErrorType)));
    }

    [Fact]
    public async Task Prompt_that_a_provider_quotes_in_its_error_is_not_in_the_span()
    {
        using var calls = new TrackedCalls();
        var failure = new HttpRequestException("prompt rejected: my secret diagnosis", null, HttpStatusCode.BadRequest);
        using var client = calls.Track(new ScriptedChatClient { OnResponse = (_, _) => Task.FromException<ChatResponse>(failure) });

        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetResponseAsync("my secret diagnosis", cancellationToken: TestContext.Current.CancellationToken));

        Assert.Equal("400", calls.Span.StatusDescription);
        Assert.DoesNotContain(calls.Span.TagObjects, tag => tag.Value?.ToString()?.Contains("secret", StringComparison.Ordinal) == true);
        Assert.Empty(calls.Span.Events);
    }

    [Fact]
    public async Task Call_that_throws_before_it_returns_a_task_is_recorded()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(new ScriptedChatClient { OnResponse = (_, _) => throw new InvalidOperationException("No key.") });

        await Assert.ThrowsAsync<InvalidOperationException>(() => client.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken));

        Assert.Equal("System.InvalidOperationException", calls.Event.ErrorType);
    }

    [Fact]
    public async Task Call_that_the_caller_cancels_is_cancelled_and_no_error()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(new ScriptedChatClient { OnResponse = (_, token) => Task.FromCanceled<ChatResponse>(token) });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.GetResponseAsync("Hi", cancellationToken: Cancelled));

        Assert.Equal((CallOutcome.Cancelled, (string?)null), (calls.Event.Outcome, calls.Event.ErrorType));
        Assert.Equal(ActivityStatusCode.Unset, calls.Span.Status);
        Assert.DoesNotContain(Attributes.ErrorType, Assert.Single(calls.Measurements.Of(GenAi.OperationDuration)).Tags.Keys);
    }

    [Fact]
    public async Task Call_that_times_out_by_itself_failed()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(new ScriptedChatClient { OnResponse = (_, _) => Task.FromException<ChatResponse>(new TaskCanceledException("Timeout.")) });

        await Assert.ThrowsAsync<TaskCanceledException>(() => client.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken));

        Assert.Equal((CallOutcome.Failed, "timeout"), (calls.Event.Outcome, calls.Event.ErrorType));
        Assert.Equal((ActivityStatusCode.Error, "timeout"), (calls.Span.Status, calls.Span.GetTagItem(Attributes.ErrorType)));
    }

    [Fact]
    public async Task Counts_that_contradict_themselves_are_flagged()
    {
        using var calls = new TrackedCalls();
        var usage = new UsageDetails { InputTokenCount = 100, CachedInputTokenCount = 150, OutputTokenCount = 1 };
        using var client = calls.Track(new ScriptedChatClient { OnResponse = (_, _) => Task.FromResult(ScriptedChatClient.Answer(usage)) });

        await client.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken);

        Assert.True(calls.Event.UsageInconsistent);
        Assert.Equal(1, Assert.Single(calls.Measurements.Of(Metrics.UsageInconsistent)).Value);
    }

    [Fact]
    public async Task Usage_is_copied_before_the_answer_is_returned()
    {
        using var calls = new TrackedCalls();
        var usage = Usage;
        using var client = calls.Track(new ScriptedChatClient { OnResponse = (_, _) => Task.FromResult(ScriptedChatClient.Answer(usage)) });

        var answer = await client.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken);
        answer.Usage!.Add(new UsageDetails { InputTokenCount = 1_000_000 });

        Assert.Equal(1_000, calls.Event.Usage.InputTokens);
    }

    [Fact]
    public async Task Fetching_an_earlier_answer_counts_nothing()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(new ScriptedChatClient { OnResponse = (_, _) => Task.FromResult(ScriptedChatClient.Answer(Usage)) });
        var options = new ChatOptions { ContinuationToken = ResponseContinuationToken.FromBytes(new byte[] { 1 }) };

        await client.GetResponseAsync("Hi", options, TestContext.Current.CancellationToken);
        await foreach (var _ in client.GetStreamingResponseAsync("Hi", options, TestContext.Current.CancellationToken))
        {
        }

        Assert.Empty(calls.Events);
        Assert.Empty(calls.Spans);
    }

    [Fact]
    public async Task Calls_have_different_ids()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(new ScriptedChatClient());

        await Task.WhenAll(Enumerable.Range(0, 1_000).Select(_ => Task.Run(() => client.GetResponseAsync("Hi"))));

        Assert.Equal(1_000, calls.Events.Select(e => e.CallId).Distinct().Count());
        Assert.Equal(1_000, calls.Measurements.Of(Metrics.UsageCalls).Sum(m => m.Value));
    }

    private static ChatOptions Attributed(string user) => new() { AdditionalProperties = new() { [Options.User] = user } };

    private static Task<ChatResponse> Took(TimeSpan time, ManualTime clock, ChatResponse answer)
    {
        clock.Advance(time);
        return Task.FromResult(answer);
    }
}
