using System.Text.Json;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation.Tests;

/// <summary>Usage that nobody reported, estimated from the text where that is switched on: a token for 4 ASCII characters, or for 1 other one.</summary>
public sealed class EstimationTests
{
    private const string Prompt = "What is 1 + 1?"; // 14 characters: 4 tokens.

    [Fact]
    public async Task Answer_without_usage_is_estimated_by_its_text_and_its_prompts()
    {
        using var calls = new TrackedCalls();
        using var client = Estimating(calls, new ScriptedChatClient { OnResponse = (_, _) => Task.FromResult(Answer(new TextContent("It is 2."))) });

        await client.GetResponseAsync(Prompt, new ChatOptions { Instructions = "Be brief." }, TestContext.Current.CancellationToken);

        // Prompt and instructions are 14 + 9 characters: 6 tokens; the answer is 8: 2 tokens. 6 x 0.15 + 2 x 0.60 = 2.1 USD per million.
        Assert.Equal((CallOutcome.Completed, CostQuality.Estimated, 6L, 2L), Counted(calls));
        Assert.Equal(0.0000021m, calls.Event.Cost.Amount);
        Assert.Equal(("estimated", 6L, 2L), (calls.Span.GetTagItem(Attributes.CostQuality), calls.Span.GetTagItem(GenAi.UsageInputTokens), calls.Span.GetTagItem(GenAi.UsageOutputTokens)));
        Assert.False(calls.Event.UsageInconsistent);
    }

    [Fact]
    public async Task Stream_without_usage_is_estimated_by_the_whole_text_of_its_updates()
    {
        using var calls = new TrackedCalls();
        using var client = Estimating(calls, Streaming(ScriptedChatClient.Text("It"), ScriptedChatClient.Text(" is"), ScriptedChatClient.Text(" 2.")));

        await ReadAsync(client);

        // 8 characters are 2 tokens, although each of the pieces alone would be 1.
        Assert.Equal((CallOutcome.Completed, CostQuality.Estimated, 4L, 2L), Counted(calls));
    }

    [Fact]
    public async Task Reasoning_and_tool_calls_are_output_and_what_tools_give_back_is_input()
    {
        using var calls = new TrackedCalls();
        var call = new FunctionCallContent("call-1", "weather", new Dictionary<string, object?> { ["city"] = "Bern", ["days"] = 12, ["units"] = JsonElement.Parse("""["C"]"""), ["x"] = null });
        using var client = Estimating(calls, new ScriptedChatClient { OnResponse = (_, _) => Task.FromResult(Answer(new TextReasoningContent("Hm, let me see."), call)) });

        await client.GetResponseAsync(
            [new(ChatRole.User, "Weather?"), new(ChatRole.Tool, [new FunctionResultContent("call-0", "It rains in Bern")])], cancellationToken: TestContext.Current.CancellationToken);

        // Sent 8 + 16 = 24 characters. Reasoned 15; weather 7; city Bern 4 + 4; days 12 4 + 2; units ["C"] 5 + 5; x 1: 47 in all.
        Assert.Equal((CallOutcome.Completed, CostQuality.Estimated, 6L, 12L), Counted(calls));
    }

    [Fact]
    public async Task Text_that_is_not_ascii_takes_a_token_a_character()
    {
        using var calls = new TrackedCalls();
        using var client = Estimating(calls, Streaming(ScriptedChatClient.Text("東京a"), ScriptedChatClient.Text("é")));

        await ReadAsync(client);

        Assert.Equal(4, calls.Event.Usage.OutputTokens);
    }

    [Fact]
    public async Task Usage_that_was_reported_is_not_estimated_be_it_zero()
    {
        using var calls = new TrackedCalls();
        using var client = Estimating(calls, Streaming(ScriptedChatClient.Text("It is 2."), ScriptedChatClient.Usage(new UsageDetails { InputTokenCount = 0, OutputTokenCount = 0 }), ScriptedChatClient.Text("!")));

        await ReadAsync(client);

        Assert.Equal((CallOutcome.Completed, CostQuality.Reported, 0L, 0L), Counted(calls));
    }

    [Fact]
    public async Task Stream_left_before_its_usage_is_estimated_by_what_was_seen()
    {
        using var calls = new TrackedCalls();
        using var client = Estimating(calls, Streaming(ScriptedChatClient.Text("It is 2."), ScriptedChatClient.Text(" And so on."), ScriptedChatClient.Usage(new UsageDetails { InputTokenCount = 14 })));

        await foreach (var _ in client.GetStreamingResponseAsync(Prompt, cancellationToken: TestContext.Current.CancellationToken))
        {
            break;
        }

        Assert.Equal((CallOutcome.Abandoned, CostQuality.Estimated, 4L, 2L), Counted(calls));
    }

