using Microsoft.Extensions.AI;

namespace LlmTelemetry.EndToEnd.Tests.Watching.Applications;

/// <summary>A cache of the application's own: asks once, and answers the same ever after.</summary>
internal sealed class RememberedAnswers(IChatClient inner) : DelegatingChatClient(inner)
{
    private ChatResponse? _answer;

    public override async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        _answer ??= await base.GetResponseAsync(messages, options, cancellationToken);
}
