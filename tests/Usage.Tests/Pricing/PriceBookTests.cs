using System.Globalization;

namespace LlmTelemetry.Usage.Tests;

public sealed class PriceBookTests
{
    private static readonly PriceBook Book = PriceBook.Embedded;
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("anthropic", "claude-haiku-4-5-20251001", "anthropic", "claude-haiku-4-5")]
    [InlineData(" ANTHROPIC ", "\tClaude-Haiku-4-5 ", "anthropic", "claude-haiku-4-5")]
    [InlineData(null, "claude-haiku-4-5", "anthropic", "claude-haiku-4-5")]
    [InlineData("", "gpt-4o", "openai", "gpt-4o")]
    [InlineData("litellm", "groq/llama-3.3-70b-versatile", "groq", "llama-3.3-70b-versatile")]
    [InlineData("LiteLLM", "gpt-4o", "openai", "gpt-4o")]
    [InlineData("azure", "gpt-5-chat", "azure", "gpt-5")] // Azure lists no such model: OpenAI's price
    [InlineData("openai", "gpt-4o-20240806", "openai", "gpt-4o")] // the date in another spelling
    public void Name_finds_the_entry_that_it_means(string? provider, string model, string pricedProvider, string pricedModel)
    {
        var cost = Book.Quote(provider, model, default, Now);

        Assert.Equal((pricedProvider, pricedModel), (cost?.Provider, cost?.Model));
    }

    // gen_ai.provider.name, as the semantic conventions and their older versions list it.
    [Theory]
    [InlineData("openai", "gpt-4o", "openai")]
    [InlineData("azure.ai.openai", "gpt-4o", "openai")]
    [InlineData("az.ai.openai", "gpt-4o", "openai")]
    [InlineData("azure.ai.inference", "gpt-4o", "azure")]
    [InlineData("az.ai.inference", "gpt-4o", "azure")]
    [InlineData("aws.bedrock", "us.anthropic.claude-sonnet-4-5-20250929-v1:0", "aws")]
    [InlineData("gcp.gemini", "gemini-2.5-flash", "google")]
    [InlineData("gcp.vertex_ai", "gemini-2.5-flash", "google")]
    [InlineData("gcp.gen_ai", "gemini-2.5-flash", "google")]
    [InlineData("x_ai", "grok-4", "x-ai")]
    [InlineData("xai", "grok-4", "x-ai")]
    [InlineData("mistral_ai", "mistral-small-latest", "mistral")]
    [InlineData("moonshot_ai", "kimi-k2.5", "moonshotai")]
    [InlineData("cohere", "command-a-03-2025", "cohere")]
    [InlineData("groq", "llama-3.3-70b-versatile", "groq")]
    [InlineData("deepseek", "deepseek-v4-pro", "deepseek")]
    [InlineData("perplexity", "sonar", "perplexity")]
    public void Provider_name_of_the_conventions_is_known(string provider, string model, string pricedProvider) =>
        Assert.Equal(pricedProvider, Book.Quote(provider, model, default, Now)?.Provider);

    [Theory]
    [InlineData("anthropic", "claude-9")]
    [InlineData("anthropic", "claude-sonnet-5-6")] // a newer sibling of claude-sonnet-5 and -5-5, at another price
    [InlineData("aws", "us.anthropic.claude-sonnet-5-5-v1:0")]
    [InlineData("ibm.watsonx.ai", "gpt-4o")]
    [InlineData("my-gateway", "gpt-4o")]
    [InlineData("litellm", "my-gateway/some-model")]
    [InlineData("openai", "")]
    [InlineData("openai", null)]
    [InlineData(null, null)]
    [InlineData(null, "llama-3.3-70b-versatile")]
    public void Unknown_name_has_no_price(string? provider, string? model)
    {
        Assert.False(Book.Knows(provider, model));
        Assert.Null(Book.Quote(provider, model, default, Now));
    }

    [Theory]
    [InlineData("claude-sonnet-5")]
    [InlineData("claude-sonnet-5-20260714")]
    [InlineData("claude-sonnet-5@20260714")]
    [InlineData("claude-sonnet-5-latest")]
    public void Dated_name_is_the_model_itself_and_no_newer_one(string model) =>
        Assert.Equal("claude-sonnet-5", Book.Quote("anthropic", model, default, Now)?.Model);

    [Fact]
    public void Free_model_costs_nothing_which_is_not_unknown()
    {
        var cost = Book.Quote("google", "gemma-3-27b-it", Tokens(1_000_000, 1_000_000), Now);

        Assert.Equal(0m, cost?.Amount);
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData("", true)]
    [InlineData("standard", true)]
    [InlineData("Default", true)]
    [InlineData("auto", true)]
    [InlineData("ON_DEMAND", true)]
    [InlineData("batch", false)]
    [InlineData("flex", false)]
    [InlineData("priority", false)]
    [InlineData("provisioned_throughput", true)]
    public void Service_tier_without_prices_of_its_own_is_unknown(string? tier, bool priced) =>
        Assert.Equal(priced, Book.Quote("cohere", "command-a", Tokens(1, 1), Now, tier) is not null);

    [Fact]
    public void Quote_and_TryQuote_agree()
    {
        Assert.True(Book.TryQuote("openai", "gpt-4o", Tokens(1_000, 10), Now, null, null, out var cost));
        Assert.Equal(Book.Quote("openai", "gpt-4o", Tokens(1_000, 10), Now)!.Value.TotalPico, cost.TotalPico);
        Assert.Equal(Book.Version, cost.PriceVersion);
    }

    [Fact]
    public void Version_is_the_date_of_the_prices_and_a_hash() => Assert.Matches("^2026-[0-9]{2}-[0-9]{2}\\.[0-9a-f]{8}$", Book.Version);

    // The largest counts there are, at the highest price there is (600 USD a million): nothing overflows.
    [Fact]
    public void Largest_counts_are_priced_exactly()
    {
        var cost = Book.Quote("openai", "o1-pro", Tokens(long.MaxValue, long.MaxValue), Now)!.Value;

        Assert.Equal((Int128)long.MaxValue * (150_000_000 + 600_000_000), cost.TotalPico);
        Assert.Equal(decimal.Parse("6917529027641081.85525", CultureInfo.InvariantCulture), cost.Amount);
    }

    [Fact]
    public void Input_that_does_not_fit_in_Int64_pays_the_highest_tier()
    {
        var usage = Tokens(long.MaxValue, 0);
        usage[UsageBucket.CacheRead] = long.MaxValue;

        var cost = Book.Quote("google", "gemini-2.5-pro", in usage, Now)!.Value;

        Assert.Equal((Int128)long.MaxValue * 2_500_000, cost.Pico(UsageBucket.Input));
        Assert.Equal((Int128)long.MaxValue * 250_000, cost.Pico(UsageBucket.CacheRead));
    }

    [Fact]
    public void Bucket_without_a_count_has_no_cost()
    {
        var cost = Book.Quote("openai", "gpt-4o", Tokens(0, 7), Now)!.Value;

        var buckets = new List<UsageBucket>();
        foreach (var bucket in cost)
        {
            buckets.Add(bucket);
        }

        Assert.Equal([UsageBucket.Output], buckets);
    }

    [Fact]
    public void Quote_of_a_name_seen_before_allocates_nothing()
    {
        var book = PriceBook.ReadEmbedded(); // A book of its own: nobody else's names make it forget these.
        var usage = Tokens(1_000, 100);
        (string? Provider, string Model)[] names =
            [("openai", "gpt-4o"), (null, "claude-sonnet-4-5-20250929"), ("deepseek", "deepseek-v4-pro"), ("openai", "no-such-model")];
        QuoteAll();

        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
        {
            QuoteAll();
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);

        void QuoteAll()
        {
            foreach (var (provider, model) in names)
            {
                book.TryQuote(provider, model, in usage, Now, "standard", null, out _);
            }
        }
    }

    private static CallUsage Tokens(long input, long output)
    {
        var usage = default(CallUsage);
        usage[UsageBucket.Input] = input;
        usage[UsageBucket.Output] = output;
        return usage;
    }
}
