using System.Diagnostics;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation.Tests;

public sealed class StreamTests
{
    private static UsageDetails Usage => new() { InputTokenCount = 1_000, OutputTokenCount = 200 };

    [Fact]
    public async Task Stream_read_to_its_end_passes_on_the_same_updates_and_is_one_call()
    {
        using var calls = new TrackedCalls();
        ChatResponseUpdate[] updates = [ScriptedChatClient.Text("a"), ScriptedChatClient.Text("b"), ScriptedChatClient.Usage(Usage)];
        using var client = calls.Track(new ScriptedChatClient { OnStream = (_, _) => ScriptedChatClient.Stream(updates) });

        var seen = await client.GetStreamingResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);

        Assert.Equal(updates, seen);
        Assert.Equal((CallOutcome.Completed, CostQuality.Reported, 1_000L, 200L), (calls.Event.Outcome, calls.Event.Quality, calls.Event.Usage.InputTokens, calls.Event.Usage.OutputTokens));
        // gpt-4o-mini: 1,000 x 0.15 + 200 x 0.60 = 270 USD per million.
        Assert.Equal(0.00027m, calls.Event.Cost.Amount);
        Assert.Equal(true, calls.Span.GetTagItem(GenAi.RequestStream));
    }

    [Fact]
    public async Task Usage_in_several_updates_is_summed()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(new ScriptedChatClient
        {
            OnStream = (_, _) => ScriptedChatClient.Stream(ScriptedChatClient.Usage(Usage), ScriptedChatClient.Text("a"), ScriptedChatClient.Usage(new UsageDetails { OutputTokenCount = 5 })),
        });

        await ReadAsync(client);

        Assert.Equal((1_000L, 205L), (calls.Event.Usage.InputTokens, calls.Event.Usage.OutputTokens));
    }

    [Fact]
    public async Task Googles_reports_hold_those_before_them_and_only_the_last_of_an_answer_counts()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(new ScriptedChatClient
        {
            Metadata = new ChatClientMetadata("gcp.gemini", null, "gemini-2.5-flash"),
            OnStream = (_, _) => ScriptedChatClient.Stream(Report("r1", 4), Report("r1", 9), Report("r1", 20), Report("r2", 3), Report("r2", 5)),
        });

        await ReadAsync(client);

        // Two answers of 100 tokens each in, 20 and 5 out.
        Assert.Equal((200L, 25L, false), (calls.Event.Usage.InputTokens, calls.Event.Usage.OutputTokens, calls.Event.UsageInconsistent));

        static ChatResponseUpdate Report(string id, long output) => new(ChatRole.Assistant, [new UsageContent(new UsageDetails { InputTokenCount = 100, OutputTokenCount = output, TotalTokenCount = 100 + output })])
        {
            ResponseId = id,
            ModelId = "gemini-2.5-flash",
        };
    }

    [Fact]
    public async Task Stream_is_priced_at_the_hour_it_started_however_long_its_consumer_takes()
    {
        using var calls = new TrackedCalls(); // It is Sunday, 12:00 UTC.
        using var client = calls.Track(new ScriptedChatClient
        {
            Metadata = new ChatClientMetadata("deepseek", null, "deepseek-v4-pro"),
            OnStream = (_, _) => ScriptedChatClient.Stream(ScriptedChatClient.Text("a", model: null), ScriptedChatClient.Usage(new UsageDetails { InputTokenCount = 1_000_000 })),
        });

        await foreach (var _ in client.GetStreamingResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken))
        {
            calls.Time.Advance(TimeSpan.FromHours(7)); // To 02:00, when a million costs the peak price of 1.32.
        }

        Assert.Equal(0.66m, calls.Event.Cost.Amount);
    }

    [Fact]
    public async Task Updates_with_empty_names_take_back_neither_model_nor_id()
    {
        using var calls = new TrackedCalls();
        ChatResponseUpdate about = new(ChatRole.Assistant, "") { ModelId = "", ResponseId = "", ConversationId = "" };
        using var client = calls.Track(new ScriptedChatClient
        {
            OnStream = (_, _) => ScriptedChatClient.Stream(about, new(ChatRole.Assistant, "a") { ModelId = "gpt-4o", ResponseId = "r1", ConversationId = "c1" }, about),
        });

        await ReadAsync(client);

        Assert.Equal(("gpt-4o", "r1", "c1"), (calls.Event.Model, calls.Event.ResponseId, calls.Event.Attribution.Conversation));
    }

    [Fact]
    public async Task Stream_left_half_way_is_abandoned_and_the_inner_stream_disposed()
    {
        using var calls = new TrackedCalls();
        var disposed = false;
        using var client = calls.Track(new ScriptedChatClient { OnStream = (_, _) => Endless(() => disposed = true) });

        await foreach (var _ in client.GetStreamingResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken))
        {
            break;
        }

        Assert.True(disposed);
        Assert.Equal((CallOutcome.Abandoned, CostQuality.Unmeasured, (string?)null), (calls.Event.Outcome, calls.Event.Quality, calls.Event.ErrorType));
        Assert.Equal(("abandoned", ActivityStatusCode.Unset), (calls.Span.GetTagItem(Attributes.Outcome), calls.Span.Status));
    }

    [Fact]
    public async Task Stream_left_after_a_usage_update_is_partial_with_what_was_seen()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(new ScriptedChatClient { OnStream = (_, _) => ScriptedChatClient.Stream(ScriptedChatClient.Usage(new UsageDetails { InputTokenCount = 1_000 }), ScriptedChatClient.Text("a")) });

        await foreach (var _ in client.GetStreamingResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken))
        {
            break;
        }

        Assert.Equal((CallOutcome.Abandoned, CostQuality.Partial, 1_000L), (calls.Event.Outcome, calls.Event.Quality, calls.Event.Usage.InputTokens));
        Assert.Equal(0.00015m, calls.Event.Cost.Amount); // 1,000 x 0.15 per million.
        Assert.False(calls.Event.Usage.IsReported(UsageBucket.Output));
    }

    [Fact]
    public async Task Stream_that_breaks_failed_with_what_was_seen()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(new ScriptedChatClient { OnStream = (_, token) => ScriptedChatClient.StreamThen(new IOException("Reset."), [ScriptedChatClient.Usage(Usage)], token) });

        await Assert.ThrowsAsync<IOException>(() => ReadAsync(client));

        Assert.Equal((CallOutcome.Failed, "System.IO.IOException", CostQuality.Partial), (calls.Event.Outcome, calls.Event.ErrorType, calls.Event.Quality));
        Assert.Equal(ActivityStatusCode.Error, calls.Span.Status);
    }

    [Fact]
    public async Task Stream_that_throws_before_it_starts_failed()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(new ScriptedChatClient { OnStream = (_, _) => throw new InvalidOperationException("No key.") });

        await Assert.ThrowsAsync<InvalidOperationException>(() => ReadAsync(client));

        Assert.Equal((CallOutcome.Failed, CostQuality.Unmeasured), (calls.Event.Outcome, calls.Event.Quality));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Stream_that_the_caller_cancels_is_cancelled(bool tokenOfTheEnumeration)
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(new ScriptedChatClient { OnStream = (_, token) => ScriptedChatClient.StreamThen(null, [ScriptedChatClient.Text("a"), ScriptedChatClient.Text("b")], token) });
        using var cancellation = new CancellationTokenSource();
        var stream = tokenOfTheEnumeration
            ? client.GetStreamingResponseAsync("Hi", cancellationToken: CancellationToken.None).WithCancellation(cancellation.Token)
            : client.GetStreamingResponseAsync("Hi", cancellationToken: cancellation.Token).WithCancellation(CancellationToken.None);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in stream)
            {
                await cancellation.CancelAsync();
            }
        });

        Assert.Equal((CallOutcome.Cancelled, (string?)null), (calls.Event.Outcome, calls.Event.ErrorType));
        Assert.Equal(ActivityStatusCode.Unset, calls.Span.Status);
    }

    [Fact]
    public async Task Consumer_that_throws_abandons_the_stream()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(new ScriptedChatClient());

        await Assert.ThrowsAsync<FormatException>(async () =>
        {
            await foreach (var _ in client.GetStreamingResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken))
            {
                throw new FormatException();
            }
        });

        Assert.Equal((CallOutcome.Abandoned, (string?)null), (calls.Event.Outcome, calls.Event.ErrorType));
    }

    [Fact]
    public async Task Stream_enumerated_twice_is_two_calls_and_never_enumerated_is_none()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(new ScriptedChatClient());

        var stream = client.GetStreamingResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken);
        Assert.Empty(calls.Events);
        await stream.ToListAsync(TestContext.Current.CancellationToken);
        await stream.ToListAsync(TestContext.Current.CancellationToken);

        Assert.Equal(2, calls.Events.Length);
        Assert.Equal(2, calls.Spans.Length);
    }

    [Fact]
    public async Task Time_is_the_providers_and_not_the_consumers()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(new ScriptedChatClient { OnStream = (_, _) => Paced(calls.Time, 200, 30, 50) });

        await foreach (var _ in client.GetStreamingResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken))
        {
            calls.Time.Advance(TimeSpan.FromSeconds(10));
        }

        Assert.Equal(TimeSpan.FromMilliseconds(280), calls.Event.Duration);
        Assert.Equal(TimeSpan.FromMilliseconds(200), calls.Event.TimeToFirstChunk);
        Assert.Equal(0.2, Assert.Single(calls.Measurements.Of(GenAi.TimeToFirstChunk)).Value, 9);
        Assert.Equal([0.03, 0.05], calls.Measurements.Of(GenAi.TimePerOutputChunk).Select(m => Math.Round(m.Value, 9)));
        Assert.Equal(0.28, Assert.Single(calls.Measurements.Of(GenAi.OperationDuration)).Value, 9);
    }

    [Fact]
    public async Task Update_is_passed_on_before_the_next_one_is_asked_for()
    {
        using var calls = new TrackedCalls();
        var asked = 0;
        using var client = calls.Track(new ScriptedChatClient { OnStream = (_, _) => Counted(() => asked++) });
        var seen = 0;

        await foreach (var _ in client.GetStreamingResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken))
        {
            Assert.Equal(++seen, asked);
        }

        Assert.Equal(3, seen);
    }

    [Fact]
    public async Task Inner_client_runs_in_the_calls_span_and_the_consumer_in_its_own()
    {
        using var calls = new TrackedCalls();
        List<Activity?> inside = [];
        using var client = calls.Track(new ScriptedChatClient { OnStream = (_, _) => Counted(() => inside.Add(Activity.Current)) });
        using var own = new Activity("consumer").Start();

        await foreach (var _ in client.GetStreamingResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken))
        {
            Assert.Same(own, Activity.Current);
            await Task.Yield();
            Assert.Same(own, Activity.Current);
        }

        Assert.Same(own, Activity.Current);
        Assert.Equal(3, inside.Count);
        Assert.All(inside, activity => Assert.Same(calls.Span, activity));
        Assert.Equal(own.SpanId, calls.Span.ParentSpanId);
    }

    [Fact]
    public async Task Failure_of_the_inner_streams_disposal_reaches_the_consumer_and_the_call_is_recorded()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(new ScriptedChatClient { OnStream = (_, _) => Endless(() => throw new IOException("Late.")) });

        await Assert.ThrowsAsync<IOException>(async () =>
        {
            await foreach (var _ in client.GetStreamingResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken))
            {
                break;
            }
        });

        Assert.Equal(CallOutcome.Abandoned, calls.Event.Outcome);
    }

    private static async Task ReadAsync(IChatClient client)
    {
        await foreach (var _ in client.GetStreamingResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken))
        {
        }
    }

    private static async IAsyncEnumerable<ChatResponseUpdate> Endless(Action onDispose)
    {
        try
        {
            while (true)
            {
                await Task.Yield();
                yield return ScriptedChatClient.Text("a");
            }
        }
        finally
        {
            onDispose();
        }
    }

    private static async IAsyncEnumerable<ChatResponseUpdate> Paced(ManualTime time, params int[] milliseconds)
    {
        foreach (var pause in milliseconds)
        {
            await Task.Yield();
            time.Advance(TimeSpan.FromMilliseconds(pause));
            yield return ScriptedChatClient.Text("a");
        }
    }

    private static async IAsyncEnumerable<ChatResponseUpdate> Counted(Action onAsked)
    {
        for (var i = 0; i < 3; i++)
        {
            onAsked();
            await Task.Yield();
            yield return ScriptedChatClient.Text("a");
        }
    }
}
