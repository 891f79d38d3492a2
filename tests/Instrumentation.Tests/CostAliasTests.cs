using LlmTelemetry.TestKit;
using Microsoft.Extensions.AI;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation.Tests;

/// <summary>The cost under OpenLIT's name, for its dashboards.</summary>
public sealed class CostAliasTests
{
    // gpt-4o-mini, USD per million: input 0.15, output 0.60. 1,000 and 200: 150 + 120 = 270 per million.
    private static UsageDetails Usage => new() { InputTokenCount = 1_000, OutputTokenCount = 200 };

    [Fact]
    public async Task Cost_alias_is_not_there_unless_it_is_switched_on()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(Answering(Usage));

        await client.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken);

        Assert.Empty(calls.Measurements.Of(OpenLit.Cost));
        Assert.Null(calls.Span.GetTagItem(OpenLit.Cost));
    }

    [Fact]
    public async Task Cost_alias_is_a_histogram_in_usd_with_what_the_dashboards_filter_by()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(Answering(Usage), o => o.CostAlias = true);

        await client.GetResponseAsync(
            "Hi", new ChatOptions { AdditionalProperties = new() { [Options.Environment] = "production", [Options.User] = "ada" } }, TestContext.Current.CancellationToken);

        var cost = Assert.Single(calls.Measurements.Of(OpenLit.Cost));
        Assert.Equal((0.00027, "USD"), (cost.Value, cost.Unit));
        Assert.Equal(
            new Dictionary<string, object?>
            {
                [GenAi.OperationName] = "chat",
                [GenAi.ProviderName] = "openai",
                [GenAi.RequestModel] = "gpt-4o-mini",
                [GenAi.ResponseModel] = "gpt-4o-mini-2024-07-18",
                ["telemetry.sdk.name"] = "openlit",
                ["deployment.environment"] = "production",
            },
            cost.Tags);
        Assert.Equal(0.00027, calls.Span.GetTagItem(OpenLit.Cost));
        Assert.Equal(0.00027, calls.Span.GetTagItem(GenAi.UsageCostAmount));
    }

    [Fact]
    public async Task Cost_alias_of_one_tracker_is_not_that_of_another()
    {
        using var calls = new TrackedCalls();
        using var with = calls.Track(Answering(Usage), o => o.CostAlias = true);
        using var without = calls.Track(Answering(Usage));

        await without.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken);

        Assert.Empty(calls.Measurements.Of(OpenLit.Cost));
    }

    [Fact]
    public async Task Cost_alias_stands_alone_where_the_other_costs_are_not_wanted_on_spans()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(Answering(Usage), o => (o.CostAlias, o.SpanCost) = (true, false));

        await client.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal((0.00027, null), (calls.Span.GetTagItem(OpenLit.Cost), calls.Span.GetTagItem(GenAi.UsageCostAmount)));
    }

    [Fact]
    public async Task Unknown_price_is_no_cost_of_zero()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(
            new ScriptedChatClient { Metadata = new("made-up", null, "nothing-1"), OnResponse = (_, _) => Task.FromResult(ScriptedChatClient.Answer(Usage, model: "nothing-1")) },
            o => o.CostAlias = true);

        await client.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken);

        Assert.Empty(calls.Measurements.Of(OpenLit.Cost));
        Assert.Null(calls.Span.GetTagItem(OpenLit.Cost));
    }

    [Fact]
    public async Task Environments_beyond_the_bound_are_folded()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(Answering(Usage), o => (o.CostAlias, o.MaxAttributeValues) = (true, 1));

        foreach (var environment in (string[])["production", "staging"])
        {
            await client.GetResponseAsync("Hi", new ChatOptions { AdditionalProperties = new() { [Options.Environment] = environment } }, TestContext.Current.CancellationToken);
        }

        Assert.Equal(["production", "_other"], calls.Measurements.Of(OpenLit.Cost).Select(m => m.Tags["deployment.environment"]));
    }

    private static ScriptedChatClient Answering(UsageDetails usage) => new() { OnResponse = (_, _) => Task.FromResult(ScriptedChatClient.Answer(usage)) };
}
