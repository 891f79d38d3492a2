using static LlmTelemetry.Usage.Tests.WorkedPrice;

namespace LlmTelemetry.Usage.Tests;

/// <summary>Data residency and regional endpoints, worked out by hand from the providers' price pages.</summary>
public sealed class WorkedRegionPriceTests
{
    // For 1,000 input tokens, 500 of them cached, and 100 output tokens. GPT-5.5: 500 x 5 + 500 x 0.50 + 100 x 30 = 5,750; 10 % more: 6,325.
    // GPT-4o, of before March 2026, costs the same everywhere: 500 x 2.50 + 500 x 1.25 + 100 x 10 = 2,875.
    // Claude Opus 4.6: 500 x 5 + 500 x 0.50 + 100 x 25 = 5,250; US only 5,775. Claude Sonnet 4.5 has no such choice: 500 x 3 + 500 x 0.30 + 100 x 15 = 3,150,
    // but 10 % more at a regional endpoint of Vertex AI, 3,465. Grok 4.5: 500 x 2 + 500 x 0.30 + 100 x 6 = 1,750; US endpoint 1,925.
    [Theory]
    [InlineData("openai", "gpt-5.5", null, 0.00575)]
    [InlineData("openai", "gpt-5.5", "global", 0.00575)]
    [InlineData("openai", "gpt-5.5", "eu", 0.006325)]
    [InlineData("openai", "gpt-5.5", "US", 0.006325)]
    [InlineData("openai", "gpt-5.5", "jp", 0.006325)]
    [InlineData("openai", "gpt-4o", "eu", 0.002875)]
    [InlineData("anthropic", "claude-opus-4-6", "global", 0.00525)]
    [InlineData("anthropic", "claude-opus-4-6", "not_available", 0.00525)]
    [InlineData("anthropic", "claude-opus-4-6", "us", 0.005775)]
    [InlineData("anthropic", "claude-sonnet-4-5", "us", 0.00315)]
    [InlineData("gcp.vertex_ai", "claude-sonnet-4-5@20250929", "global", 0.00315)]
    [InlineData("gcp.vertex_ai", "claude-sonnet-4-5@20250929", "us-east5", 0.003465)]
    [InlineData("xai", "grok-4.5", "eu-west-1", 0.00175)]
    [InlineData("xai", "grok-4.5", "us", 0.001925)]
    public void Token_prices_are_those_of_the_region(string provider, string model, string? region, double usd) =>
        Assert.Equal((decimal)usd, Price(provider, model, Now, new() { Input = 1_000, CacheRead = 500, Output = 100 }, null, region).Amount);

    // Bedrock says the region in the model's name. Claude Sonnet 4.5: 500 x 3 + 500 x 0.30 + 100 x 15 = 3,150; in-region and geographic profiles 10 % more.
    [Theory]
    [InlineData("global.anthropic.claude-sonnet-4-5-20250929-v1:0", 0.00315)]
    [InlineData("eu.anthropic.claude-sonnet-4-5-20250929-v1:0", 0.003465)]
    [InlineData("anthropic.claude-sonnet-4-5-20250929-v1:0", 0.003465)]
    public void Bedrock_profile_says_the_region(string model, double usd) =>
        Assert.Equal((decimal)usd, Price("aws.bedrock", model, Now, new() { Input = 1_000, CacheRead = 500, Output = 100 }).Amount);

    // Cache writes for an hour cost twice the input, and then 10 % more. Claude Opus 4.6: 1,000 x 10 x 1.1 = 11,000. Claude Sonnet 4.5 on Vertex AI:
    // 1,000 x 6 x 1.1 = 6,600; on Bedrock in the EU 1,000 x 6.60 = 6,600, worldwide 6,000.
    [Theory]
    [InlineData("anthropic", "claude-opus-4-6", "us", 0.011)]
    [InlineData("gcp.vertex_ai", "claude-sonnet-4-5", "europe-west1", 0.0066)]
    [InlineData("aws.bedrock", "eu.anthropic.claude-sonnet-4-5-20250929-v1:0", null, 0.0066)]
    [InlineData("aws.bedrock", "global.anthropic.claude-sonnet-4-5-20250929-v1:0", null, 0.006)]
    public void Region_and_cache_writes_for_an_hour_multiply(string provider, string model, string? region, double usd) =>
        Assert.Equal((decimal)usd, Price(provider, model, Now, new() { Input = 1_000, CacheWrite = 1_000, CacheWrite1h = 1_000 }, null, region).Amount);

    // Claude Sonnet 4.6 in a batch in the US: 3 x 0.5 x 1.1 = 1.65, 15 x 0.5 x 1.1 = 8.25. 1,000 x 1.65 + 100 x 8.25 = 2,475.
    // Claude Opus 5.5 in fast mode in the US: 4 x 2 x 1.1 = 8.80, 20 x 2 x 1.1 = 44. 1,000 x 8.80 + 100 x 44 = 13,200.
    // GPT-5.4 with priority in the EU: 5 x 1.1 = 5.50, 30 x 1.1 = 33. 1,000 x 5.50 + 100 x 33 = 8,800.
    [Theory]
    [InlineData("anthropic", "claude-sonnet-4-6", "batch", "us", 0.002475)]
    [InlineData("anthropic", "claude-opus-5-5", "fast", "us", 0.0132)]
    [InlineData("openai", "gpt-5.4", "priority", "eu", 0.0088)]
    public void Region_and_service_tier_multiply(string provider, string model, string tier, string region, double usd) =>
        Assert.Equal((decimal)usd, Price(provider, model, Now, new() { Input = 1_000, Output = 100 }, tier, region).Amount);
}
