using Microsoft.Extensions.AI;

namespace LlmTelemetry.Budgets;

/// <summary>Estimates what a prompt will be billed, before it is sent. Thread-safe.</summary>
public interface ITokenEstimator
{
    /// <summary>The input tokens of the prompt: messages, instructions and tools. Must not enumerate anything but what it is given. Where it throws, or says less than 0, the default estimator is asked.</summary>
    /// <param name="messages">The messages.</param>
    /// <param name="options">The call's options.</param>
    /// <param name="model">The model asked for; null: not known.</param>
    long EstimateInputTokens(IReadOnlyList<ChatMessage> messages, ChatOptions? options, string? model);

    /// <summary>The tokens of a text, as part of an answer.</summary>
    /// <param name="text">The text.</param>
    /// <param name="model">The model; null: not known.</param>
    long EstimateTokens(string text, string? model);
}
