using System.Text.Json;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.Instrumentation.Tests;

/// <summary>What an answer says it cost.</summary>
public sealed class UsageCostTests
{
    // claude-sonnet-4-5 on 2026-11-22, USD per million tokens: input 3, cache read 0.30, cache write 3.75, output 15; web search 10 per 1,000.
    private const string Model = "claude-sonnet-4-5";

    private static readonly ChatClientMetadata Anthropic = new("anthropic", new Uri("https://api.anthropic.com"), Model);

    private static UsageDetails Details => new()
    {
        InputTokenCount = 1_700,
        CachedInputTokenCount = 500,
        OutputTokenCount = 400,
        TotalTokenCount = 2_100,
        AdditionalCounts = new() { ["CacheCreationInputTokens"] = 200, ["WebSearchRequests"] = 2 },
    };

    [Fact]
    public async Task Answer_tells_usage_and_cost_by_part()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(Scripted(ScriptedChatClient.Answer(Details, Model)));

        var cost = (await client.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken)).GetUsageCost();

        Assert.NotNull(cost);
        Assert.Equal((1_000, 500, 200, 400), (cost.Usage[UsageBucket.Input], cost.Usage[UsageBucket.CacheRead], cost.Usage[UsageBucket.CacheWrite5m], cost.Usage[UsageBucket.Output]));
        Assert.Equal(0.003m, cost.Prompt);
        Assert.Equal(0.00015m, cost.CacheRead);
        Assert.Equal(0.00075m, cost.CacheWrite);
        Assert.Equal(0.006m, cost.Completion);
        Assert.Equal(0m, cost.Reasoning);
        Assert.Equal(0.02m, cost.WebSearch);
        Assert.Equal(0m, cost.Other);
        Assert.Equal(0.0299m, cost.Total);
        Assert.Equal(cost.Total, cost.Prompt + cost.CacheRead + cost.CacheWrite + cost.Completion + cost.Reasoning + cost.WebSearch + cost.Other);
        Assert.Equal((2_100L, 2L, 1L), (cost.TotalTokens, cost.WebSearchCount, cost.Requests));
        Assert.Equal(("USD", CostQuality.Reported, PriceBook.Embedded.Version), (cost.Currency, cost.Quality, cost.PriceVersion));
        Assert.Equal(calls.Event.Cost.Amount, cost.Total);
        Assert.Equal("$0.0299", cost.ToString());
    }

    [Fact]
    public async Task Stream_read_to_its_end_has_the_cost_on_its_last_update()
    {
        using var calls = new TrackedCalls();
        var inner = new ScriptedChatClient { Metadata = Anthropic, OnStream = (_, _) => ScriptedChatClient.Stream(ScriptedChatClient.Text("Hi", Model), ScriptedChatClient.Usage(Details)) };
        using var client = calls.Track(inner);
        List<ChatResponseUpdate> updates = [];

        await foreach (var update in client.GetStreamingResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken))
        {
            Assert.Null(update.GetUsageCost());
            updates.Add(update);
        }

        Assert.Equal(0.0299m, updates[^1].GetUsageCost()?.Total);
        Assert.Same(updates[^1].GetUsageCost(), updates.GetUsageCost());
        Assert.Null(updates[0].GetUsageCost());
    }

    [Fact]
    public async Task Model_without_a_price_has_usage_and_no_cost()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(new ScriptedChatClient { Metadata = new("acme", null, "our-own"), OnResponse = (_, _) => Task.FromResult(ScriptedChatClient.Answer(Details, "our-own")) });

        var cost = (await client.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken)).GetUsageCost();

        Assert.NotNull(cost);
        Assert.Equal((CostQuality.Unpriced, 2_100L), (cost.Quality, cost.TotalTokens));
        Assert.Null(cost.Total);
        Assert.Null(cost.Prompt);
        Assert.Null(cost.PriceVersion);
        Assert.Equal("unknown", cost.ToString());
    }

    [Fact]
    public async Task Answer_without_usage_has_no_tokens_which_is_not_0()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(Scripted(ScriptedChatClient.Answer(usage: null, Model)));

        var cost = (await client.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken)).GetUsageCost();

        Assert.NotNull(cost);
        Assert.Equal(CostQuality.Unmeasured, cost.Quality);
        Assert.Null(cost.TotalTokens);
        Assert.Null(cost.WebSearchCount);
        Assert.Null(cost.Total);
    }

    [Fact]
    public async Task Charge_is_apart_from_the_cost()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(Scripted(ScriptedChatClient.Answer(Details, Model)), o => o.Markup = new MarkupRules { Default = 10 });

        var cost = (await client.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken)).GetUsageCost();

        Assert.Equal((0.0299m, 0.03289m), (cost?.Total, cost?.Charge));
    }

    [Fact]
    public async Task Answer_that_a_provider_gives_again_has_the_last_calls_cost()
    {
        using var calls = new TrackedCalls();
        var answer = ScriptedChatClient.Answer(Details, Model);
        using var client = calls.Track(Scripted(answer));

        await client.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken);
        answer.Usage = new UsageDetails { InputTokenCount = 1_000, OutputTokenCount = 0, TotalTokenCount = 1_000 };
        await client.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(0.003m, answer.GetUsageCost()?.Total);
    }

    [Fact]
    public async Task Cost_is_nowhere_in_the_answer_itself()
    {
        using var calls = new TrackedCalls();
        var answer = ScriptedChatClient.Answer(Details, Model);
        var before = JsonSerializer.Serialize(answer, AIJsonUtilities.DefaultOptions);
        using var client = calls.Track(Scripted(answer));

        Assert.Same(answer, await client.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken));

        Assert.Equal(before, JsonSerializer.Serialize(answer, AIJsonUtilities.DefaultOptions));
        Assert.Null(JsonSerializer.Deserialize<ChatResponse>(before, AIJsonUtilities.DefaultOptions)!.GetUsageCost());
    }

    [Fact]
    public async Task Cost_is_told_also_where_nobody_else_listens()
    {
        using var calls = new TrackedCalls(listenToSpans: false, listenToMetrics: false);
        using var client = calls.Track(Scripted(ScriptedChatClient.Answer(Details, Model)), o => o.Hub = new UsageHub());

        Assert.Equal(0.0299m, (await client.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken)).GetUsageCost()?.Total);
    }

    [Fact]
    public async Task Nothing_is_kept_where_it_is_switched_off()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(Scripted(ScriptedChatClient.Answer(Details, Model)), o => o.ResponseCost = false);

        Assert.Null((await client.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken)).GetUsageCost());
        Assert.Single(calls.Events);
    }

    [Fact]
    public async Task Stream_with_updates_that_are_null_tells_its_cost()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(new ScriptedChatClient { OnStream = (_, _) => ScriptedChatClient.Stream(ScriptedChatClient.Usage(Details), null!) });

        var updates = await client.GetStreamingResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);

        Assert.NotNull(updates.GetUsageCost());
        Assert.NotNull(updates[0].GetUsageCost());
    }

    [Fact]
    public async Task Callback_sees_each_finished_call_and_what_it_throws_harms_nothing()
    {
        using var calls = new TrackedCalls();
        var answer = ScriptedChatClient.Answer(Details, Model);
        List<(CallOutcome Outcome, decimal? Cost)> seen = [];
        var fails = false;
        var inner = new ScriptedChatClient { Metadata = Anthropic, OnResponse = (_, _) => fails ? throw new InvalidOperationException() : Task.FromResult(answer) };
        using var client = calls.Track(inner, o => o.OnCompleted = (in UsageEvent call) =>
        {
            seen.Add((call.Outcome, call.HasCost ? call.Cost.Amount : null));
            throw new InvalidOperationException("The callback's own.");
        });

        Assert.Same(answer, await client.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken));
        fails = true;
        await Assert.ThrowsAsync<InvalidOperationException>(() => client.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken));

        Assert.Equal([(CallOutcome.Completed, 0.0299m), (CallOutcome.Failed, null)], seen);
        Assert.Equal(2, calls.Events.Length);
    }

    [Fact]
    public async Task Tracker_that_is_switched_off_passes_calls_through_without_our_keys()
    {
        using var calls = new TrackedCalls();
        var inner = Scripted(ScriptedChatClient.Answer(Details, Model));
        using var client = calls.Track(inner, o => o.Enabled = false);

        var answer = await client.GetResponseAsync("Hi", new ChatOptions { AdditionalProperties = new() { ["llm.user"] = "ada", ["seed"] = 1 } }, TestContext.Current.CancellationToken);

        Assert.Null(answer.GetUsageCost());
        Assert.Empty(calls.Events);
        Assert.Empty(calls.Spans);
        Assert.Equal(["seed"], inner.SeenOptions[0]!.AdditionalProperties!.Keys);
    }

    private static ScriptedChatClient Scripted(ChatResponse answer) => new() { Metadata = Anthropic, OnResponse = (_, _) => Task.FromResult(answer) };
}
