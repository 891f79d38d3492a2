using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.Instrumentation.Tests.Pipelines;

/// <summary>Behaves as Microsoft.Extensions.AI's ReducingChatClient with a reducer that lets a model of its own sum the messages up first.</summary>
internal sealed class ReducingLike(IChatClient inner, IChatClient summarizer) : DelegatingChatClient(inner)
{
    public override async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        await summarizer.GetResponseAsync(messages, cancellationToken: cancellationToken);
        return await base.GetResponseAsync(messages, options, cancellationToken);
    }

    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await summarizer.GetResponseAsync(messages, cancellationToken: cancellationToken);
        await foreach (var update in base.GetStreamingResponseAsync(messages, options, cancellationToken))
        {
            yield return update;
        }
    }
}
