using static LlmTelemetry.Usage.UsageBucket;

namespace LlmTelemetry.Usage.Tests;

public sealed class ModelsDevFeedTests
{
    private static readonly FeedFile Feed = FeedFile.Fixture("models-dev");

    [Fact]
    public void Feed_is_recognized_and_every_entry_is_mapped_or_accounted_for()
    {
        Assert.Equal("models.dev", Feed.Map.Format);
        Assert.Equal(24, Feed.Map.Models);
        Assert.Equal(1, Feed.Map.WithoutPrices);
    }

    [Theory]
    [InlineData("openai", "gpt-4.1", CacheRead, 0.5)]
    [InlineData("openai", "text-embedding-3-large", Input, 0.13)]
    [InlineData("anthropic", "claude-haiku-4-5", CacheWrite5m, 1.25)]
    [InlineData("google", "gemini-2.5-flash", InputAudio, 1)]
    [InlineData("gcp.vertex_ai", "gemini-2.5-flash", CacheRead, 0.03)]
    [InlineData("aws.bedrock", "amazon.nova-pro-v1:0", Output, 3.2)]
    [InlineData("perplexity", "sonar-deep-research", Reasoning, 3)]
    [InlineData("alibaba", "qwen-omni", OutputAudio, 8.8)]
    [InlineData("siliconflow", "moonshotai/kimi-k2", Input, 0.57)]
    [InlineData("free-router", "llama:free", Input, 0)]
    public void Prices_are_found_by_the_names_that_calls_carry(string provider, string model, UsageBucket bucket, double usd) =>
        Assert.Equal((decimal)usd, Feed.Price(provider, model, bucket));

    [Theory]
    [InlineData("openai", "gpt-5.5", 200_001, 5)] // context_over_200k is a copy of the tier above 272,000
    [InlineData("openai", "gpt-5.5", 272_000, 5)]
    [InlineData("openai", "gpt-5.5", 272_001, 10)]
    [InlineData("google", "gemini-2.5-pro", 200_000, 1.25)] // here it is all there is
    [InlineData("google", "gemini-2.5-pro", 200_001, 2.5)]
    [InlineData("x-ai", "grok-4.20", 199_999, 2)]
    [InlineData("x-ai", "grok-4.20", 200_000, 4)]
    [InlineData("alibaba", "qwen-steps", 32_001, 2.4)]
    [InlineData("alibaba", "qwen-steps", 128_001, 3)]
    public void Tiers_start_above_their_size_and_at_it_for_xAI(string provider, string model, long input, double usd) =>
        Assert.Equal((decimal)usd, Feed.Price(provider, model, Input, input: input));

    [Fact]
    public void Price_that_a_tier_does_not_name_is_the_base_price()
    {
        Assert.Equal(0.48m, Feed.Price("alibaba", "qwen-steps", CacheRead, input: 32_001));
        Assert.Equal(0.24m, Feed.Price("alibaba", "qwen-steps", CacheRead, input: 128_001));
    }

    [Fact]
    public void Mode_is_the_service_tier_that_its_request_asks_for()
    {
        Assert.Equal(12.5m, Feed.Price("openai", "gpt-5.5", Input, "priority"));
        Assert.Equal(37.5m, Feed.Price("anthropic", "claude-opus-4-6", CacheWrite5m, "fast"));
        Assert.Equal(["the prices of mode odd are left out: its request names no service tier of its own"], Feed.NotesOf("anthropic/claude-opus-4-6"));
    }

    [Fact]
    public void Misspelt_prices_are_told()
    {
        Assert.Equal(
            ["cost.cache_input is no price that models.dev defines", "cost.cached_write is no price that models.dev defines"],
            Feed.NotesOf("Siliconflow/moonshotai/Kimi-K2"));
        Assert.StartsWith("a tier is not understood", Assert.Single(Feed.NotesOf("alibaba/qwen-steps")), StringComparison.Ordinal);
    }

    [Fact]
    public void Entry_with_a_price_that_is_not_to_be_believed_has_no_price_at_all()
    {
        Assert.Equal(["is left out: cost.input is -1, which is no price"], Feed.NotesOf("Siliconflow/negative"));
        Assert.False(Feed.Book.Knows("siliconflow", "negative"));
    }
}
