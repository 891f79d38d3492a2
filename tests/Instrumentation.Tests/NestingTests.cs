using System.Diagnostics;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation.Tests;

public sealed class NestingTests
{
    private static UsageDetails Usage => new() { InputTokenCount = 100, OutputTokenCount = 10 };

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nested_trackers_record_once_and_keep_the_attribution(bool isHidden)
    {
        using var calls = new TrackedCalls();
        var provider = new ScriptedChatClient { OnResponse = (_, _) => Task.FromResult(ScriptedChatClient.Answer(Usage)), OnStream = (_, _) => ScriptedChatClient.Stream(ScriptedChatClient.Usage(Usage)) };
        using var inner = calls.Track(provider);
        using var client = calls.Track(isHidden ? new Hiding(inner) : inner);
        var options = new ChatOptions { AdditionalProperties = new() { [Options.User] = "ada" } };

        await client.GetResponseAsync("Hi", options, TestContext.Current.CancellationToken);
        await client.GetStreamingResponseAsync("Hi", options, TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);

        Assert.Equal(["ada", "ada"], calls.Events.Select(e => e.Attribution.User));
        Assert.All(provider.SeenOptions, sent => Assert.Null(sent!.AdditionalProperties));
        Assert.Equal(2, calls.Measurements.Of(Metrics.UsageCalls).Sum(m => m.Value));
        Assert.Equal(2, calls.Spans.Count(span => span.GetTagItem(GenAi.UsageInputTokens) is not null));
    }

    [Fact]
    public async Task Hidden_tracker_that_sees_several_calls_records_each_and_the_outer_none()
    {
        using var calls = new TrackedCalls();
        using var inner = calls.Track(new ScriptedChatClient { OnResponse = (_, _) => Task.FromResult(ScriptedChatClient.Answer(Usage)) });
        using var client = calls.Track(new Hiding(inner) { CallsPerCall = 3 });

        await client.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal([100L, 100L, 100L], calls.Events.Select(e => e.Usage.InputTokens));
    }

    [Fact]
    public async Task Failure_inside_a_hidden_tracker_is_recorded_once()
    {
        using var calls = new TrackedCalls();
        using var inner = calls.Track(new ScriptedChatClient { OnResponse = (_, _) => Task.FromException<ChatResponse>(new IOException()) });
        using var client = calls.Track(new Hiding(inner));

        await Assert.ThrowsAsync<IOException>(() => client.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken));

