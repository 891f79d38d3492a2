namespace LlmTelemetry.Usage.Tests;

public sealed class BaseModelTests
{
    private static readonly PriceBook Embedded = PriceBook.Embedded;
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("azure")]
    [InlineData("azure.ai.inference")]
    [InlineData("azure.ai.openai")] // what tracked calls of Azure OpenAI say, at OpenAI's prices
    public void Deployment_costs_what_its_base_model_costs_at_its_provider(string provider)
    {
        var book = Embedded.WithBaseModel("My-Deployment", "gpt-4o", provider: "azure");

        Assert.Equal(Pico(Embedded, "azure", "gpt-4o"), Pico(book, provider, "my-deployment"));
        Assert.Null(Pico(book, "groq", "my-deployment"));
        Assert.Null(Pico(Embedded, provider, "my-deployment"));
    }

    // OpenAI's own names stay OpenAI's, whatever a deployment is called.
    [Fact]
    public void Deployment_with_the_name_of_another_model_changes_no_call_of_OpenAI()
    {
        var book = Embedded.WithBaseModel("gpt-4o", "gpt-4.1", provider: "azure");

        Assert.Equal(Pico(Embedded, "azure", "gpt-4.1"), Pico(book, "azure", "gpt-4o"));
        Assert.Equal(Pico(Embedded, "openai", "gpt-4o"), Pico(book, "openai", "gpt-4o"));
    }

    [Theory]
    [InlineData("azure.ai.openai", "openai", "gpt-4o")]
    [InlineData("azure", "azure", "gpt-4o")]
    [InlineData("my-gateway", "openai", "gpt-4o")]
    [InlineData(null, "openai", "gpt-4o")]
    public void Without_a_provider_it_holds_everywhere_at_the_prices_of_that_provider_where_it_has_them(string? provider, string priced, string model)
    {
        var book = Embedded.WithBaseModel("my_gpt", "gpt-4o");

        Assert.Equal(Pico(Embedded, priced, model), Pico(book, provider, "MY_GPT"));
    }

    [Fact]
    public void Base_model_may_be_another_providers()
    {
        var book = Embedded.WithBaseModel("arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc", "anthropic/claude-haiku-4-5", "aws.bedrock");

        Assert.Equal(
            Pico(Embedded, "anthropic", "claude-haiku-4-5"),
            Pico(book, "aws.bedrock", "arn:aws:bedrock:us-east-1:123456789012:application-inference-profile/abc"));
    }

    [Fact]
    public void Base_model_keeps_context_tiers_and_dates()
    {
        var book = Embedded.WithBaseModel("long", "gemini-2.5-pro", "gcp.vertex_ai");

        Assert.Equal(Pico(Embedded, "google", "gemini-2.5-pro", 300_000), Pico(book, "google", "long", 300_000));
        Assert.NotEqual(Pico(book, "google", "long", 100_000) * 3, Pico(book, "google", "long", 300_000));
    }

    // The path says that the model runs outside the global endpoint, which costs a tenth more.
    [Fact]
    public void Base_model_keeps_the_region_that_its_name_says()
    {
        const string Regional = "projects/p/locations/europe-west1/publishers/anthropic/models/claude-sonnet-4-5";
        var book = Embedded.WithBaseModel("endpoints/123", Regional, "gcp.vertex_ai").WithBaseModel("again", "endpoints/123", "gcp.vertex_ai").WithBaseModel("any", $"google/{Regional}");

        Assert.Equal(Pico(Embedded, "google", "claude-sonnet-4-5") * 11 / 10, Pico(Embedded, "google", Regional));
        Assert.All(["endpoints/123", "again", "any"], name => Assert.Equal(Pico(Embedded, "google", Regional), Pico(book, "google", name)));
        Assert.Equal(Pico(Embedded, "google", Regional), Pico(book, "my-gateway", "any"));
    }

    [Theory]
    [InlineData("azure", "azure", "mine, base model gpt-4o")]
    [InlineData("my-gateway", "any", "mine, base model gpt-4o")]
    public void Explanation_says_what_it_is_based_on(string provider, string priced, string rule)
    {
        var explained = Embedded.WithBaseModel("mine", "gpt-4o").Explain(provider, "Mine", default, Now);

        Assert.Equal((priced, "mine", rule), (explained.Provider, explained.Model, explained.ModelRule));
    }

    [Fact]
    public void Name_that_is_a_model_already_is_priced_as_the_other_one_from_then_on()
    {
        var book = Embedded.WithBaseModel("gpt-4o", "gpt-4o-mini", "openai");

        Assert.Equal(Pico(Embedded, "openai", "gpt-4o-mini"), Pico(book, "openai", "gpt-4o"));
        Assert.Equal(Pico(Embedded, "openai", "gpt-4o-mini"), Pico(book, "openai", "gpt-4o-2024-08-06"));
    }

    [Theory]
    [InlineData("gpt-99", "no price is known for the base model 'gpt-99'")]
    [InlineData("MINE", "no price is known for the base model 'MINE'")]
    [InlineData("", "no price is known")]
    public void Unknown_base_model_is_refused_with_both_names(string baseModel, string message)
    {
        var cause = Assert.Throws<InvalidDataException>(() => Embedded.WithBaseModel("mine", baseModel, "azure"));

        Assert.Contains("azure/mine", cause.Message, StringComparison.Ordinal);
        Assert.Contains(message, cause.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Name_cannot_be_its_own_base_model() => Assert.Contains(
        "the name itself", Assert.Throws<InvalidDataException>(() => Embedded.WithBaseModel("gpt-4o", " GPT-4o")).Message, StringComparison.Ordinal);

    private static Int128? Pico(PriceBook book, string? provider, string model, long input = 1_000)
    {
        var usage = default(CallUsage);
        usage[UsageBucket.Input] = input;
        return book.Quote(provider, model, in usage, Now)?.TotalPico;
    }
}
