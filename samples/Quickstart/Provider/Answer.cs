namespace LlmTelemetry.Quickstart;

/// <summary>What the loopback provider answers, and what it says the call used.</summary>
/// <param name="Text">The answer's text; of a tool call, what is said before it.</param>
/// <param name="Input">Input tokens that are neither read from nor written to the cache: Anthropic's <c>input_tokens</c> leaves those out.</param>
/// <param name="Output">Output tokens.</param>
/// <param name="Cached">Tokens of the marked prefix: written to the cache the first time, read from it afterwards.</param>
internal sealed record Answer(string Text, long Input, long Output, long Cached = 0)
{
    /// <summary>The tool to call, and its arguments; null for a plain answer.</summary>
    public (string Name, IReadOnlyDictionary<string, string> Arguments)? Tool { get; init; }

    /// <summary>The HTTP status, type and message of a failure; null where the call succeeds.</summary>
    public (int Status, string Type, string Message)? Error { get; init; }
}
