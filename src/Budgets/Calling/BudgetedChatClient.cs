using Microsoft.Extensions.AI;

namespace LlmTelemetry.Budgets;

/// <summary>Holds room for each call of the client inside it, and settles it afterwards. Fetching an earlier answer, which was a call already, holds nothing.</summary>
/// <param name="inner">The client; tracked.</param>
/// <param name="calls">Makes its calls.</param>
internal sealed class BudgetedChatClient(IChatClient inner, BudgetedCalls calls) : DelegatingChatClient(inner)
{
    /// <inheritdoc/>
    public override Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        messages is null || options?.ContinuationToken is not null
            ? InnerClient.GetResponseAsync(messages!, options, cancellationToken)
            : calls.RunAsync<ChatCall, ChatResponse>(new ChatCall(InnerClient, messages, options), cancellationToken);

    /// <inheritdoc/>
    public override IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        messages is null || options?.ContinuationToken is not null
            ? InnerClient.GetStreamingResponseAsync(messages!, options, cancellationToken)
            : calls.Stream<ChatCall, ChatResponseUpdate>(() => new ChatCall(InnerClient, messages, options), cancellationToken);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            calls.Dispose();
        }

        base.Dispose(disposing);
    }
}