    [Fact]
    public async Task Stream_cut_after_a_report_adds_an_estimate_of_what_came_after_it()
    {
        using var calls = new TrackedCalls();
        ChatResponseUpdate start = new(ChatRole.Assistant, [new TextContent("It"), new UsageContent(new UsageDetails { InputTokenCount = 1_000, OutputTokenCount = 1 })]);
        using var client = Estimating(calls, new ScriptedChatClient { OnStream = (_, token) => ScriptedChatClient.StreamThen(new IOException("Reset."), [start, ScriptedChatClient.Text(" is 2.")], token) });

        await Assert.ThrowsAsync<IOException>(() => ReadAsync(client));

        Assert.Equal((CallOutcome.Failed, CostQuality.Estimated, 1_000L, 3L), Counted(calls)); // 1 and, of 6 characters, 2.
    }

    [Fact]
    public async Task Stream_cut_right_after_a_report_is_partial()
    {
        using var calls = new TrackedCalls();
        using var client = Estimating(calls, new ScriptedChatClient
        {
            OnStream = (_, token) => ScriptedChatClient.StreamThen(new IOException("Reset."), [ScriptedChatClient.Text("It"), ScriptedChatClient.Usage(new UsageDetails { InputTokenCount = 1_000, OutputTokenCount = 1 })], token),
        });

        await Assert.ThrowsAsync<IOException>(() => ReadAsync(client));

        Assert.Equal((CallOutcome.Failed, CostQuality.Partial, 1_000L, 1L), Counted(calls));
    }

    [Fact]
    public async Task Call_that_fails_before_an_answer_is_not_estimated()
    {
        using var calls = new TrackedCalls();
        using var client = Estimating(calls, new ScriptedChatClient { OnResponse = (_, _) => Task.FromException<ChatResponse>(new IOException()), OnStream = (_, token) => ScriptedChatClient.StreamThen(new IOException(), [], token) });

        await Assert.ThrowsAsync<IOException>(() => client.GetResponseAsync(Prompt, cancellationToken: TestContext.Current.CancellationToken));
        await Assert.ThrowsAsync<IOException>(() => ReadAsync(client));

        Assert.Equal([CostQuality.Unmeasured, CostQuality.Unmeasured], calls.Events.Select(e => e.Quality));
    }

