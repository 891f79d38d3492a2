using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.Instrumentation.Tests.Pipelines;

/// <summary>What an answer that took several calls tells of its cost.</summary>
public class TurnCostTests
{
    [Theory]
    [InlineData(true, true)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(false, false)]
    public async Task Outer_tracker_tells_the_sum_of_the_calls_of_a_turn(bool isStreaming, bool isHidden)
    {
        using var calls = new TrackedCalls();
        var provider = new ProviderLike();
        var functions = new FunctionInvokingLike(calls.Track(provider));
        using var client = calls.Track(isHidden ? new HidingLike(functions) : functions);

        var cost = await PipelineTests.AskAsync(client, isStreaming);

        Assert.Equal(2, cost!.Requests);
        Assert.Equal(Cost.ToUsd(provider.Owed), cost.Total);
        Assert.Equal((300, 23), (cost.Usage.InputTokens, cost.Usage.OutputTokens));
        Assert.Equal(300 * 0.15m / 1_000_000, cost.Prompt);
        Assert.Equal(23 * 0.60m / 1_000_000, cost.Completion);
        Assert.Equal(CostQuality.Reported, cost.Quality);
        Assert.Equal(PriceBook.Embedded.Version, cost.PriceVersion);
        Assert.Equal(2, calls.Events.Length);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Inner_tracker_alone_tells_the_last_call(bool isStreaming)
    {
        using var calls = new TrackedCalls();
        using var client = new FunctionInvokingLike(calls.Track(new ProviderLike()));

        var cost = await PipelineTests.AskAsync(client, isStreaming);

        Assert.Equal(1, cost!.Requests);
        Assert.Equal(200, cost.Usage.InputTokens);
    }

    [Fact]
    public async Task Turn_is_as_well_known_as_the_worst_of_its_calls_and_keeps_what_is_known()
    {
        using var calls = new TrackedCalls();
        var provider = new ProviderLike { Failures = 1 };
        using var client = calls.Track(new RetryLike(calls.Track(provider)));

        var cost = await PipelineTests.AskAsync(client, isStreaming: false);

        Assert.Equal(CostQuality.Unmeasured, cost!.Quality); // Nobody knows what the attempt that failed used.
        Assert.Equal(2, cost.Requests);
        Assert.Equal(Cost.ToUsd(provider.Owed), cost.Total);
    }

    [Fact]
    public async Task Turn_without_any_price_has_no_cost()
    {
        using var calls = new TrackedCalls();
        var provider = new ProviderLike { Model = "nobody-knows-it" };
        using var client = calls.Track(new FunctionInvokingLike(calls.Track(provider)));

        var cost = await PipelineTests.AskAsync(client, isStreaming: false);

        Assert.Null(cost!.Total);
        Assert.Equal(CostQuality.Unpriced, cost.Quality);
        Assert.Equal(300, cost.Usage.InputTokens);
    }

    [Fact]
    public async Task Turn_holds_what_its_tools_spent_too()
    {
        using var calls = new TrackedCalls();
        var model = new ProviderLike();
        var helper = new ProviderLike();
        using var help = calls.Track(helper);
        using var client = calls.Track(new FunctionInvokingLike(calls.Track(model)));
        var tool = AIFunctionFactory.Create(async (CancellationToken token) => (await help.GetResponseAsync("Look this up", cancellationToken: token)).Text, "look");

        var cost = await PipelineTests.AskAsync(client, isStreaming: true, tool);

        Assert.Equal(3, cost!.Requests);
        Assert.Equal(Cost.ToUsd(model.Owed + helper.Owed), cost.Total);
    }

    [Fact]
    public async Task Answer_that_a_cache_in_memory_gives_again_does_not_tell_the_cost_of_the_first_time()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(new CachingLike(calls.Track(new ProviderLike())));

        var first = await PipelineTests.AskAsync(client, isStreaming: false, AIFunctionFactory.Create(() => "Sunny", "weather"));
        var second = await PipelineTests.AskAsync(client, isStreaming: false, AIFunctionFactory.Create(() => "Sunny", "weather"));

        Assert.Equal(1, first!.Requests);
        Assert.Null(second);
    }

    [Fact]
    public async Task Parallel_calls_inside_a_turn_are_all_in_its_sum()
    {
        using var calls = new TrackedCalls();
        var provider = new ProviderLike();
        using var inner = calls.Track(provider);
        using var client = calls.Track(new Fan(inner, 20));

        var response = await client.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(20, response.GetUsageCost()!.Requests);
        Assert.Equal(Cost.ToUsd(provider.Owed), response.GetUsageCost()!.Total);
        Assert.Equal(20, calls.Events.Length);
    }

    /// <summary>Asks many times at once and takes one of the answers.</summary>
    private sealed class Fan(IChatClient inner, int width) : DelegatingChatClient(inner)
    {
        public override async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            var answers = await Task.WhenAll(Enumerable.Range(0, width).Select(_ => Task.Run(() => base.GetResponseAsync(messages, options, cancellationToken), cancellationToken)));
            return answers[width / 2];
        }
    }
}
