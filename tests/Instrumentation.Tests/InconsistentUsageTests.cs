using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation.Tests;

/// <summary>Usage that contradicts itself is flagged, counted, and priced by the rule of docs/prices.md. gpt-4o-mini, USD per million: input 0.15, cached 0.075, output 0.60.</summary>
public sealed class InconsistentUsageTests
{
    public static TheoryData<UsageDetails, string> Contradictions => new()
    {
        // The part is believed: 150 cached, nothing uncached, 10 out: 150 x 0.075 + 10 x 0.60 = 11.25 + 6 = 17.25 per million.
        { new UsageDetails { InputTokenCount = 100, CachedInputTokenCount = 150, OutputTokenCount = 10 }, "0.00001725" },

        // The total is not: 100 x 0.15 + 10 x 0.60 = 21 per million.
        { new UsageDetails { InputTokenCount = 100, OutputTokenCount = 10, TotalTokenCount = 999 }, "0.000021" },

        // What is negative is left out: 10 x 0.60 = 6 per million.
        { new UsageDetails { InputTokenCount = -100, OutputTokenCount = 10 }, "0.000006" },

        // 30 of reasoning in 10 of output: 100 x 0.15 + 30 x 0.60 = 33 per million.
        { new UsageDetails { InputTokenCount = 100, OutputTokenCount = 10, ReasoningTokenCount = 30 }, "0.000033" },
    };

    [Theory]
    [MemberData(nameof(Contradictions))]
    public async Task Contradiction_is_flagged_counted_and_never_negative(UsageDetails usage, string cost)
    {
        foreach (var streaming in (bool[])[false, true])
        {
            using var calls = new TrackedCalls();
            using var client = calls.Track(new ScriptedChatClient
            {
                OnResponse = (_, _) => Task.FromResult(ScriptedChatClient.Answer(usage)),
                OnStream = (_, _) => ScriptedChatClient.Stream(ScriptedChatClient.Text("Hi"), ScriptedChatClient.Usage(usage)),
            });

            await CallAsync(client, streaming);

            Assert.True(calls.Event.UsageInconsistent);
            Assert.Equal(1, Assert.Single(calls.Measurements.Of(Metrics.UsageInconsistent)).Value);
            Assert.Equal(decimal.Parse(cost, System.Globalization.CultureInfo.InvariantCulture), calls.Event.Cost.Amount);
            Assert.All(calls.Measurements.Of(Metrics.UsageTokens), m => Assert.True(m.Value >= 0));
        }
    }

    [Fact]
    public async Task Reports_whose_sum_cannot_be_are_flagged()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(new ScriptedChatClient
        {
            OnStream = (_, _) => ScriptedChatClient.Stream(
                ScriptedChatClient.Usage(new UsageDetails { InputTokenCount = long.MaxValue, OutputTokenCount = 7 }), ScriptedChatClient.Usage(new UsageDetails { InputTokenCount = 5, OutputTokenCount = 1 })),
        });

        await CallAsync(client, streaming: true);

        Assert.Equal((true, 8L), (calls.Event.UsageInconsistent, calls.Event.Usage.OutputTokens));
    }

    [Fact]
    public async Task Usage_that_agrees_is_not_flagged()
    {
        using var calls = new TrackedCalls();
        var usage = new UsageDetails { InputTokenCount = 100, CachedInputTokenCount = 100, OutputTokenCount = 10, TotalTokenCount = 110 };
        using var client = calls.Track(new ScriptedChatClient { OnResponse = (_, _) => Task.FromResult(ScriptedChatClient.Answer(usage)) });

        await CallAsync(client, streaming: false);

        Assert.False(calls.Event.UsageInconsistent);
        Assert.Empty(calls.Measurements.Of(Metrics.UsageInconsistent));
    }

    [Fact]
    public async Task Web_searches_that_only_the_answer_shows_are_counted_once_each()
    {
        using var calls = new TrackedCalls();
        var usage = new UsageDetails { InputTokenCount = 100, OutputTokenCount = 10 };
        var answer = ScriptedChatClient.Answer(usage);
        answer.Messages[0].Contents.Add(new WebSearchToolCallContent("ws_1"));
        answer.Messages[0].Contents.Add(new WebSearchToolCallContent("ws_2"));
        using var client = calls.Track(new ScriptedChatClient
        {
            OnResponse = (_, _) => Task.FromResult(answer),
            OnStream = (_, _) => ScriptedChatClient.Stream(Searching("ws_1"), Searching("ws_1"), Searching("ws_2"), ScriptedChatClient.Usage(usage)),
        });

        await CallAsync(client, streaming: false);
        await CallAsync(client, streaming: true);

        Assert.Equal([2L, 2L], calls.Events.Select(e => e.Usage[UsageBucket.WebSearch]));
    }

    [Fact]
    public async Task Web_searches_that_the_usage_counts_are_believed()
    {
        using var calls = new TrackedCalls();
        var answer = ScriptedChatClient.Answer(new UsageDetails { InputTokenCount = 100, OutputTokenCount = 10, AdditionalCounts = new() { ["WebSearchRequests"] = 1 } });
        answer.Messages[0].Contents.Add(new WebSearchToolCallContent("ws_1"));
        answer.Messages[0].Contents.Add(new WebSearchToolCallContent("ws_2"));
        using var client = calls.Track(new ScriptedChatClient { OnResponse = (_, _) => Task.FromResult(answer) });

        await CallAsync(client, streaming: false);

        Assert.Equal(1L, calls.Event.Usage[UsageBucket.WebSearch]);
    }

    private static ChatResponseUpdate Searching(string id) => new(ChatRole.Assistant, [new WebSearchToolCallContent(id)]);

    private static async Task CallAsync(IChatClient client, bool streaming)
    {
        if (!streaming)
        {
            await client.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken);
            return;
        }

        await foreach (var _ in client.GetStreamingResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken))
        {
        }
    }
}
