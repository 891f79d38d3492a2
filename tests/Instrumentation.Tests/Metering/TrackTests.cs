using System.Diagnostics;
using System.Net;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation.Tests.Metering;

/// <summary>Calls that are no client's: wrapped by the meter.</summary>
public sealed class TrackTests
{
    private static readonly MeteredCall Mini = new() { Provider = "openai", Model = "gpt-4o-mini" };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Wrapped_call_gives_the_answer_and_counts_what_was_read_in_it()
    {
        using var calls = new TrackedCalls();
        var answer = new object();

        var returned = await calls.Meter().TrackAsync(Mini, Took(calls.Time, answer), Read, Token);

        Assert.Same(answer, returned);
        var call = calls.Event;
        Assert.Equal(("openai", "gpt-4o-mini", "gpt-4o-mini-2024-07-18", "r-1", "chat"), (call.Provider, call.RequestModel, call.ResponseModel, call.ResponseId, call.Operation));
        Assert.Equal((600, 400, 200), (call.Usage[UsageBucket.Input], call.Usage[UsageBucket.CacheRead], call.Usage[UsageBucket.Output]));
        Assert.Equal((CallOutcome.Completed, CostQuality.Reported, 1L), (call.Outcome, call.Quality, call.Calls));
        Assert.Equal((TimeSpan.FromSeconds(2), calls.Time.GetUtcNow()), (call.Duration, call.EndedAt));
        Assert.Equal(0.00024m, call.Cost.Amount); // 600 x 0.15 + 400 x 0.075 + 200 x 0.60 per million.
    }

    [Fact]
    public async Task Wrapped_call_has_the_span_and_the_metrics_of_a_tracked_client()
    {
        using var calls = new TrackedCalls();

        await calls.Meter().TrackAsync(Mini with { Server = new Uri("https://api.openai.com/v1") }, Took(calls.Time, new object()), Read, Token);

        Assert.Equal("chat gpt-4o-mini", calls.Span.DisplayName);
        Assert.Equal(("openai", "api.openai.com"), (calls.SamplingTags[GenAi.ProviderName], calls.SamplingTags[Attributes.ServerAddress]));
        Assert.Equal((1_000L, 0.00024, "local"), (calls.Span.GetTagItem(GenAi.UsageInputTokens), calls.Span.GetTagItem(GenAi.UsageCostAmount), calls.Span.GetTagItem(GenAi.UsageCostSource)));
        Assert.Equal(2, Assert.Single(calls.Measurements.Of(GenAi.OperationDuration)).Value, 9);
        Assert.Equal([1_000d, 200d], calls.Measurements.Of(GenAi.TokenUsage).Select(m => m.Value));
        Assert.Equal(0.00024, calls.Measurements.Of(Metrics.UsageCost).Sum(m => m.Value), 12);
    }

    [Fact]
    public async Task What_the_call_makes_inside_is_under_its_span_and_what_follows_is_not()
    {
        using var calls = new TrackedCalls();
        var around = Activity.Current;
        Activity? inside = null;

        await calls.Meter().TrackAsync(Mini, async _ => await Task.FromResult(inside = Activity.Current), cancellationToken: Token);

        Assert.Same(calls.Span, inside);
        Assert.Same(around, Activity.Current);
    }

    [Fact]
    public async Task Exception_goes_on_unchanged_and_the_call_failed_with_its_status()
    {
        using var calls = new TrackedCalls();
        var cause = new HttpRequestException("Secret prompt", null, HttpStatusCode.TooManyRequests);

        var thrown = await Assert.ThrowsAsync<HttpRequestException>(() => calls.Meter().TrackAsync<object>(Mini, _ => Task.FromException<object>(cause), Read, Token));

        Assert.Same(cause, thrown);
        Assert.Equal((CallOutcome.Failed, "429", (string?)null, CostQuality.Unmeasured), (calls.Event.Outcome, calls.Event.ErrorType, calls.Event.ErrorText, calls.Event.Quality));
        Assert.Equal((ActivityStatusCode.Error, "429"), (calls.Span.Status, calls.Span.StatusDescription));
    }

