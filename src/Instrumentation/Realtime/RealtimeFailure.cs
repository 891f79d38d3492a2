namespace LlmTelemetry.Instrumentation;

/// <summary>A failure that a provider tells of in a message: nothing was thrown.</summary>
internal sealed class RealtimeFailure(string? code) : Exception
{
    private const int MaxLength = 64;

    /// <summary>What <c>error.type</c> says.</summary>
    public string Code { get; } =
        code is { Length: > 0 and <= MaxLength } && code.All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-' or '.') ? code : Vocabulary.Placeholders.OtherError;
}
