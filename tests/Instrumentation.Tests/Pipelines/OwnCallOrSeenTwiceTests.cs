using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.Instrumentation.Tests.Pipelines;

/// <summary>Whether a call around others is one of its own, in which a tool made them, or the same seen twice by a tracker that cannot see the other.</summary>
public class OwnCallOrSeenTwiceTests
{
    private static UsageDetails Usage => new() { InputTokenCount = 100, OutputTokenCount = 10 };

    [Fact]
    public async Task Call_with_the_same_usage_as_its_tools_call_counts_beside_it_when_both_say_who_they_are()
    {
        using var calls = new TrackedCalls();
        using var tool = Model(calls, "tool-1");
        using var client = calls.Track(ModelWithTool("resp-1", token => tool.GetResponseAsync("Look", cancellationToken: token)));

        await AskAsync(client);

        Assert.Equal(["tool-1", "resp-1"], calls.Events.Select(e => e.ResponseId));
    }

    [Fact]
    public async Task Two_calls_of_a_tool_that_add_up_to_the_call_around_count_beside_it()
    {
        using var calls = new TrackedCalls();
        var asked = 0;
        using var tool = calls.Track(new ScriptedChatClient { OnResponse = (_, _) => Task.FromResult(ScriptedChatClient.Answer(Usage, id: $"tool-{++asked}")) });
        using var client = calls.Track(ModelWithTool(
            "resp-1",
            async token =>
            {
                await tool.GetResponseAsync("Look", cancellationToken: token);
                await tool.GetResponseAsync("Look again", cancellationToken: token);
            },
            new UsageDetails { InputTokenCount = 200, OutputTokenCount = 20 }));

        await AskAsync(client);

        Assert.Equal(["tool-1", "tool-2", "resp-1"], calls.Events.Select(e => e.ResponseId));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Failure_after_a_tools_call_is_a_failed_call_of_its_own(bool isStreaming)
    {
        using var calls = new TrackedCalls();
        using var tool = Model(calls, "tool-1");
        using var client = calls.Track(new ScriptedChatClient
        {
            OnResponse = async (_, token) =>
            {
                await tool.GetResponseAsync("Look", cancellationToken: token);
                throw new IOException("Gone");
            },
            OnStream = (_, token) => ThenFailAsync(tool.GetStreamingResponseAsync("Look", cancellationToken: token)),
        });

        await Assert.ThrowsAsync<IOException>(() => AskAsync(client, isStreaming));

        Assert.Equal([CallOutcome.Completed, CallOutcome.Failed], calls.Events.Select(e => e.Outcome));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Failure_that_a_client_between_wraps_is_still_the_one_inside(bool isAggregate)
    {
        using var calls = new TrackedCalls();
        using var inner = calls.Track(new ScriptedChatClient { OnResponse = (_, _) => throw new IOException("Gone") });
        using var client = calls.Track(new Wrapping(inner, cause => isAggregate ? new AggregateException(new TimeoutException(), cause) : new InvalidOperationException("No answer", cause)));

        await Assert.ThrowsAnyAsync<Exception>(() => AskAsync(client));

        Assert.Equal("System.IO.IOException", calls.Event.ErrorType);
    }

    [Fact]
    public async Task All_attempts_of_a_failover_client_count_when_the_last_one_fails_too()
    {
        using var calls = new TrackedCalls();
        var provider = new ProviderLike { Failures = 3 };
        using var inner = calls.Track(provider);
        using var client = calls.Track(new RoutingLike(inner, inner, inner));

        await Assert.ThrowsAsync<HttpRequestException>(() => AskAsync(client));

        Assert.Equal(["429", "429", "429"], calls.Events.Select(e => e.ErrorType));
    }

    [Fact]
    public async Task Cancelled_call_inside_a_hidden_tracker_counts_once()
    {
        using var calls = new TrackedCalls();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        using var inner = calls.Track(new ScriptedChatClient
        {
            OnResponse = async (_, token) =>
            {
                await stop.CancelAsync();
                throw new OperationCanceledException(token);
            },
        });
        using var client = calls.Track(new Wrapping(inner, _ => new OperationCanceledException(stop.Token)));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => client.GetResponseAsync("Hi", cancellationToken: stop.Token));

        Assert.Equal(CallOutcome.Cancelled, calls.Event.Outcome);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Stream_that_its_reader_leaves_counts_once_through_a_hidden_tracker(int updates)
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(new HidingLike(calls.Track(new ScriptedChatClient
        {
            OnStream = (_, _) => ScriptedChatClient.Stream(ScriptedChatClient.Text("a"), ScriptedChatClient.Usage(Usage), ScriptedChatClient.Text("b")),
        })));

        await foreach (var _ in client.GetStreamingResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken))
        {
            if (--updates == 0)
            {
                break;
            }
        }

        Assert.Equal(CallOutcome.Abandoned, calls.Event.Outcome);
    }