    [Fact]
    public void Exception_of_a_blocking_call_and_one_that_is_thrown_before_its_task_go_on_unchanged()
    {
        using var calls = new TrackedCalls();
        var cause = new InvalidOperationException();

        Assert.Same(cause, Assert.Throws<InvalidOperationException>(() => calls.Meter().Track<object>(Mini, () => throw cause, cancellationToken: Token)));
        Assert.Same(cause, Record.Exception(() => calls.Meter().TrackAsync<object>(Mini, _ => throw cause, cancellationToken: Token).GetAwaiter().GetResult()));

        Assert.Equal([typeof(InvalidOperationException).FullName, typeof(InvalidOperationException).FullName], calls.Events.Select(e => e.ErrorType));
    }

    [Fact]
    public async Task Cancel_by_the_caller_is_cancelled_and_a_timeout_of_the_other_side_failed()
    {
        using var calls = new TrackedCalls();
        using var cancel = new CancellationTokenSource();
        await cancel.CancelAsync();

        await Assert.ThrowsAsync<TaskCanceledException>(() => calls.Meter().TrackAsync(Mini, token => Task.FromCanceled<object>(token), Read, cancel.Token));
        await Assert.ThrowsAsync<TaskCanceledException>(() => calls.Meter().TrackAsync<object>(Mini, _ => throw new TaskCanceledException("", new TimeoutException()), Read, Token));
        Assert.Throws<OperationCanceledException>(() => calls.Meter().Track<object>(Mini, () => throw new OperationCanceledException(), cancellationToken: cancel.Token));
        Assert.Throws<HttpRequestException>(() => calls.Meter().Track<object>(Mini, () => throw new HttpRequestException("", new OperationCanceledException()), cancellationToken: cancel.Token));

        Assert.Equal([CallOutcome.Cancelled, CallOutcome.Failed, CallOutcome.Cancelled, CallOutcome.Cancelled], calls.Events.Select(e => e.Outcome));
    }

    [Fact]
    public async Task Call_whose_answer_says_that_its_feature_is_not_tracked_is_not_booked_and_its_span_not_exported()
    {
        using var calls = new TrackedCalls();
        var meter = calls.Meter(o => o.Markup = new() { FeatureModes = new Dictionary<string, TrackingMode> { ["hidden"] = TrackingMode.None } });

        await meter.TrackAsync(Mini, _ => Task.FromResult(1), static (_, call) => call with { Attribution = new(Feature: "hidden") }, Token);

        Assert.Empty(calls.Events);
        Assert.Empty(calls.Measurements.Of(GenAi.OperationDuration));
        Assert.False(calls.Span.Recorded);
    }

    [Fact]
    public void Blocking_call_is_counted_like_any_other()
    {
        using var calls = new TrackedCalls();

        var answer = calls.Meter().Track(Mini, () => Advanced(calls.Time, 7), static (tokens, call) => call with { Tokens = new() { Input = tokens } }, Token);

        Assert.Equal(7, answer);
        Assert.Equal((7L, TimeSpan.FromSeconds(2)), (calls.Event.Usage.InputTokens, calls.Event.Duration));
    }

    [Fact]
    public async Task Extractor_that_throws_loses_the_usage_alone()
    {
        using var calls = new TrackedCalls();

        Assert.Equal("no json", await calls.Meter().TrackAsync(Mini, _ => Task.FromResult("no json"), static (json, call) => call.WithBody(json), Token));

        Assert.Equal((CallOutcome.Completed, CostQuality.Unmeasured, false), (calls.Event.Outcome, calls.Event.Quality, calls.Event.HasUsage));
        Assert.Equal(1, Assert.Single(calls.Measurements.Of(Metrics.TelemetryErrors)).Value);
    }

    [Fact]
    public async Task Extractor_that_contradicts_itself_loses_the_usage_alone()
    {
        using var calls = new TrackedCalls();

        await calls.Meter().TrackAsync(Mini, _ => Task.FromResult(1), static (_, call) => call with { Outcome = CallOutcome.Completed, ErrorType = "500" }, Token);
        await calls.Meter().TrackAsync(Mini, _ => Task.FromResult(-1), static (count, call) => call with { Tokens = new() { Input = count } }, Token);

        Assert.All(calls.Events, call => Assert.Equal((CallOutcome.Completed, CostQuality.Unmeasured), (call.Outcome, call.Quality)));
        Assert.Equal(2, calls.Measurements.Of(Metrics.TelemetryErrors).Sum(m => m.Value));
    }

