using System.Diagnostics;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation.Tests;

/// <summary>The rows of the truth table of docs/metrics.md: what a stream's event and span say, however it ends. Other rows are in StreamTests, CumulativeUsageTests, EstimationTests, BackgroundAnswerTests and LostStreamTests.</summary>
public sealed class StreamTruthTests
{
    private static ChatResponseUpdate Text => ScriptedChatClient.Text("a");

    private static ChatResponseUpdate Usage => ScriptedChatClient.Usage(new UsageDetails { InputTokenCount = 1_000, OutputTokenCount = 200 });

    private static ChatResponseUpdate Stop => new(ChatRole.Assistant, []) { FinishReason = ChatFinishReason.Stop };

    [Fact]
    public async Task Read_to_the_end_with_usage_in_the_last_chunk_is_reported()
    {
        using var calls = new TrackedCalls();

        await ReadAsync(calls, Text, Stop, Usage);

        AssertCall(calls, CallOutcome.Completed, CostQuality.Reported, 1_000, 200, cost: 0.00027m, finishReason: "stop");
    }

    [Fact]
    public async Task Usage_in_several_chunks_adds_up()
    {
        using var calls = new TrackedCalls();

        await ReadAsync(calls, ScriptedChatClient.Usage(new UsageDetails { InputTokenCount = 1_000 }), Text, ScriptedChatClient.Usage(new UsageDetails { OutputTokenCount = 150 }), ScriptedChatClient.Usage(new UsageDetails { OutputTokenCount = 50 }));

        AssertCall(calls, CallOutcome.Completed, CostQuality.Reported, 1_000, 200, cost: 0.00027m);
    }

    [Fact]
    public async Task Usage_of_zero_stays_zero()
    {
        using var calls = new TrackedCalls();

        await ReadAsync(calls, Text, ScriptedChatClient.Usage(new UsageDetails { InputTokenCount = 0, OutputTokenCount = 0 }));

        AssertCall(calls, CallOutcome.Completed, CostQuality.Reported, 0, 0, cost: 0);
    }

    [Fact]
    public async Task No_usage_is_unmeasured()
    {
        using var calls = new TrackedCalls();

        await ReadAsync(calls, Text, Stop);

        AssertCall(calls, CallOutcome.Completed, CostQuality.Unmeasured, null, null, finishReason: "stop");
    }

    [Fact]
    public async Task Stream_without_updates_is_a_call_without_usage()
    {
        using var calls = new TrackedCalls();

        await ReadAsync(calls);

        AssertCall(calls, CallOutcome.Completed, CostQuality.Unmeasured, null, null);
        Assert.Null(calls.Event.TimeToFirstChunk);
    }

    [Fact]
    public async Task Failure_before_the_first_chunk_uses_nothing()
    {
        using var calls = new TrackedCalls();

        await Assert.ThrowsAsync<IOException>(() => ReadAsync(calls, Breaking(new IOException("Reset."))));

        AssertCall(calls, CallOutcome.Failed, CostQuality.Unmeasured, null, null, error: "System.IO.IOException");
    }

    [Fact]
    public async Task Failure_after_some_chunks_is_unmeasured()
    {
        using var calls = new TrackedCalls();

        await Assert.ThrowsAsync<IOException>(() => ReadAsync(calls, Breaking(new IOException("Reset."), Text, Text)));

        AssertCall(calls, CallOutcome.Failed, CostQuality.Unmeasured, null, null, error: "System.IO.IOException");
        Assert.NotNull(calls.Event.TimeToFirstChunk);
    }

    [Fact]
    public async Task Failure_after_usage_is_partial()
    {
        using var calls = new TrackedCalls();

        await Assert.ThrowsAsync<IOException>(() => ReadAsync(calls, Breaking(new IOException("Reset."), Text, Usage)));

        AssertCall(calls, CallOutcome.Failed, CostQuality.Partial, 1_000, 200, cost: 0.00027m, error: "System.IO.IOException");
    }

