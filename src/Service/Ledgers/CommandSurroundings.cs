namespace LlmTelemetry.Service;

/// <summary>Where the command runs.</summary>
/// <param name="Variables">The names of all environment variables.</param>
/// <param name="CanAsk">Whether somebody sits in front of it and can answer a question.</param>
/// <param name="CanShowProgress">Whether standard error is a terminal.</param>
internal sealed record CommandSurroundings(IReadOnlyCollection<string> Variables, bool CanAsk, bool CanShowProgress)
{
    /// <summary>Nobody is there, and nothing is set.</summary>
    public static CommandSurroundings None { get; } = new([], CanAsk: false, CanShowProgress: false);

    /// <summary>Those of this process.</summary>
    public static CommandSurroundings Own() => new(
        [.. Environment.GetEnvironmentVariables().Keys.OfType<string>()],
        CanAsk: !Console.IsInputRedirected && !Console.IsErrorRedirected,
        CanShowProgress: !Console.IsErrorRedirected);
}
