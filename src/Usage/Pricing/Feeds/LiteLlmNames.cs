namespace LlmTelemetry.Usage;

/// <summary>Names of LiteLLM's map: the model's, with the provider before it or not.</summary>
internal static class LiteLlmNames
{
    /// <summary>The model's name, in lower case, without the provider: <c>grok-4</c> of <c>xai/grok-4</c>. A region before it stays.</summary>
    public static string ModelOf(string name, string provider)
    {
        var text = name.Trim().ToLowerInvariant();
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        return slash > 0 && slash < text.Length - 1 && FeedProviders.IdOf(text[..slash]) == provider ? text[(slash + 1)..] : text;
    }
}
