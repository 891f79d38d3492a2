using LlmTelemetry.Instrumentation;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.Budgets.Tests;

public sealed class CallPricesTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    // USD per million tokens.
    private static readonly PriceBook Book = PriceBook.Embedded
        .With("openai", "plain", new Dictionary<UsageBucket, decimal> { [UsageBucket.Input] = 1, [UsageBucket.Output] = 10 })
        .With("openai", "caching", new Dictionary<UsageBucket, decimal>
        {
            [UsageBucket.Input] = 1,
            [UsageBucket.CacheWrite5m] = 1.25m,
            [UsageBucket.InputAudio] = 40,
            [UsageBucket.Output] = 10,
            [UsageBucket.Reasoning] = 30,
        });

    private readonly CallPrices _prices = new(Book);

    [Fact]
    public void Worst_case_is_input_and_output_at_their_rates() => Assert.Equal(20_000_000, AtMost("plain", Size(10, 1)));

    [Fact]
    public void Worst_case_takes_the_cache_write_and_reasoning_where_they_are_dearer() => Assert.Equal(12_500_000 + 30_000_000, AtMost("caching", Size(10, 1) with { MayCache = true }));

    [Fact]
    public void Worst_case_takes_the_rate_of_audio_where_there_is_any() =>
        Assert.Equal(400_000_000 + 30_000_000, AtMost("caching", Size(10, 1) with { MayCache = true, AudioSeconds = 1 }));

    [Fact]
    public void Price_depends_on_tier_and_region_as_the_tracker_tells_them()
    {
        var list = _prices.AtMost(new TrackedCallTerms("openai", "gpt-5", null, null, default), Size(1_000, 0), Now, UnknownPricePolicy.Allow);
        var flex = _prices.AtMost(new TrackedCallTerms("openai", "gpt-5", "flex", null, default), Size(1_000, 0), Now, UnknownPricePolicy.Allow);
        Assert.Equal(list / 2, flex);
    }

    [Theory]
    [InlineData(UnknownPricePolicy.Allow)]
    [InlineData(UnknownPricePolicy.Refuse)]
    public void Price_that_nobody_knows_is_null(UnknownPricePolicy policy) => Assert.Null(AtMost("no-such-model", Size(10, 1), policy));

    [Fact]
    public void Price_that_nobody_knows_is_that_of_the_dearest_model_of_the_provider()
    {
        var size = Size(1_000, 1_000);
        var assumed = AtMost("no-such-model", size, UnknownPricePolicy.AssumeDearest);
        Assert.True(assumed > AtMost("gpt-4o", size));
        Assert.True(assumed >= AtMost("o1-pro", size) || AtMost("o1-pro", size) is null);
        Assert.NotNull(assumed);
        Assert.Equal(Book.QuoteDearest("openai", size.Usage, Now)!.Value.TotalPico, assumed);
    }

    [Fact]
    public void Dearest_model_is_the_dearest_for_what_is_asked()
    {
        var book = PriceBook.Embedded
            .With("mine", "input-dear", new Dictionary<UsageBucket, decimal> { [UsageBucket.Input] = 100, [UsageBucket.Output] = 1 })
            .With("mine", "output-dear", new Dictionary<UsageBucket, decimal> { [UsageBucket.Input] = 1, [UsageBucket.Output] = 100 });
        Assert.Equal("input-dear", book.QuoteDearest("mine", Size(10, 1).Usage, Now)!.Value.Model);
        Assert.Equal("output-dear", book.QuoteDearest(" MINE ", Size(1, 10).Usage, Now)!.Value.Model);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("nobody")]
    public void Unknown_provider_costs_the_dearest_of_all(string? provider)
    {
        var usage = Size(1_000, 1_000).Usage;
        Assert.True(Book.QuoteDearest(provider, in usage, Now)!.Value.TotalPico >= Book.QuoteDearest("openai", in usage, Now)!.Value.TotalPico);
    }

    [Theory]
    [InlineData(UnknownPricePolicy.Allow, false)]
    [InlineData(UnknownPricePolicy.AssumeDearest, true)]
    public async Task Unpriced_call_is_charged_as_the_policy_says(UnknownPricePolicy policy, bool isCharged)
    {
        using var chat = new BudgetedChat();
        chat.Gate.Options.UnknownPrice = policy;
        chat.Inner.OnResponse = (_, _) => Task.FromResult(ScriptedChatClient.Answer(BudgetedChat.Used(1_000, 10), "no-such-model"));
        await chat.AskAsync(options: new ChatOptions { ModelId = "no-such-model" });
        Assert.Equal(isCharged, Assert.Single(chat.Gate.Asks).Estimate.CostPico is not null);
        Assert.Equal((1_000, 10, false), (chat.Gate.OnlySettled.InputTokens, chat.Gate.OnlySettled.OutputTokens, chat.Gate.OnlySettled.IsEstimated));
        Assert.Equal(isCharged ? PriceBook.Embedded.QuoteDearest("openai", Size(1_000, 10).Usage, chat.Time.GetUtcNow())!.Value.TotalPico : null, chat.Gate.OnlySettled.CostPico);
    }

    private static CallSize Size(long input, long output) => new(new CallUsage { [UsageBucket.Input] = input, [UsageBucket.Output] = output });

    private Int128? AtMost(string model, CallSize size, UnknownPricePolicy policy = UnknownPricePolicy.Allow) =>
        _prices.AtMost(new TrackedCallTerms("openai", model, null, null, default), size, Now, policy);
}
