#pragma warning disable OPENAI001 // The model's name and the prediction counts are still marked as experimental in the SDK.
using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;
using OpenAI.Chat;
using ChatFinishReason = Microsoft.Extensions.AI.ChatFinishReason;
using ChatMessage = Microsoft.Extensions.AI.ChatMessage;

namespace LlmTelemetry.Instrumentation.Tests;

/// <summary>
/// The official OpenAI SDK as a chat client: as much as the tests need, with usage as Microsoft.Extensions.AI.OpenAI reports it, whose package
/// the default feed lacks.
/// </summary>
internal sealed class OpenAIChatClientAdapter(ChatClient client, Uri endpoint) : IChatClient
{
    private readonly ChatClientMetadata _metadata = new("openai", endpoint, client.Model);

    public async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        ChatCompletion answer = await client.CompleteChatAsync(Convert(messages), new ChatCompletionOptions(), cancellationToken);
        return new ChatResponse(new ChatMessage(ChatRole.Assistant, answer.Content.Count > 0 ? answer.Content[0].Text : ""))
        {
            ModelId = answer.Model,
            ResponseId = answer.Id,
            FinishReason = ChatFinishReason.Stop,
            Usage = answer.Usage is null ? null : Convert(answer.Usage),
            RawRepresentation = answer,
        };
    }

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (var chunk in client.CompleteChatStreamingAsync(Convert(messages), new ChatCompletionOptions(), cancellationToken))
        {
            var update = new ChatResponseUpdate(ChatRole.Assistant, string.Concat(chunk.ContentUpdate.Select(part => part.Text)))
            {
                ModelId = chunk.Model,
                ResponseId = chunk.CompletionId,
                RawRepresentation = chunk,
            };
            if (chunk.Usage is { } usage)
            {
                update.Contents.Add(new UsageContent(Convert(usage)));
            }

            yield return update;
        }
    }

    public object? GetService(Type serviceType, object? serviceKey = null) => serviceType == typeof(ChatClientMetadata) ? _metadata : null;

    public void Dispose()
    {
    }

    private static IEnumerable<OpenAI.Chat.ChatMessage> Convert(IEnumerable<ChatMessage> messages) => messages.Select(m => new UserChatMessage(m.Text));

    private static UsageDetails Convert(ChatTokenUsage usage)
    {
        var details = new UsageDetails
        {
            InputTokenCount = usage.InputTokenCount,
            OutputTokenCount = usage.OutputTokenCount,
            TotalTokenCount = usage.TotalTokenCount,
            CachedInputTokenCount = usage.InputTokenDetails?.CachedTokenCount,
            ReasoningTokenCount = usage.OutputTokenDetails?.ReasoningTokenCount,
            AdditionalCounts = [],
        };
        if (usage.InputTokenDetails is { } input)
        {
            details.AdditionalCounts["InputTokenDetails.AudioTokenCount"] = input.AudioTokenCount;
        }

        if (usage.OutputTokenDetails is { } output)
        {
            details.AdditionalCounts["OutputTokenDetails.AudioTokenCount"] = output.AudioTokenCount;
            details.AdditionalCounts["OutputTokenDetails.AcceptedPredictionTokenCount"] = output.AcceptedPredictionTokenCount;
            details.AdditionalCounts["OutputTokenDetails.RejectedPredictionTokenCount"] = output.RejectedPredictionTokenCount;
        }

        return details;
    }
}