    [Fact]
    public async Task Estimate_without_a_price_is_unpriced()
    {
        using var calls = new TrackedCalls();
        using var client = Estimating(calls, new ScriptedChatClient
        {
            Metadata = new ChatClientMetadata("in-house", null, "our-own-model"),
            OnResponse = (_, _) => Task.FromResult(ScriptedChatClient.Answer(model: null)),
        });

        await client.GetResponseAsync(Prompt, cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal((CallOutcome.Completed, CostQuality.Unpriced, 4L, 1L), Counted(calls));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Messages_that_can_be_walked_once_are_walked_once(bool isStreaming)
    {
        using var calls = new TrackedCalls();
        var inner = new Walking();
        using var client = Estimating(calls, inner);
        var walks = 0;

        if (isStreaming)
        {
            await client.GetStreamingResponseAsync(Once(), cancellationToken: TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);
        }
        else
        {
            await client.GetResponseAsync(Once(), cancellationToken: TestContext.Current.CancellationToken);
        }

        Assert.Equal((1, 1), (walks, inner.Seen));
        Assert.Equal(4, calls.Event.Usage.InputTokens);

        IEnumerable<ChatMessage> Once()
        {
            Assert.Equal(1, ++walks);
            yield return new ChatMessage(ChatRole.User, Prompt);
        }
    }

    [Fact]
    public async Task Messages_are_passed_on_as_they_are_where_nothing_is_estimated_or_they_can_be_walked_again()
    {
        using var calls = new TrackedCalls();
        var inner = new Walking();
        using var client = calls.Track(inner);
        using var estimating = Estimating(calls, inner);
        var lazy = Enumerable.Range(0, 2).Select(_ => new ChatMessage(ChatRole.User, Prompt)).Where(_ => true);
        ChatMessage[] fixedMessages = [new(ChatRole.User, Prompt)];

        await client.GetResponseAsync(lazy, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Same(lazy, inner.Messages);
        await estimating.GetResponseAsync(fixedMessages, cancellationToken: TestContext.Current.CancellationToken);
        Assert.Same(fixedMessages, inner.Messages);
    }

    [Fact]
    public async Task What_the_callers_messages_throw_reaches_the_caller()
    {
        using var calls = new TrackedCalls();
        using var client = Estimating(calls, new ScriptedChatClient());

        await Assert.ThrowsAsync<FormatException>(() => client.GetResponseAsync(Broken(), cancellationToken: TestContext.Current.CancellationToken));

        Assert.Equal((CallOutcome.Failed, CostQuality.Unmeasured), (calls.Event.Outcome, calls.Event.Quality));

        static IEnumerable<ChatMessage> Broken()
        {
            yield return new ChatMessage(ChatRole.User, Prompt);
            throw new FormatException();
        }
    }

    [Fact]
    public async Task What_a_tool_gave_back_may_hold_itself_and_may_throw()
    {
        using var calls = new TrackedCalls();
        using var client = Estimating(calls, new ScriptedChatClient());
        var own = new List<object?>();
        own.Add(own);
        var result = new FunctionResultContent("1", null);
        result.Result = result;

        foreach (var given in (object[])[own, result, new Unwritable()])
        {
            await client.GetResponseAsync([new(ChatRole.Tool, [new FunctionResultContent("1", given)])], cancellationToken: TestContext.Current.CancellationToken);
        }

        Assert.Equal(3, calls.Events.Length);
        Assert.Equal(1, calls.Measurements.Of(Metrics.TelemetryErrors).Sum(m => m.Value));
    }

    [Fact]
    public async Task Sequence_that_a_tool_gave_back_is_left_for_the_client_to_walk()
    {
        using var calls = new TrackedCalls();
        using var client = Estimating(calls, new ScriptedChatClient());
        var walked = 0;

        await client.GetResponseAsync([new(ChatRole.Tool, [new FunctionResultContent("1", Rows())])], cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(0, walked);

        IEnumerable<string> Rows()
        {
            walked++;
            yield return "a row";
        }
    }

    [Fact]
    public async Task Update_whose_text_cannot_be_counted_keeps_its_usage()
    {
        using var calls = new TrackedCalls();
        var usage = new UsageContent(new UsageDetails { InputTokenCount = 7, OutputTokenCount = 2 });
        var call = new FunctionCallContent("1", "f", new Dictionary<string, object?> { ["x"] = new Unwritable() });
        using var client = Estimating(calls, Streaming(new ChatResponseUpdate(ChatRole.Assistant, [call, usage]) { ModelId = "gpt-4o-mini" }));

        await ReadAsync(client);

        Assert.Equal((CallOutcome.Completed, CostQuality.Reported, 7L, 2L), Counted(calls));
    }

    [Fact]
    public async Task Stream_enumerated_twice_is_estimated_twice_and_not_double()
    {
        using var calls = new TrackedCalls();
        using var client = Estimating(calls, Streaming(ScriptedChatClient.Text("It is 2.")));

        var stream = client.GetStreamingResponseAsync(Prompt, cancellationToken: TestContext.Current.CancellationToken);
        await stream.ToListAsync(TestContext.Current.CancellationToken);
        await stream.ToListAsync(TestContext.Current.CancellationToken);

        Assert.Equal([(4L, 2L), (4L, 2L)], calls.Events.Select(e => (e.Usage.InputTokens, e.Usage.OutputTokens)));
    }

    private static ChatResponse Answer(params AIContent[] contents) => new(new ChatMessage(ChatRole.Assistant, contents)) { ModelId = "gpt-4o-mini" };

    private static ScriptedChatClient Streaming(params ChatResponseUpdate[] updates) => new() { OnStream = (_, _) => ScriptedChatClient.Stream(updates) };

    private static IChatClient Estimating(TrackedCalls calls, IChatClient inner) => calls.Track(inner, o => o.EstimateUsage = true);

    private static (CallOutcome Outcome, CostQuality Quality, long Input, long Output) Counted(TrackedCalls calls) =>
        (calls.Event.Outcome, calls.Event.Quality, calls.Event.Usage.InputTokens, calls.Event.Usage.OutputTokens);

    private static async Task ReadAsync(IChatClient client) =>
        await client.GetStreamingResponseAsync(Prompt, cancellationToken: TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);

    private sealed class Unwritable : IFormattable
    {
        public string ToString(string? format, IFormatProvider? formatProvider) => throw new ObjectDisposedException(nameof(Unwritable));
    }

    /// <summary>A client that walks the messages it is given, as a provider's does.</summary>
    private sealed class Walking : DelegatingChatClient
    {
        public Walking()
            : base(new ScriptedChatClient())
        {
        }

        public IEnumerable<ChatMessage>? Messages { get; private set; }

        public int Seen { get; private set; }

        public override Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            (Messages, Seen) = (messages, messages.Count());
            return base.GetResponseAsync(messages, options, cancellationToken);
        }

        public override IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            (Messages, Seen) = (messages, messages.Count());
            return base.GetStreamingResponseAsync(messages, options, cancellationToken);
        }
    }
}
