using static LlmTelemetry.Usage.Tests.WorkedPrice;

namespace LlmTelemetry.Usage.Tests;

/// <summary>Batch, flex, priority, fast and provisioned, worked out by hand from the providers' price pages.</summary>
public sealed class WorkedServiceTierPriceTests
{
    // GPT-5.4: batch costs half: 1.25, 0.125 cached, 7.50; above 272,000 half of 5, 0.50 and 22.50.
    // 172,000 x 1.25 + 100,000 x 0.125 + 1,000 x 7.50 = 235,000; 200,000 x 2.50 + 100,000 x 0.25 + 1,000 x 11.25 = 536,250
    [Theory]
    [InlineData(272_000, 0.235)]
    [InlineData(300_000, 0.53625)]
    public void Batch_halves_the_price_of_the_context_tier(long input, double usd) =>
        Assert.Equal((decimal)usd, Price("openai", "gpt-5.4", Now, new() { Input = input, CacheRead = 100_000, Output = 1_000 }, "batch").Amount);

    // Claude Sonnet 4.5: everything costs half. 3,000 x 1.50 + 4,000 x 0.15 + 2,000 x 1.875 + 1,000 x 3 + 500 x 7.50 = 15,600
    [Fact]
    public void Anthropic_batch_halves_cache_reads_and_writes_too() =>
        Assert.Equal(0.0156m, Price("anthropic", "claude-sonnet-4-5", Now,
            new() { Input = 10_000, CacheRead = 4_000, CacheWrite = 3_000, CacheWrite1h = 1_000, Output = 500 }, "batch").Amount);

    // Gemini 2.5 Pro: batch costs 0.625 and 5, cached input what it always costs, 0.125. 6,000 x 0.625 + 4,000 x 0.125 + 1,000 x 5 = 9,250.
    // Above 200,000: 1.25, 0.25 and 7.50. 196,001 x 1.25 + 4,000 x 0.25 + 1,000 x 7.50 = 253,501.25
    [Theory]
    [InlineData(10_000, 0.00925)]
    [InlineData(200_001, 0.25350125)]
    public void Gemini_batch_leaves_cached_input_at_its_price(long input, double usd) =>
        Assert.Equal((decimal)usd, Price("gcp.gemini", "gemini-2.5-pro", Now, new() { Input = input, CacheRead = 4_000, Output = 1_000 }, "batch").Amount);

    // Gemini 3.1 Flash-Lite: batch halves cached input as well. 6,000 x 0.125 + 4,000 x 0.0125 + 1,000 x 0.75 = 1,550
    [Fact]
    public void Newer_Gemini_batch_halves_cached_input_too() =>
        Assert.Equal(0.00155m, Price("gcp.gemini", "gemini-3.1-flash-lite", Now, new() { Input = 10_000, CacheRead = 4_000, Output = 1_000 }, "batch").Amount);

    // GPT-4.1: batch has no price for cached input, which is input like any other: 1 and 4. 1,000 x 1 + 100 x 4 = 1,400
    [Fact]
    public void Batch_without_a_price_for_cached_input_charges_input() =>
        Assert.Equal(0.0014m, Price("openai", "gpt-4.1", Now, new() { Input = 1_000, CacheRead = 400, Output = 100 }, "batch").Amount);

    // GPT-5 flex: 0.625, 0.0625 cached, 5. 2,000 x 0.625 + 8,000 x 0.0625 + 1,000 x 5 = 6,750
    [Fact]
    public void Flex_halves_cached_input_too() =>
        Assert.Equal(0.00675m, Price("openai", "gpt-5", Now, new() { Input = 10_000, CacheRead = 8_000, Output = 1_000 }, "flex").Amount);

    // GPT-5.5 priority: 12.50, 1.25 cached, 75. 6,000 x 12.50 + 4,000 x 1.25 + 500 x 75 = 117,500.
    // It is not offered above 272,000: standard, 10, 1 and 45. 296,000 x 10 + 4,000 x 1 + 500 x 45 = 2,986,500
    [Theory]
    [InlineData("priority", 10_000, 0.1175)]
    [InlineData("fast", 10_000, 0.1175)] // OpenAI's new name for it
    [InlineData("priority", 300_000, 2.9865)]
    public void OpenAI_priority_has_prices_of_its_own_up_to_the_context_threshold(string tier, long input, double usd) =>
        Assert.Equal((decimal)usd, Price("openai", "gpt-5.5", Now, new() { Input = input, CacheRead = 4_000, Output = 500 }, tier).Amount);

    // GPT-5.6 Terra in fast mode: twice 4, 0.40, 5 (cache writes) and 18, the prices above 272,000.
    // 150,000 x 8 + 100,000 x 0.80 + 50,000 x 10 + 1,000 x 36 = 1,816,000
    [Fact]
    public void Fast_mode_of_newer_OpenAI_models_doubles_the_price_of_the_context_tier() =>
        Assert.Equal(1.816m, Price("openai", "gpt-5.6-terra", Now,
            new() { Input = 300_000, CacheRead = 100_000, CacheWrite = 50_000, Output = 1_000 }, "fast").Amount);

