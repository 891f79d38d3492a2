using Microsoft.Extensions.AI;

namespace LlmTelemetry.Aot;

/// <summary>Stands in for a provider: 1,000 tokens in, 100 out.</summary>
internal sealed class FixedChatClient : IChatClient
{
    private static readonly ChatClientMetadata Metadata = new("openai", new Uri("https://api.openai.com/v1"), "gpt-4o-mini");

    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        Task.FromResult(new ChatResponse(new ChatMessage(ChatRole.Assistant, "Hello")) { ModelId = "gpt-4o-mini", Usage = Usage() });

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.Yield();
        yield return new ChatResponseUpdate(ChatRole.Assistant, "Hello") { ModelId = "gpt-4o-mini" };
        yield return new ChatResponseUpdate(ChatRole.Assistant, [new UsageContent(Usage())]);
    }

    public object? GetService(Type serviceType, object? serviceKey = null) => serviceType == typeof(ChatClientMetadata) ? Metadata : null;

    public void Dispose()
    {
    }

    private static UsageDetails Usage() => new() { InputTokenCount = 1_000, OutputTokenCount = 100, TotalTokenCount = 1_100 };
}
