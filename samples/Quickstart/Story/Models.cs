namespace LlmTelemetry.Quickstart;

/// <summary>Which models play the parts of the story.</summary>
/// <param name="Medium">Answers most questions.</param>
/// <param name="Small">Does the cheap work.</param>
/// <param name="Large">Reads contracts.</param>
/// <param name="Unpriced">A model that the price book does not know; the small one where there is none to be had.</param>
/// <param name="Failing">The model of the call that fails.</param>
/// <param name="MaxOutputTokens">The limit of each answer.</param>
internal sealed record Models(string Medium, string Small, string Large, string Unpriced, string Failing, int MaxOutputTokens)
{
    /// <summary>A model that no provider has.</summary>
    public const string Missing = "claude-no-such-model";

    /// <summary>At the loopback provider every model is free.</summary>
    public static Models Loopback { get; } = new("claude-sonnet-5", "claude-haiku-4-5", "claude-opus-5", "claude-unlisted-preview", "claude-sonnet-5", 4_096);

    /// <summary>At the real provider cheap ones will do; the call that fails asks for one that is not there.</summary>
    public static Models Live { get; } = new("claude-sonnet-5", "claude-haiku-4-5", "claude-haiku-4-5", "claude-haiku-4-5", Missing, 200);
}
