namespace LlmTelemetry.Demo;

/// <summary>What a company's product does with a model.</summary>
/// <param name="Name">Its name, as calls are attributed.</param>
/// <param name="Provider">Who is asked, by the name of the semantic conventions.</param>
/// <param name="Model">The model that is asked for.</param>
/// <param name="Answering">The model that answers: providers say the dated one.</param>
/// <param name="Input">Tokens of a usual prompt.</param>
/// <param name="Output">Tokens of a usual answer.</param>
/// <param name="Cached">The part of the prompt that the provider's cache has.</param>
/// <param name="Streamed">The part of the calls that is streamed.</param>
/// <param name="Share">How much of the traffic it is.</param>
internal sealed record Feature(string Name, string Provider, string Model, string Answering, int Input, int Output, double Cached, double Streamed, double Share)
{
    public const string Bloated = "assistant";
    public const string Bursting = "agents";

    /// <summary>What only live traffic has: each call of it costs some cents.</summary>
    public static Feature Trial { get; } = new("trial", "openai", "gpt-5.4", "gpt-5.4", Input: 9_000, Output: 850, Cached: 0, Streamed: 0, Share: 0);

    /// <summary>Three providers, five models with a price, and one without.</summary>
    public static IReadOnlyList<Feature> All { get; } =
    [
        new(Bloated, "anthropic", "claude-sonnet-4-5", "claude-sonnet-4-5-20250929", Input: 3_200, Output: 420, Cached: 0.6, Streamed: 0.85, Share: 0.4),
        new("search", "openai", "gpt-5-mini", "gpt-5-mini-2025-08-07", Input: 2_400, Output: 240, Cached: 0.3, Streamed: 0.2, Share: 0.25),
        new("code-review", "openai", "gpt-5.4", "gpt-5.4", Input: 9_000, Output: 850, Cached: 0.2, Streamed: 0, Share: 0.1),
        new("summaries", "gcp.gemini", "gemini-2.5-flash", "gemini-2.5-flash", Input: 6_500, Output: 300, Cached: 0.1, Streamed: 0, Share: 0.13),
        new(Bursting, "anthropic", "claude-haiku-4-5", "claude-haiku-4-5-20251001", Input: 11_000, Output: 380, Cached: 0.75, Streamed: 0.5, Share: 0.11),
        new("playground", "openai", "house-draft-7b", "house-draft-7b", Input: 700, Output: 180, Cached: 0, Streamed: 0.5, Share: 0.04),
    ];
}
