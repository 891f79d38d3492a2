namespace LlmTelemetry.Usage.Tests;

public sealed class NameExplanationTests
{
    [Theory]
    [InlineData("openai", "gpt-4o", "id", "gpt-4o")]
    [InlineData("XAI ", "Grok-4.5", "alias xai", "grok-4.5")]
    [InlineData("cohere-eu", "command-a", "alias *cohere*", "command-a")]
    [InlineData(null, "gpt-4o", "implied by the model: gpt-*", "gpt-4o")]
    [InlineData("litellm", "xai/grok-4", "prefix xai/ of the model, alias xai", "grok-4")]
    [InlineData("openai", "gpt-4o-20240806", "id", "gpt-4o-2024-08-06; day respelled -yyyy-mm-dd")]
    [InlineData("azure", "gpt-5-chat", "id", "gpt-5-chat; priced as openai's (fallback)")]
    [InlineData("aws", "ca.openai.gpt-5.4-v1:0", "id", "openai.gpt-5.4; prefix ca. taken off, revision taken off")]
    [InlineData("openai", "openai/gpt-4-1", "id", "gpt-4.1; prefix openai/ taken off, version respelled with dots")]
    [InlineData("google", "gemini-2.5-flash-lite-preview-06-17", "id", "gemini-2.5-flash-lite-preview* and /^(?!.*-[tT][tT][sS](?:$|-))/")]
    public void Explanation_tells_the_rules_by_which_the_names_were_found(string? provider, string model, string providerRule, string modelRule)
    {
        var explanation = PriceBook.Embedded.Explain(provider, model, default, default);

        Assert.Equal((providerRule, modelRule, null), (explanation.ProviderRule, explanation.ModelRule, explanation.Problem));
    }

    [Theory]
    [InlineData("nobody", "gpt-4o", "The provider \"nobody\" is unknown.")]
    [InlineData(null, "my-model", "No provider is named, and the model \"my-model\" implies none.")]
    [InlineData("openai", " ", "The call names no model.")]
    [InlineData("perplexity", "sonarr", "The provider perplexity has no entry for the model \"sonarr\". Closest: sonar, sonar-pro.")]
    [InlineData("groq", "something-else-entirely", "The provider groq has no entry for the model \"something-else-entirely\".")]
    [InlineData("google", "tunedModels/abc", "\"tunedmodels/abc\" is a fine-tune, a custom model, an endpoint or provisioned capacity, and has no entry of its own.")]
    public void Explanation_says_in_one_sentence_why_a_name_is_unknown(string? provider, string model, string problem)
    {
        var explanation = PriceBook.Embedded.Explain(provider, model, default, default);

        Assert.Equal((problem, null), (explanation.Problem, explanation.Model));
    }

    [Fact]
    public void Explanation_of_an_endless_name_is_short()
    {
        Assert.InRange(PriceBook.Embedded.Explain("openai", new string('x', 1_000_000), default, default).Problem!.Length, 1, 200);
        Assert.InRange(PriceBook.Embedded.Explain("openai", new string('x', 500), default, default).Problem!.Length, 1, 200);
    }
}