    [Fact]
    public async Task Extractor_that_says_nothing_leaves_what_was_known_before()
    {
        using var calls = new TrackedCalls();

        await calls.Meter().TrackAsync(Mini with { Cost = 0.5m }, _ => Task.FromResult(1), static (_, _) => null, Token);
        await calls.Meter().TrackAsync(Mini, _ => Task.FromResult(1), cancellationToken: Token);

        Assert.Equal([0.5m, 0], calls.Events.Select(e => e.Cost.Amount));
        Assert.Equal([CostQuality.Reported, CostQuality.Unmeasured], calls.Events.Select(e => e.Quality));
    }

    [Fact]
    public async Task Extractor_may_find_that_the_answer_is_a_failure()
    {
        using var calls = new TrackedCalls();

        await calls.Meter().TrackAsync(
            Mini, _ => Task.FromResult(HttpStatusCode.ServiceUnavailable), static (status, call) => call with { ErrorType = ((int)status).ToString(), ErrorText = "They are down." }, Token);

        Assert.Equal((CallOutcome.Failed, "503", "They are down."), (calls.Event.Outcome, calls.Event.ErrorType, calls.Event.ErrorText));
        Assert.Equal("They are down.", calls.Span.StatusDescription);
    }

    [Fact]
    public async Task Times_in_what_the_extractor_gives_back_are_not_believed()
    {
        using var calls = new TrackedCalls();

        await calls.Meter().TrackAsync(Mini, Took(calls.Time, new object()), (_, call) => call with { Duration = TimeSpan.FromHours(3), EndedAt = calls.Time.GetUtcNow().AddYears(-1) }, Token);

        Assert.Equal((TimeSpan.FromSeconds(2), calls.Time.GetUtcNow()), (calls.Event.Duration, calls.Event.EndedAt));
    }

    [Fact]
    public async Task Call_is_attributed_by_itself_then_by_its_answer_then_by_the_scope_then_by_the_options()
    {
        using var calls = new TrackedCalls();
        var meter = calls.Meter(o => o.Attribution = () => new Attribution(User: "nobody", Tier: "gold"));
        using (UsageScope.Begin(user: "bob", feature: "search"))
        {
            await meter.TrackAsync(
                Mini with { Attribution = new(User: "ada") }, _ => Task.FromResult(1), static (_, call) => call with { Attribution = call.Attribution with { Conversation = "c-1" } }, Token);
        }

        Assert.Equal(new Attribution(User: "ada", Feature: "search", Conversation: "c-1", Tier: "gold"), calls.Event.Attribution);
    }

    [Fact]
    public async Task User_who_is_hashed_stays_so_also_where_the_extractor_says_who_it_was()
    {
        using var calls = new TrackedCalls();
        var meter = calls.Meter(o => o.UserHashKey = new byte[16]);

        await meter.TrackAsync(Mini with { Attribution = new(User: "ada") }, _ => Task.FromResult(1), static (_, call) => call, Token);
        await meter.TrackAsync(Mini, _ => Task.FromResult(1), static (_, call) => call with { Attribution = new(User: "ada", Conversation: "c\n1") }, Token);
        meter.Record(Mini with { Attribution = new(User: "ada") });

        Assert.Equal(64, Assert.Single(calls.Events.Select(e => e.Attribution.User).Distinct())!.Length);
        Assert.DoesNotContain('\n', calls.Events[1].Attribution.Conversation!);
    }

    [Fact]
    public async Task Wrapped_call_that_a_tracked_client_makes_is_counted_once()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(new ScriptedChatClient { OnResponse = (_, _) => Task.FromResult(ScriptedChatClient.Answer(new() { InputTokenCount = 10, OutputTokenCount = 2 })) });

        await calls.Meter().TrackAsync(
            Mini, token => client.GetResponseAsync("Hi", cancellationToken: token), static (answer, call) => call with { Tokens = new() { Input = answer.Usage!.InputTokenCount, Output = answer.Usage.OutputTokenCount } }, Token);