    [Theory]
    [InlineData(typeof(TaskCanceledException))]
    [InlineData(typeof(TimeoutException))]
    public async Task Timeout_of_the_clients_own_is_a_failure_that_says_so(Type type)
    {
        using var calls = new TrackedCalls();
        var timeout = (Exception)Activator.CreateInstance(type)!;

        Assert.Same(timeout, await Assert.ThrowsAnyAsync<Exception>(() => ReadAsync(calls, Breaking(timeout, Text))));

        AssertCall(calls, CallOutcome.Failed, CostQuality.Unmeasured, null, null, error: "timeout");
    }

    [Fact]
    public async Task Cancellation_after_usage_is_partial_and_no_error()
    {
        using var calls = new TrackedCalls();
        using var cancellation = new CancellationTokenSource();
        using var client = calls.Track(new ScriptedChatClient { OnStream = (_, token) => ScriptedChatClient.StreamThen(null, [Usage, Text], token) });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in client.GetStreamingResponseAsync("Hi", cancellationToken: cancellation.Token))
            {
                await cancellation.CancelAsync();
            }
        });

        AssertCall(calls, CallOutcome.Cancelled, CostQuality.Partial, 1_000, 200, cost: 0.00027m);
    }

    [Fact]
    public async Task Cancellation_that_a_client_wraps_is_cancelled()
    {
        using var calls = new TrackedCalls();
        using var cancellation = new CancellationTokenSource();
        using var client = calls.Track(new ScriptedChatClient { OnStream = (_, _) => Breaking(new IOException("Cut.", new TaskCanceledException()), Text) });

        await Assert.ThrowsAsync<IOException>(async () =>
        {
            await foreach (var _ in client.GetStreamingResponseAsync("Hi", cancellationToken: cancellation.Token))
            {
                await cancellation.CancelAsync();
            }
        });

        AssertCall(calls, CallOutcome.Cancelled, CostQuality.Unmeasured, null, null);
    }

    [Fact]
    public async Task Failure_that_has_nothing_to_do_with_the_cancelled_token_is_a_failure()
    {
        using var calls = new TrackedCalls();
        using var cancellation = new CancellationTokenSource();
        using var client = calls.Track(new ScriptedChatClient { OnStream = (_, _) => Breaking(new IOException("Reset."), Text) });

        await Assert.ThrowsAsync<IOException>(async () =>
        {
            await foreach (var _ in client.GetStreamingResponseAsync("Hi", cancellationToken: cancellation.Token))
            {
                await cancellation.CancelAsync();
            }
        });

        AssertCall(calls, CallOutcome.Failed, CostQuality.Unmeasured, null, null, error: "System.IO.IOException");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Either_of_two_tokens_cancels(bool tokenOfTheEnumeration)
    {
        using var calls = new TrackedCalls();
        using var ofTheCall = new CancellationTokenSource();
        using var ofTheEnumeration = new CancellationTokenSource();
        using var client = calls.Track(new ScriptedChatClient { OnStream = (_, token) => ScriptedChatClient.StreamThen(null, [Text, Text], token) });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in client.GetStreamingResponseAsync("Hi", cancellationToken: ofTheCall.Token).WithCancellation(ofTheEnumeration.Token))
            {
                await (tokenOfTheEnumeration ? ofTheEnumeration : ofTheCall).CancelAsync();
            }
        });

        AssertCall(calls, CallOutcome.Cancelled, CostQuality.Unmeasured, null, null);
    }

    [Fact]
    public async Task Stream_whose_token_is_cancelled_before_it_starts_is_cancelled()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(new ScriptedChatClient { OnStream = (_, token) => ScriptedChatClient.StreamThen(null, [Text], token) });

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await client.GetStreamingResponseAsync("Hi", cancellationToken: new CancellationToken(canceled: true)).ToListAsync(CancellationToken.None));

        AssertCall(calls, CallOutcome.Cancelled, CostQuality.Unmeasured, null, null);
    }

    [Fact]
    public async Task Stream_that_goes_on_to_its_end_although_its_token_is_cancelled_is_completed()
    {
        using var calls = new TrackedCalls();
        using var cancellation = new CancellationTokenSource();
        using var client = calls.Track(new ScriptedChatClient { OnStream = (_, _) => Deaf() });

        await foreach (var _ in client.GetStreamingResponseAsync("Hi", cancellationToken: cancellation.Token))
        {
            await cancellation.CancelAsync();
        }

        AssertCall(calls, CallOutcome.Completed, CostQuality.Reported, 1_000, 200, cost: 0.00027m);

        static async IAsyncEnumerable<ChatResponseUpdate> Deaf()
        {
            await Task.Yield();
            yield return Text;
            yield return Usage;
        }
    }

    [Fact]
    public async Task Stream_that_is_null_fails_as_it_would_without_the_tracker()
    {
        using var calls = new TrackedCalls();

        await Assert.ThrowsAsync<NullReferenceException>(() => ReadAsync(calls, (IAsyncEnumerable<ChatResponseUpdate>)null!));

        AssertCall(calls, CallOutcome.Failed, CostQuality.Unmeasured, null, null, error: "System.NullReferenceException");
    }

    [Fact]
    public async Task Objects_that_the_provider_changes_and_gives_out_again_count_as_they_were()
    {
        using var calls = new TrackedCalls();

        var seen = await ReadAsync(calls, Reusing());

        Assert.Equal(3, seen.Count);
        Assert.Same(seen[0], seen[2]);
        AssertCall(calls, CallOutcome.Completed, CostQuality.Reported, 1_000, 200, cost: 0.00027m);
        Assert.Equal(0.00027m, seen[2].GetUsageCost()?.Total);

        static async IAsyncEnumerable<ChatResponseUpdate> Reusing()
        {
            await Task.Yield();
            var details = new UsageDetails { InputTokenCount = 1_000, OutputTokenCount = 0 };
            var update = new ChatResponseUpdate(ChatRole.Assistant, [new UsageContent(details)]);
            yield return update;
            (details.InputTokenCount, details.OutputTokenCount) = (0, 120);
            yield return update;
            details.OutputTokenCount = 80;
            yield return update;
        }
    }

    [Fact]
    public async Task Usage_that_the_consumer_adds_to_counts_as_it_was_reported()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(new ScriptedChatClient { OnStream = (_, _) => ScriptedChatClient.Stream(Usage, Text) });

        // As function invocation outside does.
        await foreach (var update in client.GetStreamingResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken))
        {
            update.Contents.OfType<UsageContent>().FirstOrDefault()?.Details.Add(new UsageDetails { InputTokenCount = 1_000_000 });
        }

        AssertCall(calls, CallOutcome.Completed, CostQuality.Reported, 1_000, 200, cost: 0.00027m);
    }

    [Fact]
    public async Task Updates_without_contents_or_that_are_null_are_passed_on()
    {
        using var calls = new TrackedCalls();

        var seen = await ReadAsync(calls, new ChatResponseUpdate { Contents = null!, Role = null }, new ChatResponseUpdate(ChatRole.Assistant, [null!]), null!, Usage);

        Assert.Null(seen[2]);
        AssertCall(calls, CallOutcome.Completed, CostQuality.Reported, 1_000, 200, cost: 0.00027m);
    }

    [Fact]
    public async Task Answer_that_is_null_is_passed_on()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(new ScriptedChatClient { OnResponse = (_, _) => Task.FromResult<ChatResponse>(null!) });

        Assert.Null(await client.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken));

        AssertCall(calls, CallOutcome.Completed, CostQuality.Unmeasured, null, null);
    }

    [Fact]
    public async Task Answer_that_comes_although_the_token_is_cancelled_is_completed()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(new ScriptedChatClient { OnResponse = (_, _) => Task.FromResult(ScriptedChatClient.Answer(new UsageDetails { InputTokenCount = 1_000, OutputTokenCount = 200 })) });

        await client.GetResponseAsync("Hi", cancellationToken: new CancellationToken(canceled: true));

        AssertCall(calls, CallOutcome.Completed, CostQuality.Reported, 1_000, 200, cost: 0.00027m, finishReason: "stop");
    }

    [Fact]
    public async Task Failing_disposal_after_the_end_reaches_the_consumer_and_the_call_is_whole()
    {
        using var calls = new TrackedCalls();

        await Assert.ThrowsAsync<IOException>(() => ReadAsync(calls, new BadlyDisposed(Usage)));

        AssertCall(calls, CallOutcome.Completed, CostQuality.Reported, 1_000, 200, cost: 0.00027m);
    }

    [Fact]
    public async Task Update_that_cannot_be_taken_is_a_failure()
    {
        using var calls = new TrackedCalls();

        await Assert.ThrowsAsync<IOException>(() => ReadAsync(calls, new Untakable()));

        AssertCall(calls, CallOutcome.Failed, CostQuality.Unmeasured, null, null, error: "System.IO.IOException");
    }

    private static void AssertCall(
        TrackedCalls calls, CallOutcome outcome, CostQuality quality, long? input, long? output, decimal? cost = null, string? error = null, string? finishReason = null)
    {
        var (call, span) = (calls.Event, calls.Span);
        Assert.Equal((outcome, quality, error, 1L), (call.Outcome, call.Quality, call.ErrorType, call.Calls));
        Assert.Equal((input, output), call.HasUsage ? (call.Usage.InputTokens, call.Usage.OutputTokens) : ((long?)null, (long?)null));
        Assert.Equal(cost, call.HasCost ? call.Cost.Amount : null);

        Assert.Equal((error is null ? ActivityStatusCode.Unset : ActivityStatusCode.Error, error), (span.Status, span.GetTagItem(Attributes.ErrorType)));
        Assert.Equal((OutcomeNames.Of(outcome), QualityNames.Of(quality)), (span.GetTagItem(Attributes.Outcome), span.GetTagItem(Attributes.CostQuality)));
        Assert.Equal((input, output), (span.GetTagItem(GenAi.UsageInputTokens) as long?, span.GetTagItem(GenAi.UsageOutputTokens) as long?));
        Assert.Equal((double?)cost, span.GetTagItem(GenAi.UsageCostAmount) as double?);
        Assert.Equal(finishReason, (span.GetTagItem(GenAi.ResponseFinishReasons) as string[])?.Single());
        var counted = Assert.Single(calls.Measurements.Of(Metrics.UsageCalls));
        Assert.Equal((1d, OutcomeNames.Of(outcome), error), (counted.Value, counted.Tags[Attributes.Outcome], counted.Tags.GetValueOrDefault(Attributes.ErrorType)));
    }

    private static IAsyncEnumerable<ChatResponseUpdate> Breaking(Exception failure, params ChatResponseUpdate[] updates) => ScriptedChatClient.StreamThen(failure, updates, CancellationToken.None);

    private static Task<List<ChatResponseUpdate>> ReadAsync(TrackedCalls calls, params ChatResponseUpdate[] updates) => ReadAsync(calls, ScriptedChatClient.Stream(updates));

    private static async Task<List<ChatResponseUpdate>> ReadAsync(TrackedCalls calls, IAsyncEnumerable<ChatResponseUpdate> updates)
    {
        using var client = calls.Track(new ScriptedChatClient { OnStream = (_, _) => updates });
        return await client.GetStreamingResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);
    }

    private sealed class BadlyDisposed(ChatResponseUpdate update) : IAsyncEnumerable<ChatResponseUpdate>, IAsyncEnumerator<ChatResponseUpdate>
    {
        private bool _isRead;

        public ChatResponseUpdate Current => update;

        public IAsyncEnumerator<ChatResponseUpdate> GetAsyncEnumerator(CancellationToken cancellationToken = default) => this;

        public ValueTask<bool> MoveNextAsync()
        {
            var hasNext = !_isRead;
            _isRead = true;
            return new ValueTask<bool>(hasNext);
        }

        public ValueTask DisposeAsync() => ValueTask.FromException(new IOException("Late."));
    }

    private sealed class Untakable : IAsyncEnumerable<ChatResponseUpdate>, IAsyncEnumerator<ChatResponseUpdate>
    {
        public ChatResponseUpdate Current => throw new IOException("Garbled.");

        public IAsyncEnumerator<ChatResponseUpdate> GetAsyncEnumerator(CancellationToken cancellationToken = default) => this;

        public ValueTask<bool> MoveNextAsync() => new(true);

        public ValueTask DisposeAsync() => default;
    }
}