    [Fact]
    public async Task Chunks_of_a_stream_are_timed_once_through_a_hidden_tracker()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(new HidingLike(calls.Track(new ScriptedChatClient
        {
            OnStream = (_, _) => ScriptedChatClient.Stream(ScriptedChatClient.Text("a"), ScriptedChatClient.Text("b"), ScriptedChatClient.Text("c")),
        })));

        await AskAsync(client, isStreaming: true);

        Assert.Equal(2, calls.Measurements.Of(Vocabulary.GenAi.TimePerOutputChunk).Count);
        Assert.Single(calls.Measurements.Of(Vocabulary.GenAi.TimeToFirstChunk));
    }

    [Fact]
    public async Task Call_of_another_operation_that_a_tool_makes_is_no_part_of_the_chat_around()
    {
        using var calls = new TrackedCalls();
        var embeddings = new CallRecorder(CallSource.Of("openai", null, "text-embedding-3-small"), new UsageTrackingOptions { Hub = calls.Hub }, calls.Instruments);
        calls.Instruments.Nesting.Enter();
        using var client = calls.Track(new ScriptedChatClient
        {
            OnResponse = async (_, _) =>
            {
                await EmbedAsync(embeddings);
                return ScriptedChatClient.Answer(new UsageDetails { InputTokenCount = 100 });
            },
        });

        await AskAsync(client);

        Assert.Equal(["embeddings", "chat"], calls.Events.Select(e => e.Operation)); // With the same usage, and no ids.
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Stream_over_answers_that_came_whole_counts_once_through_a_hidden_tracker(bool withIds)
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(new Whole(calls.Track(new ProviderLike { WithIds = withIds })));

        await AskAsync(client, isStreaming: true);

        Assert.Equal(100, calls.Event.Usage.InputTokens);
    }

    [Fact]
    public async Task Parallel_turns_do_not_see_each_others_calls()
    {
        using var calls = new TrackedCalls();
        var provider = new ProviderLike();
        using var client = calls.Track(new HidingLike(new FunctionInvokingLike(calls.Track(provider))));

        var costs = await Task.WhenAll(Enumerable.Range(0, 40).Select(i => Task.Run(() => PipelineTests.AskAsync(client, isStreaming: i % 2 == 0))));

        Assert.All(costs, cost => Assert.Equal(2, cost!.Requests));
        Assert.Equal(80, calls.Events.Length);
        Assert.Equal(Cost.ToUsd(provider.Owed), costs.Sum(cost => cost!.Total));
    }

    [Fact]
    public async Task Two_streams_read_in_turns_by_one_reader_are_each_told_their_own()
    {
        using var calls = new TrackedCalls();
        var provider = new ProviderLike();
        using var client = calls.Track(new HidingLike(new FunctionInvokingLike(calls.Track(provider))));
        var options = new ChatOptions { Tools = [AIFunctionFactory.Create(() => "Sunny", "weather")] };
        var token = TestContext.Current.CancellationToken;
        await using var left = client.GetStreamingResponseAsync("Hi", options, token).GetAsyncEnumerator(token);
        await using var right = client.GetStreamingResponseAsync("Hi", options, token).GetAsyncEnumerator(token);

        ChatResponseUpdate? lastLeft = null, lastRight = null;
        for (bool hasLeft = true, hasRight = true; hasLeft || hasRight;)
        {
            hasLeft = hasLeft && await left.MoveNextAsync();
            lastLeft = hasLeft ? left.Current : lastLeft;
            hasRight = hasRight && await right.MoveNextAsync();
            lastRight = hasRight ? right.Current : lastRight;
        }

        Assert.Equal((2, 2), (lastLeft!.GetUsageCost()!.Requests, lastRight!.GetUsageCost()!.Requests));
        Assert.Equal(Cost.ToUsd(provider.Owed), lastLeft!.GetUsageCost()!.Total + lastRight!.GetUsageCost()!.Total);
        Assert.Equal(4, calls.Events.Length);
    }

    [Fact]
    public async Task Tracker_inside_that_is_switched_off_leaves_the_calls_to_the_one_around()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(calls.Track(new ProviderLike(), options => options.Enabled = false));

        await AskAsync(client);

        Assert.Equal(100, calls.Event.Usage.InputTokens);
    }

    [Fact]
    public async Task Function_invocation_opens_its_spans_by_our_source_and_the_model_calls_lie_beside_the_tools()
    {
        using var calls = new TrackedCalls();
        using var client = new FunctionInvokingLike(calls.Track(new ProviderLike()));

        await PipelineTests.AskAsync(client, isStreaming: true);

        Assert.Equal(["chat gpt-4o-mini", "execute_tool weather", "chat gpt-4o-mini", "orchestrate_tools"], calls.Spans.Select(span => span.OperationName));
        Assert.All(calls.Spans[..3], span => Assert.Same(calls.Spans[3], span.Parent));
    }

    private static IChatClient Model(TrackedCalls calls, string id) => calls.Track(new ScriptedChatClient
    {
        OnResponse = (_, _) => Task.FromResult(ScriptedChatClient.Answer(Usage, id: id)),
        OnStream = (_, _) => ScriptedChatClient.Stream(ScriptedChatClient.Text("a"), ScriptedChatClient.Usage(Usage)),
    });

    private static ScriptedChatClient ModelWithTool(string id, Func<CancellationToken, Task> tool, UsageDetails? usage = null) => new()
    {
        OnResponse = async (_, token) =>
        {
            await tool(token);
            return ScriptedChatClient.Answer(usage ?? Usage, id: id);
        },
    };

    private static async Task AskAsync(IChatClient client, bool isStreaming = false)
    {
        var token = TestContext.Current.CancellationToken;
        if (isStreaming)
        {
            await client.GetStreamingResponseAsync("Hi", cancellationToken: token).ToListAsync(token);
        }
        else
        {
            await client.GetResponseAsync("Hi", cancellationToken: token);
        }
    }

    private static async IAsyncEnumerable<ChatResponseUpdate> ThenFailAsync(IAsyncEnumerable<ChatResponseUpdate> tool)
    {
        yield return ScriptedChatClient.Text("Wait");
        await tool.ToListAsync();
        throw new IOException("Gone");
    }

    private static async Task EmbedAsync(CallRecorder recorder)
    {
        var call = recorder.Start(new CallRequest("embeddings", null), default);
        await Task.Yield();
        var reading = default(CallReading);
        reading.Read(new UsageDetails { InputTokenCount = 100 }, null, "text-embedding-3-small", null);
        recorder.Finish(in call, in reading, new CallEnd(CallOutcome.Completed, default, default));
    }

    private sealed class Wrapping(IChatClient inner, Func<Exception, Exception> wrap) : DelegatingChatClient(inner)
    {
        public override async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            try
            {
                return await base.GetResponseAsync(messages, options, cancellationToken);
            }
            catch (Exception cause)
            {
                throw wrap(cause);
            }
        }

        public override object? GetService(Type serviceType, object? serviceKey = null) => null;
    }

    /// <summary>Asks for the whole answer and gives it out as a stream.</summary>
    private sealed class Whole(IChatClient inner) : DelegatingChatClient(inner)
    {
        public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
            IEnumerable<ChatMessage> messages, ChatOptions? options = null, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            var whole = await GetResponseAsync(messages, options, cancellationToken);
            foreach (var update in whole.ToChatResponseUpdates())
            {
                yield return update;
            }
        }

        public override object? GetService(Type serviceType, object? serviceKey = null) => null;
    }
}