        Assert.Equal(10, calls.Event.Usage.InputTokens);
    }

    [Fact]
    public void Meter_inside_itself_counts_once_and_leaves_the_call_around_it_in_place()
    {
        using var calls = new TrackedCalls();
        var meter = calls.Meter();

        meter.Track(Mini, () => meter.Track(Mini, () => 4, Counted) + meter.Track(Mini, () => 5, Counted), Counted, Token);

        Assert.Equal([4L, 5L], calls.Events.Select(e => e.Usage.InputTokens));

        static MeteredCall Counted(int tokens, MeteredCall call) => call with { Tokens = new() { Input = tokens } };
    }

    [Fact]
    public async Task Meter_of_options_that_count_cache_hits_still_counts_calls()
    {
        using var calls = new TrackedCalls();

        await calls.Meter(o => o.SavedCost = true).TrackAsync(Mini, _ => Task.FromResult(new object()), Read, Token);

        Assert.Equal((1L, false, 0.00024m), (calls.Event.Calls, calls.Event.IsCacheHit, calls.Event.Cost.Amount));
    }

    [Fact]
    public async Task Nobody_listening_makes_the_call_and_nothing_else()
    {
        using var calls = new TrackedCalls(listenToSpans: false, listenToMetrics: false);
        var task = Task.FromResult(1);
        var wasRead = false;
        var meter = calls.Meter(o => o.Hub = new UsageHub());

        Assert.Same(task, meter.TrackAsync(Mini, _ => task, Note, Token));
        Assert.Equal(1, meter.Track(Mini, () => 1, Note, Token));
        meter.Record(Mini);

        Assert.False(wasRead);
        Assert.Equal(1, await calls.Meter(o => (o.Hub, o.OnCompleted) = (new UsageHub(), (in UsageEvent _) => { })).TrackAsync(Mini, _ => task, Note, Token));
        Assert.True(wasRead);

        MeteredCall? Note(int answer, MeteredCall call)
        {
            wasRead = true;
            return null;
        }
    }

    [Fact]
    public async Task Meter_that_is_switched_off_counts_nothing()
    {
        using var calls = new TrackedCalls();

        Assert.Equal(1, await calls.Meter(o => o.Enabled = false).TrackAsync(Mini, _ => Task.FromResult(1), cancellationToken: Token));

        Assert.Empty(calls.Events);
    }

    [Fact]
    public async Task Sink_and_callback_that_throw_harm_no_call()
    {
        using var calls = new TrackedCalls();
        var meter = calls.Meter(o => o.OnCompleted = (in UsageEvent _) => throw new InvalidOperationException());

        Assert.Equal(1, await meter.TrackAsync(Mini, _ => Task.FromResult(1), cancellationToken: Token));
        meter.Record(Mini);

        Assert.Equal(2, calls.Events.Length);
    }

    [Fact]
    public async Task Parallel_calls_to_many_providers_are_all_counted_and_their_names_on_metrics_are_bounded()
    {
        using var calls = new TrackedCalls();
        var meter = calls.Meter();

        await Task.WhenAll(Enumerable.Range(0, 500).Select(i => Task.Run(() => meter.TrackAsync(
            new MeteredCall { Provider = $"provider-{i}", Operation = $"operation-{i}" }, _ => Task.FromResult(i), static (i, call) => call with { Cost = i }, Token))));

        Assert.Equal(500, calls.Events.Select(e => e.Provider).Distinct().Count());
        Assert.Equal(500 * 499 / 2, calls.Events.Sum(e => e.Cost.Amount));
        Assert.Equal(500, calls.Measurements.Of(Metrics.UsageCalls).Sum(m => m.Value));
        Assert.InRange(calls.Measurements.Of(Metrics.UsageCalls).Select(m => m.Tags[GenAi.ProviderName]).Distinct().Count(), 100, 201);
        Assert.InRange(calls.Measurements.Of(Metrics.UsageCalls).Select(m => m.Tags[GenAi.OperationName]).Distinct().Count(), 100, 201);
    }

    private static MeteredCall Read(object answer, MeteredCall call) =>
        call with { Tokens = new() { Input = 1_000, CacheRead = 400, Output = 200, Total = 1_200 }, ResponseModel = "gpt-4o-mini-2024-07-18", ResponseId = "r-1" };

    private static Func<CancellationToken, Task<object>> Took(ManualTime time, object answer) => async _ =>
    {
        await Task.Yield();
        return Advanced(time, answer);
    };

    private static T Advanced<T>(ManualTime time, T answer)
    {
        time.Advance(TimeSpan.FromSeconds(2));
        return answer;
    }
}
