using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation.Tests;

/// <summary>Answers that are asked for now and fetched later: one call, whose usage is booked once.</summary>
public sealed class BackgroundAnswerTests
{
    private static readonly ResponseContinuationToken Token = ResponseContinuationToken.FromBytes(new byte[] { 1 });

    private static UsageDetails Usage => new() { InputTokenCount = 1_000, OutputTokenCount = 200 };

    [Fact]
    public async Task Usage_of_a_fetched_answer_is_booked_once_and_for_whom_it_was_asked()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(Answering(Pending("r1"), Pending("r1"), Done("r1"), Done("r1")));

        using (UsageScope.Begin(user: "ada", feature: "research"))
        {
            await AskAsync(client);
        }

        await FetchAsync(client);
        Assert.Single(calls.Events);
        var answer = await FetchAsync(client);
        await FetchAsync(client);

        Assert.Equal([(1L, CostQuality.Unmeasured), (0L, CostQuality.Reported)], calls.Events.Select(e => (e.Calls, e.Quality)));
        var booked = calls.Events[1];
        Assert.Equal(("ada", "research", "chat", "r1"), (booked.Attribution.User, booked.Attribution.Feature, booked.Operation, booked.ResponseId));
        Assert.Equal((1_000L, 200L, 0.00027m), (booked.Usage.InputTokens, booked.Usage.OutputTokens, booked.Cost.Amount));
        Assert.Equal(0.00027m, answer.GetUsageCost()?.Total);
    }

    [Fact]
    public async Task Fetched_answer_is_one_call_in_the_metrics_with_its_tokens_once_and_no_span_of_its_own()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(Answering(Pending("r1"), Done("r1"), Done("r1")));

        await AskAsync(client);
        await FetchAsync(client);
        await FetchAsync(client);

        Assert.Equal(1, calls.Measurements.Of(Metrics.UsageCalls).Sum(m => m.Value));
        Assert.Equal(1_200, calls.Measurements.Of(Metrics.UsageTokens).Sum(m => m.Value));
        Assert.Equal([1_000d, 200d], calls.Measurements.Of(GenAi.TokenUsage).Select(m => m.Value));
        Assert.Single(calls.Measurements.Of(GenAi.OperationDuration));
        Assert.Equal("r1", calls.Span.GetTagItem(GenAi.ResponseId));
        Assert.Null(calls.Span.GetTagItem(GenAi.UsageInputTokens));
    }

    [Fact]
    public async Task Time_that_a_fetch_took_is_in_no_mean_of_calls()
    {
        using var calls = new TrackedCalls();
        ChatResponse[] answers = [Pending("r1"), Done("r1"), Done("r2")];
        var next = 0;
        using var client = calls.Track(new ScriptedChatClient
        {
            OnResponse = (_, _) =>
            {
                calls.Time.Advance(TimeSpan.FromSeconds(1));
                return Task.FromResult(answers[next++]);
            },
        });

        await AskAsync(client);
        await FetchAsync(client);
        await AskAsync(client);

        Assert.Equal(2, calls.Measurements.Of(Metrics.UsageCalls).Sum(m => m.Value));
        Assert.Equal(2, calls.Measurements.Of(Metrics.UsageDuration).Sum(m => m.Value));
    }

    [Fact]
    public async Task Identity_of_the_answer_is_that_of_the_event_with_its_usage()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(Answering(Pending("r1"), Done("r1")));

        await AskAsync(client);
        await FetchAsync(client);

        Assert.Equal(calls.Events[0].CallId, calls.Events[0].GetId());
        Assert.NotEqual(calls.Events[0].GetId(), calls.Events[1].GetId());
        Assert.NotEqual(calls.Events[1].CallId, calls.Events[1].GetId());
    }

    [Fact]
    public async Task Fetched_answer_is_priced_at_the_time_it_was_asked_for()
    {
        using var calls = new TrackedCalls(); // It is Sunday, 12:00 UTC.
        var inner = Answering(Pending("r1"), Done("r1", new UsageDetails { InputTokenCount = 1_000_000 }));
        inner.Metadata = new ChatClientMetadata("deepseek", null, "deepseek-v4-pro");
        using var client = calls.Track(inner);

        await AskAsync(client);
        calls.Time.Advance(TimeSpan.FromHours(14)); // To 02:00, when a million costs the peak price of 1.32.
        await FetchAsync(client);

        Assert.Equal(0.66m, calls.Events[1].Cost.Amount);
    }

    [Fact]
    public async Task Answer_that_was_not_asked_for_here_counts_nothing()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(Answering(Pending("r1"), Done("r2"), Done("r1")));

        await AskAsync(client);
        await FetchAsync(client);
        Assert.Single(calls.Events);
        await FetchAsync(client);

        Assert.Equal("r1", calls.Events[1].ResponseId);
    }

    [Fact]
    public async Task Answer_that_came_with_its_usage_is_not_booked_again()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(Answering(Done("r1"), Done("r1")));

        await AskAsync(client);
        await FetchAsync(client);

        Assert.Equal(1_000, calls.Event.Usage.InputTokens);
    }

    [Fact]
    public async Task Fetch_that_fails_leaves_the_answer_to_the_next_one()
    {
        using var calls = new TrackedCalls();
        var inner = Answering(Pending("r1"), Done("r1"));
        using var client = calls.Track(inner);

        await AskAsync(client);
        var answers = inner.OnResponse;
        inner.OnResponse = (_, _) => Task.FromException<ChatResponse>(new IOException());
        await Assert.ThrowsAsync<IOException>(() => FetchAsync(client));
        inner.OnResponse = answers;
        await FetchAsync(client);

        Assert.Equal([0L, 1_000L], calls.Events.Select(e => e.HasUsage ? e.Usage.InputTokens : 0));
    }

    [Fact]
    public async Task Hundred_fetches_at_once_book_the_answer_once()
    {
        using var calls = new TrackedCalls();
        var isAsked = false;
        using var client = calls.Track(new ScriptedChatClient { OnResponse = (_, _) => Task.FromResult(Volatile.Read(ref isAsked) ? Done("r1") : Pending("r1")) });

        await AskAsync(client);
        Volatile.Write(ref isAsked, true);
        await Task.WhenAll(Enumerable.Range(0, 100).Select(_ => Task.Run(() => FetchAsync(client))));

        Assert.Equal(1, calls.Events.Count(e => e.HasUsage));
    }

    [Fact]
    public async Task Stream_that_breaks_before_its_usage_and_is_resumed_is_booked_when_it_ends()
    {
        using var calls = new TrackedCalls();
        var isResumed = false;
        using var client = calls.Track(
            new ScriptedChatClient
            {
                OnStream = (_, token) => isResumed
                    ? ScriptedChatClient.Stream(Update("lo"), new(ChatRole.Assistant, [new UsageContent(Usage)]) { ResponseId = "r1" })
                    : ScriptedChatClient.StreamThen(new IOException("Reset."), [Update("Hel")], token),
            },
            o => o.EstimateUsage = true);

        await Assert.ThrowsAsync<IOException>(() => ReadAsync(client, null));
        Assert.Equal((CallOutcome.Failed, CostQuality.Unmeasured), (calls.Event.Outcome, calls.Event.Quality)); // Not estimated: the truth can still be fetched.
        isResumed = true;
        var resumed = await ReadAsync(client, Token);
        await ReadAsync(client, Token);

        Assert.Equal([(1L, 0L), (0L, 1_000L)], calls.Events.Select(e => (e.Calls, e.HasUsage ? e.Usage.InputTokens : 0)));
        Assert.Equal(0.00027m, resumed.GetUsageCost()?.Total);
    }

    [Fact]
    public async Task Answer_without_an_id_cannot_be_told_when_it_is_fetched_and_is_estimated_where_that_is_on()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(Answering(Pending(null), Done(null)), o => o.EstimateUsage = true);

        await AskAsync(client);
        await FetchAsync(client);

        Assert.Equal((CostQuality.Estimated, 1L), (calls.Event.Quality, calls.Event.Usage.InputTokens));
    }

    [Fact]
    public async Task Answer_that_is_asked_for_through_two_trackers_is_booked_once()
    {
        using var calls = new TrackedCalls();
        using var inner = calls.Track(Answering(Pending("r1"), Done("r1")));
        using var client = calls.Track(new Hiding(inner));

        await AskAsync(client);
        await FetchAsync(client);

        Assert.Equal([(1L, false), (0L, true)], calls.Events.Select(e => (e.Calls, e.HasUsage)));
    }

    [Fact]
    public async Task Clock_that_throws_leaves_a_fetched_answer_unharmed()
    {
        using var calls = new TrackedCalls(listenToMetrics: false);
        var done = Done("r1");
        using var client = calls.Track(Answering(Pending("r1"), done), o => o.TimeProvider = new Stopping());

        await AskAsync(client);

        Assert.Same(done, await FetchAsync(client));
        Assert.Single(calls.Events);
    }

    [Fact]
    public async Task Resumed_stream_that_is_left_again_stays_to_be_booked()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(new ScriptedChatClient
        {
            OnResponse = (_, _) => Task.FromResult(Pending("r1")),
            OnStream = (_, _) => ScriptedChatClient.Stream(Update("a"), new(ChatRole.Assistant, [new UsageContent(Usage)]) { ResponseId = "r1" }),
        });

        await AskAsync(client);
        await foreach (var _ in client.GetStreamingResponseAsync("Hi", new ChatOptions { ContinuationToken = Token }, TestContext.Current.CancellationToken))
        {
            break;
        }

        Assert.Single(calls.Events);
        await ReadAsync(client, Token);

        Assert.Equal(2, calls.Events.Length);
    }

    [Fact]
    public async Task Background_stream_that_is_read_to_its_usage_is_whole()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(new ScriptedChatClient
        {
            OnStream = (_, _) => ScriptedChatClient.Stream(Update("a"), new(ChatRole.Assistant, [new UsageContent(Usage)]) { ResponseId = "r1" }),
        });

        await ReadAsync(client, null);
        await ReadAsync(client, Token);

        Assert.Equal((CallOutcome.Completed, CostQuality.Reported, 1_000L), (calls.Event.Outcome, calls.Event.Quality, calls.Event.Usage.InputTokens));
    }

    [Fact]
    public void Oldest_answer_is_forgotten_first()
    {
        var answers = new BackgroundAnswers();
        for (var i = 0; i <= 10_000; i++)
        {
            answers.Add(new BackgroundAnswer("openai", $"r{i}", default, DateTimeOffset.UnixEpoch));
        }

        Assert.False(answers.TryTake("openai", "r0", out _));
        Assert.True(answers.TryTake("openai", "r1", out _));
        Assert.True(answers.TryTake("openai", "r10000", out _));
        Assert.False(answers.TryTake("anthropic", "r2", out _));
        Assert.False(answers.TryTake("openai", "r1", out _));
    }

    private static ScriptedChatClient Answering(params ChatResponse[] answers)
    {
        var next = 0;
        return new ScriptedChatClient { OnResponse = (_, _) => Task.FromResult(answers[next++]) };
    }

    private static ChatResponse Pending(string? id) => new() { ResponseId = id, ContinuationToken = Token };

    private static ChatResponse Done(string? id, UsageDetails? usage = null) => ScriptedChatClient.Answer(usage ?? Usage, model: null, id: id);

    private static ChatResponseUpdate Update(string text) => new(ChatRole.Assistant, text) { ResponseId = "r1", ContinuationToken = Token };

    private static Task<ChatResponse> AskAsync(IChatClient client) =>
        client.GetResponseAsync("Hi", new ChatOptions { AllowBackgroundResponses = true }, TestContext.Current.CancellationToken);

    private static Task<ChatResponse> FetchAsync(IChatClient client) =>
        client.GetResponseAsync([], new ChatOptions { ContinuationToken = Token }, TestContext.Current.CancellationToken);

    private static async Task<List<ChatResponseUpdate>> ReadAsync(IChatClient client, ResponseContinuationToken? token) =>
        await client.GetStreamingResponseAsync("Hi", new ChatOptions { ContinuationToken = token }, TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);

    private sealed class Hiding(IChatClient inner) : DelegatingChatClient(inner)
    {
        public override object? GetService(Type serviceType, object? serviceKey = null) => null;
    }

    /// <summary>A clock that tells the time of the first call, and then no more.</summary>
    private sealed class Stopping : TimeProvider
    {
        private int _left = 1;

        public override DateTimeOffset GetUtcNow() => _left-- > 0 ? DateTimeOffset.UnixEpoch : throw new InvalidOperationException();
    }
}