        Assert.Equal(CallOutcome.Failed, calls.Event.Outcome);
    }

    [Fact]
    public async Task Call_that_a_tool_makes_inside_another_call_counts_beside_it()
    {
        using var calls = new TrackedCalls();
        using var tool = calls.Track(new ScriptedChatClient { OnResponse = (_, _) => Task.FromResult(ScriptedChatClient.Answer(Usage)) });
        using var client = calls.Track(new ScriptedChatClient
        {
            OnResponse = async (_, token) =>
            {
                await tool.GetResponseAsync("Look this up", cancellationToken: token);
                return ScriptedChatClient.Answer(new UsageDetails { InputTokenCount = 7_000, OutputTokenCount = 70 });
            },
        });

        await client.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal([100L, 7_000L], calls.Events.Select(e => e.Usage.InputTokens));
    }

    [Fact]
    public async Task Surrounding_chat_span_of_several_calls_has_the_quality_of_the_least_known()
    {
        using var calls = new TrackedCalls();
        UsageDetails?[] reports = [new() { InputTokenCount = 1_000_000 }, null, new() { InputTokenCount = 1_000_000 }];
        var next = 0;
        using var client = calls.Track(new ScriptedChatClient { OnResponse = (_, _) => Task.FromResult(ScriptedChatClient.Answer(reports[next++])) });
        using var others = new ActivitySource(calls.Name + "-others");
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source == others,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
        };
        ActivitySource.AddActivityListener(listener);
        using var surrounding = others.StartActivity("chat gpt-4o-mini")!.AddTag(GenAi.OperationName, "chat");
        var told = new List<object?>();

        foreach (var _ in reports)
        {
            await client.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken);
            told.Add(surrounding.GetTagItem(Attributes.CostQuality));
        }

        Assert.Equal(["reported", "unmeasured", "unmeasured"], told);
        Assert.Equal(0.30, surrounding.GetTagItem(GenAi.UsageCostAmount));
    }

    [Fact]
    public async Task Surrounding_chat_span_of_another_library_is_enriched_and_not_doubled()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(new ScriptedChatClient { OnResponse = (_, _) => Task.FromResult(ScriptedChatClient.Answer(new UsageDetails { InputTokenCount = 1_000_000 })) });
        using var others = new ActivitySource(calls.Name + "-others");
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source == others,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
        };
        ActivitySource.AddActivityListener(listener);
        using var surrounding = others.StartActivity("chat gpt-4o-mini")!.AddTag(GenAi.OperationName, "chat");

        await client.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken);
        await client.GetResponseAsync("Hi again", cancellationToken: TestContext.Current.CancellationToken);

        Assert.Empty(calls.Spans);
        Assert.False(surrounding.IsStopped);
        Assert.Equal(0.30, surrounding.GetTagItem(GenAi.UsageCostAmount)); // Two calls of a million tokens at 0.15 per million.
        Assert.Equal("reported", surrounding.GetTagItem(Attributes.CostQuality));
        Assert.Null(surrounding.GetTagItem(GenAi.UsageInputTokens));
        Assert.Equal(2, calls.Events.Length);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Client_inside_that_opens_chat_spans_of_its_own_gets_no_second_one_while_somebody_listens_to_them(bool isListened)
    {
        using var calls = new TrackedCalls();
        using var others = new ActivitySource(calls.Name + "-others");
        using var listener = new ActivityListener { ShouldListenTo = source => isListened && source == others };
        ActivitySource.AddActivityListener(listener);
        using var client = calls.Track(new Hiding(new ScriptedChatClient()) { Service = others });

        await client.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(isListened ? 0 : 1, calls.Spans.Length);
        Assert.Single(calls.Events);
    }

    [Fact]
    public void Tracker_hands_out_its_source_so_that_function_invocation_joins_its_spans()
    {
        using var calls = new TrackedCalls();
        using var others = new ActivitySource(calls.Name + "-others");
        using var client = calls.Track(new ScriptedChatClient());
        using var around = calls.Track(new Hiding(new ScriptedChatClient()) { Service = others });

        Assert.Same(calls.Instruments.Source, client.GetService(typeof(ActivitySource)));
        Assert.Same(others, around.GetService(typeof(ActivitySource)));
    }

    [Fact]
    public void Disposing_the_tracker_disposes_the_client_inside()
    {
        using var calls = new TrackedCalls();
        var inner = new ScriptedChatClient();

        calls.Track(inner).Dispose();

        Assert.True(inner.IsDisposed);
    }

    [Fact]
    public void Disposed_trackers_no_longer_make_nesting_possible()
    {
        using var calls = new TrackedCalls();
        var first = calls.Track(new ScriptedChatClient());
        var second = calls.Track(new ScriptedChatClient());
        Assert.True(calls.Instruments.Nesting.IsPossible);

        second.Dispose();
        second.Dispose();
        Assert.False(calls.Instruments.Nesting.IsPossible);
        first.Dispose();
    }

    /// <summary>A client that hides what is inside it, and may call it several times, as function invocation does.</summary>
    private sealed class Hiding(IChatClient inner) : DelegatingChatClient(inner)
    {
        public int CallsPerCall { get; init; } = 1;

        public object? Service { get; init; }

        public override async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            var total = await base.GetResponseAsync(messages, options, cancellationToken);
            for (var i = 1; i < CallsPerCall; i++)
            {
                total.Usage!.Add((await base.GetResponseAsync(messages, options, cancellationToken)).Usage!);
            }

            return total;
        }

        public override object? GetService(Type serviceType, object? serviceKey = null) => serviceType.IsInstanceOfType(Service) ? Service : null;
    }
}