    // Claude Opus 4.6 in fast mode: 6 times 5, 0.50, 6.25, 10 and 25. 3,000 x 30 + 4,000 x 3 + 2,000 x 37.50 + 1,000 x 60 + 500 x 150 = 312,000.
    // Claude Opus 5.5: twice 4, 0.20, 5, 8 and 20. 3,000 x 8 + 4,000 x 0.40 + 2,000 x 10 + 1,000 x 16 + 500 x 40 = 81,600
    [Theory]
    [InlineData("claude-opus-4-6", 0.312)]
    [InlineData("claude-opus-5-5", 0.0816)]
    public void Anthropic_fast_mode_multiplies_the_cache_too(string model, double usd) =>
        Assert.Equal((decimal)usd, Price("anthropic", model, Now,
            new() { Input = 10_000, CacheRead = 4_000, CacheWrite = 3_000, CacheWrite1h = 1_000, Output = 500 }, "fast").Amount);

    // For 1,000 input and 1,000 output tokens. Gemini 3.1 Pro: 1.8 times 2 and 12: 25,200. GPT-OSS 120B on Bedrock, 0.15 and 0.60: flex half, 375,
    // priority 1.75 times, 1,312.5. Llama 3.3 70B on Groq, 0.59 and 0.79: flex as it is, 1,380, batch half, 690. Mistral Large 3, 0.50 and 1.50:
    // batch half, 1,000. Grok 4.3, 1.25 and 2.50: batch 0.8 times, 3,000, priority twice, 7,500.
    [Theory]
    [InlineData("gcp.gemini", "gemini-3.1-pro-preview", "ON_DEMAND_PRIORITY", 0.0252)]
    [InlineData("aws.bedrock", "openai.gpt-oss-120b-1:0", "flex", 0.000375)]
    [InlineData("aws.bedrock", "openai.gpt-oss-120b-1:0", "priority", 0.0013125)]
    [InlineData("groq", "llama-3.3-70b-versatile", "flex", 0.00138)]
    [InlineData("groq", "llama-3.3-70b-versatile", "batch", 0.00069)]
    [InlineData("mistral_ai", "mistral-large-2512", "batch", 0.001)]
    [InlineData("x_ai", "grok-4.3", "batch", 0.003)]
    [InlineData("x_ai", "grok-4.3", "priority", 0.0075)]
    public void Each_provider_has_multipliers_of_its_own(string provider, string model, string tier, double usd) =>
        Assert.Equal((decimal)usd, Price(provider, model, Now, new() { Input = 1_000, Output = 1_000 }, tier).Amount);

    // Groq's cached input costs half of input already; batch does not halve it again. GPT-OSS 120B: 400 x 0.075 + 600 x 0.075 = 75
    [Fact]
    public void Groq_batch_does_not_halve_cached_input_again() =>
        Assert.Equal(0.000075m, Price("groq", "openai/gpt-oss-120b", Now, new() { Input = 1_000, CacheRead = 400 }, "batch").Amount);

    // GPT-5.4: 1,000 x 1.25 = 1,250 and 2 searches at 0.01: neither the tier nor the region touches those. 1,250 x 1.1 + 20,000 = 21,375
    [Fact]
    public void Searches_are_not_multiplied() => Assert.Equal(0.021375m, Searching("batch", "eu")?.Amount);

    [Theory]
    [InlineData("provisioned")]
    [InlineData("PROVISIONED_THROUGHPUT")]
    [InlineData("ptu")]
    [InlineData("scale")]
    [InlineData("reserved")]
    public void Provisioned_throughput_pays_for_searches_and_not_for_tokens(string tier)
    {
        Assert.Equal(0.02m, Searching(tier, null)?.Amount);
        Assert.Equal(0m, Price("azure.ai.openai", "gpt-4o", Now, new() { Input = 1_000, Output = 1_000 }, tier).Amount);
    }

    [Theory]
    [InlineData("anthropic", "claude-sonnet-4-5", "flex")]
    [InlineData("anthropic", "claude-sonnet-4-5", "fast")]
    [InlineData("openai", "gpt-4.1", "flex")]
    [InlineData("openai", "gpt-5.4-nano", "priority")]
    [InlineData("deepseek", "deepseek-v4-pro", "batch")]
    [InlineData("x-ai", "grok-4.6", "batch")]
    public void Tier_that_the_provider_does_not_offer_has_no_price(string provider, string model, string tier) =>
        Assert.Null(Find(provider, model, Now, new() { Input = 1_000 }, tier));

    private static Cost? Searching(string tier, string? region)
    {
        var usage = default(CallUsage);
        usage[UsageBucket.Input] = 1_000;
        usage[UsageBucket.WebSearch] = 2;
        return PriceBook.Embedded.Quote("openai", "gpt-5.4", in usage, default, tier, region);
    }
}
