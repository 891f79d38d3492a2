using System.Diagnostics;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.Instrumentation.Tests.Pipelines;

/// <summary>
/// An agent behind a chat client, as Microsoft.Agents.AI's OpenTelemetryAgent has it: answers are made anew around the same messages and usage, keep
/// their id and lose their model; the span around becomes one of the agent.
/// </summary>
internal sealed class AgentLike(IChatClient inner, bool hides) : DelegatingChatClient(inner)
{
    public override async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        Activity.Current?.SetTag(Vocabulary.GenAi.OperationName, Vocabulary.GenAi.OperationInvokeAgent);
        var answer = await base.GetResponseAsync(messages, options, cancellationToken);
        return new ChatResponse(answer.Messages) { ResponseId = answer.ResponseId, Usage = answer.Usage, FinishReason = answer.FinishReason, RawRepresentation = answer };
    }

    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        Activity.Current?.SetTag(Vocabulary.GenAi.OperationName, Vocabulary.GenAi.OperationInvokeAgent);
        await foreach (var update in base.GetStreamingResponseAsync(messages, options, cancellationToken))
        {
            yield return new ChatResponseUpdate(update.Role, update.Contents) { ResponseId = update.ResponseId, MessageId = update.MessageId, RawRepresentation = update };
        }
    }

    public override object? GetService(Type serviceType, object? serviceKey = null) => hides ? null : base.GetService(serviceType, serviceKey);
}
