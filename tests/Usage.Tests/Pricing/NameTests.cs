using System.Globalization;

namespace LlmTelemetry.Usage.Tests;

/// <summary>How a provider's and a model's name find an entry of the embedded book.</summary>
public sealed class NameTests
{
    private static readonly PriceBook Book = PriceBook.Embedded;

    [Theory]
    [InlineData("aws", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", "regional.anthropic.claude-sonnet-4-5-20250929-v1:0")]
    [InlineData("aws", "ca.anthropic.claude-sonnet-4-5-20250929-v1:0", "regional.anthropic.claude-sonnet-4-5-20250929-v1:0")] // not listed: a region's price
    [InlineData("aws", "global.anthropic.claude-sonnet-4-5-20250929-v1:0", "global.anthropic.claude-sonnet-4-5-20250929-v1:0")]
    [InlineData("aws", "anthropic.claude-sonnet-4-5-2025-09-29-v1:0:200k", "regional.anthropic.claude-sonnet-4-5-20250929-v1:0")]
    [InlineData("aws", "anthropic.claude-opus-5-v1:0:200k", "regional.anthropic.claude-opus-5")]
    [InlineData("aws", "openai.gpt-5.4-v1:0", "openai.gpt-5.4")]
    [InlineData("aws", "amazon.nova-pro-v1:0:300k", "amazon.nova-pro-v1:0")]
    [InlineData("aws.bedrock", "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-opus-5", "regional.anthropic.claude-opus-5")]
    [InlineData("bedrock", "arn:aws:bedrock:eu-west-1:123456789012:inference-profile/eu.anthropic.claude-opus-5", "regional.anthropic.claude-opus-5")]
    [InlineData("bedrock", "ARN:AWS-US-GOV:bedrock:us-gov-west-1:123456789012:inference-profile/us-gov.anthropic.claude-3-7-sonnet-20250219-v1:0", "regional.anthropic.claude-3-7-sonnet-20250219-v1:0")]
    [InlineData("bedrock_converse", "bedrock/converse/us-west-2/us.anthropic.claude-opus-5", "regional.anthropic.claude-opus-5")]
    [InlineData("litellm", "bedrock/eu-central-1/openai.gpt-5.4", "openai.gpt-5.4")]
    public void Bedrock_name_is_the_model_without_region_revision_and_ARN(string provider, string model, string entry) => AssertFound(provider, model, "aws", entry);

    [Theory]
    [InlineData("gcp.vertex_ai", "projects/p/locations/us-east5/publishers/anthropic/models/claude-opus-4-5@20251101", "claude-opus-4-5")]
    [InlineData("vertex_ai", "publishers/google/models/gemini-2.5-flash-lite", "gemini-2.5-flash-lite")]
    [InlineData("vertex_ai-anthropic_models", "claude-sonnet-4-5@20250929", "claude-sonnet-4-5")]
    [InlineData("vertex_ai", "vertex_ai/claude-fable-5@default", "claude-fable-5")]
    [InlineData("vertex_ai", "gemini-3.5-flash@default", "gemini-3.5-flash")]
    [InlineData("vertex_ai", "anthropic/claude-haiku-4-5@latest", "claude-haiku-4-5")]
    [InlineData("gcp.gemini", "models/gemini-2.5-flash-lite", "gemini-2.5-flash-lite")]
    [InlineData("gemini", "gemini/gemini-2.5-flash", "gemini-2.5-flash")]
    [InlineData("google", "gemini-2-5-flash", "gemini-2.5-flash")]
    [InlineData("google", "gemini-live-2.5-flash-preview-native-audio-09-2025", "gemini-live-2.5-flash")]
    [InlineData("google", "gemini-1.5-flash-8b", "gemini-flash-1.5-8b")] // half the price of gemini-1.5-flash
    public void Google_name_is_the_model_without_its_resource_path(string provider, string model, string entry) => AssertFound(provider, model, "google", entry);

    [Theory]
    [InlineData("openai", "openai/gpt-4o", "openai", "gpt-4o")]
    [InlineData("azure", "azure/global/gpt-5.4", "azure", "gpt-5.4")]
    [InlineData("azure_openai", "gpt-4.1", "openai", "gpt-4.1")]
    [InlineData("fireworks_ai", "fireworks_ai/accounts/fireworks/models/gpt-oss-120b", "fireworks", "gpt-oss-120b")]
    [InlineData("together_ai", "together_ai/meta-llama/Llama-3.3-70B-Instruct-Turbo", "together", "meta-llama/Llama-3.3-70B-Instruct-Turbo")]
    [InlineData("openrouter", "openrouter/anthropic/claude-opus-4-6", "openrouter", "anthropic/claude-opus-4.6")]
    [InlineData("litellm", "openrouter/openai/gpt-4o", "openrouter", "openai/gpt-4o")]
    [InlineData("openrouter", "~anthropic/claude-opus-latest", "openrouter", "~anthropic/claude-opus-latest")]
    [InlineData("openrouter", "deepseek/deepseek-chat:free", "openrouter", "deepseek/deepseek-chat:free")]
    [InlineData(null, "openrouter/anthropic/claude-sonnet-4.6", "openrouter", "anthropic/claude-sonnet-4.6")]
    [InlineData(null, "anthropic/claude-sonnet-4-5", "anthropic", "claude-sonnet-4-5")]
    [InlineData(null, "vertex_ai/claude-sonnet-4-5@20250929", "google", "claude-sonnet-4-5")]
    [InlineData(null, "bedrock/us.anthropic.claude-opus-5", "aws", "regional.anthropic.claude-opus-5")]
    [InlineData(null, "us.anthropic.claude-opus-5", "aws", "regional.anthropic.claude-opus-5")]
    [InlineData(null, "x-ai/grok-4.5", "x-ai", "grok-4.5")]
    [InlineData("perplexity", "perplexity/sonar", "perplexity", "sonar")]
    public void Prefix_names_the_provider_that_is_charged(string? provider, string model, string pricedProvider, string entry) =>
        AssertFound(provider, model, pricedProvider, entry);

    [Theory]
    [InlineData("anthropic", "CLAUDE-Opus-4.5-2025-11-01", "claude-opus-4-5")]
    [InlineData("anthropic", "claude-opus-4@20250514", "claude-opus-4-0")]
    [InlineData("google", "gemini-3.1-flash-lite-latest", "gemini-3.1-flash-lite")]
    [InlineData("anthropic", "claude-opus-5-2026-07-08", "claude-opus-5")]
    [InlineData("anthropic", "claude-sonnet-5-09-2026", "claude-sonnet-5")] // a month, as Google and Cohere write builds
    [InlineData("anthropic", "claude-sonnet-5-0", "claude-sonnet-5")]
    [InlineData("anthropic", "claude-sonnet-5.0-20260708", "claude-sonnet-5")]
    [InlineData("anthropic", "claude-2.1-20231121", "claude-2")]
    [InlineData("openai", "gpt-4-1-mini", "gpt-4.1-mini")]
    [InlineData("openai", "gpt-5.6-luna-20260708", "gpt-5.6-luna")]
    [InlineData("openai", "gpt-4o@20240513", "gpt-4o-2024-05-13")]
    [InlineData("x-ai", "grok-4.1-fast", "grok-4-1-fast-reasoning")]
    [InlineData("x-ai", "grok-4-3-20260708", "grok-4.3")]
    [InlineData("mistral", "mistral-small-3-1-24b-instruct", "mistral-small-3.1-24b-instruct")]
    [InlineData("moonshot_ai", "moonshot/kimi-k2-5", "kimi-k2.5")]
    public void Days_and_versions_may_be_spelled_either_way(string provider, string model, string entry) =>
        Assert.Equal(entry, Book.Quote(provider, model, default, default)?.Model);

    // The price would be that of something else.
    [Theory]
    [InlineData("anthropic", "claude-opus-4-10")]
    [InlineData("anthropic", "claude-sonnet-5-0-1")]
    [InlineData("anthropic", "claude-sonnet-4-50")]
    [InlineData("anthropic", "claude-opus-4-6-fast")]
    [InlineData("anthropic", "claude-3")]
    [InlineData("google", "gemini-3.6-flash-lite")]
    [InlineData("google", "gemini-3.6-flash-image-preview")]
    [InlineData("google", "gemini-2.5-pro-preview-live")]
    [InlineData("google", "gemini-3.9-flash")]
    [InlineData("deepseek", "deepseek-v3.9")]
    [InlineData("deepseek", "deepseek-r1-distill-llama-70b")]
    [InlineData("deepseek", "deepseek-chat-v3.9")]
    [InlineData("openai", "gpt-5.7")]
    [InlineData("openai", "gpt-5-7")]
    [InlineData("openai", "o5")]
    [InlineData("openai", "gpt-3.5-turbo-0914")]
    [InlineData("azure", "content-moderation-gpt-4o")] // a deployment, not the free moderation
    [InlineData("x-ai", "grok-4.9")]
    [InlineData("aws", "amazon.titan-embed-text-v2:0")]
    [InlineData("aws", "global.anthropic.claude-opus-4-1-20250805-v1:0")] // global costs less than regional, and is not listed
    [InlineData("mistral", "ministral-3b-latest")] // the newest of that size is dearer
    [InlineData("google", "gemini-flash-latest")]
    [InlineData("anthropic", "claude-opus-4-latest")] // 4.0 or 4.8?
    [InlineData("openai", "gpt-5-latest")]
    [InlineData("openai", "o3-pro@default")]
    [InlineData("openrouter", "openai/gpt-4o:free")]
    [InlineData("openrouter", "openai/gpt-4o:online")]
    [InlineData("openrouter", "google/gemini-2.5-pro:nitro")]
    public void Newer_sibling_or_variant_is_not_its_elder(string provider, string model) => AssertUnknown(provider, model);

    [Theory]
    [InlineData("openai", "ft:gpt-4.1-2025-04-14:acme::id")]
    [InlineData("openai", "openai/ft:gpt-4.1:moderation-bot::id")]
    [InlineData("azure", "o4-mini-2025-04-16.ft-0123")]
    [InlineData("azure", "ft:gpt-4o-2024-08-06:acme::id")] // Azure does not charge OpenAI's prices for fine-tunes
    [InlineData("mistral", "ft:mixtral-8x7b:0123:20240514:4567")]
    [InlineData("google", "tunedModels/my-gemini-2.0-flash")]
    [InlineData("google", "projects/p/locations/global/endpoints/1234")]
    [InlineData("google", "projects/p/locations/global/models/gemini-2.5-pro")]
    [InlineData("aws", "arn:aws:bedrock:us-east-1:123456789012:custom-model/amazon.nova-lite-v1:0/abc")]
    [InlineData("aws", "bedrock/arn:aws:bedrock:us-east-1:123456789012:provisioned-model/amazon.nova-lite")]
    [InlineData("aws", "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/amazon.nova-lite")]
    [InlineData("aws", "bedrock/us-east-1/1-month-commitment/amazon.titan-text-lite-v1")]
    public void Model_of_the_customers_own_does_not_cost_what_its_base_costs(string provider, string model) => AssertUnknown(provider, model);

    [Theory]
    [InlineData("ft:gpt-4o-2024-08-06:my-org::abc123", "ft:gpt-4o")]
    [InlineData("openai/ft:gpt-4o-2024-08-06:mini-corp:pro:abc123", "ft:gpt-4o")]
    [InlineData("ft:gpt-3.5-turbo-0125:org:mini:x", "ft:gpt-3.5-turbo-")]
    [InlineData("gpt-4o-mini-2024-07-18.ft-abc123", "gpt-4o-mini-2024-07-18.ft-")]
    public void Fine_tune_with_an_entry_has_its_price(string model, string entry) => AssertFound("openai", model, "openai", entry);

    [Theory]
    [InlineData("deepinfra", "openai/gpt-4o")]
    [InlineData("ibm.watsonx.ai", "anthropic/claude-sonnet-4-5")]
    [InlineData("openai_like", "gpt-4o")]
    [InlineData("openai-compatible", "gpt-4o")]
    [InlineData("ollama", "gpt-oss-120b")]
    [InlineData("openai", "anthropic/claude-sonnet-4-5")]
    [InlineData("groq", "accounts/fireworks/models/llama-3.3-70b-versatile")]
    [InlineData("azure", "azure/eu/gpt-5.4")] // a data zone costs more
    [InlineData(null, "mistralai/mistral-nemo")] // a vendor, but whose price?
    [InlineData(null, "nosuch/gpt-4o")]
    public void Unknown_seller_has_no_price_whatever_the_model(string? provider, string model) => AssertUnknown(provider, model);

    [Theory]
    [InlineData("gcp.vertex_ai", "projects/p/locations/us-east5/publishers/anthropic/models/claude-opus-4-5@20251101", "us-east5")]
    [InlineData("aws", "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0", "eu-west-1")]
    [InlineData("aws", "bedrock/eu-west-1/openai.gpt-5.4", "eu-west-1")]
    [InlineData("aws", "arn:aws:bedrock:us-east-1:1:inference-profile/anthropic.claude-opus-5", null)] // asked there, run somewhere
    public void Region_in_the_name_is_kept_for_the_price(string provider, string model, string? region) =>
        Assert.Equal(region, NameCatalog.List.Find(provider, model)?.Region);

    // Vertex charges 10 % more for Claude outside of global: 1,000,000 tokens at 5 USD.
    [Theory]
    [InlineData("us-east5", null, "5.5")]
    [InlineData("global", null, "5")]
    [InlineData("us-east5", "global", "5")]
    public void Region_in_the_name_prices_the_call_that_says_no_other(string location, string? region, string usd)
    {
        var usage = default(CallUsage);
        usage[UsageBucket.Input] = 1_000_000;
        var model = $"projects/p/locations/{location}/publishers/anthropic/models/claude-opus-4-5@20251101";

        Assert.Equal(decimal.Parse(usd, CultureInfo.InvariantCulture), Book.Quote("vertex_ai", model, in usage, default, null, region)?.Amount);
        Assert.Equal(decimal.Parse(usd, CultureInfo.InvariantCulture), Book.Explain("vertex_ai", model, in usage, default, null, region).Cost?.Amount);
    }

    [Fact]
    public void Hostile_names_end_quickly_and_are_unknown()
    {
        string[] pieces = ["-1", ".5", "@20250929", "bedrock/", "us.", "-2025-09-29", "(", "a", "claude-", "/", "ft:", "\u0130", "\0", " "];
        var random = new Random(20261122);
        for (var i = 0; i < 2_000; i++)
        {
            var name = string.Concat(Enumerable.Range(0, random.Next(1, 120)).Select(_ => pieces[random.Next(pieces.Length)]));
            Book.Quote("aws", "x" + name, default, default);
            Assert.Null(Book.Quote("zz" + name, "gpt-4o", default, default));
        }

        AssertUnknown("openai", new string('-', 1_000_000));
        AssertUnknown(new string('/', 1_000_000), "gpt-4o");
    }

    private static void AssertFound(string? provider, string model, string pricedProvider, string entry)
    {
        var cost = Book.Quote(provider, model, default, default);
        Assert.Equal((pricedProvider, entry), (cost?.Provider, cost?.Model));
    }

    private static void AssertUnknown(string? provider, string model) => Assert.Null(Book.Quote(provider, model, default, default)?.Model);
}
