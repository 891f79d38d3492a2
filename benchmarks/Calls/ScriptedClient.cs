using Microsoft.Extensions.AI;

namespace LlmTelemetry.Benchmarks;

/// <summary>Answers at once with what providers send: id, model, finish reason and usage. The answer is made once, so that the client itself costs next to nothing.</summary>
internal sealed class ScriptedClient : IChatClient
{
    private const int Chunks = 1_000;
    private const string Model = "claude-sonnet-4-5-20250929";

    private readonly ChatClientMetadata _metadata = new("anthropic", new Uri("http://127.0.0.1/"), Model);
    private readonly ChatResponseUpdate[] _updates = [.. Enumerable.Range(0, Chunks).Select(Update)];

    private readonly ChatResponse _response = new(new ChatMessage(ChatRole.Assistant, "Forty-two."))
    {
        ResponseId = "msg_013Zva2CMHLNnXjNJJKqJ2EF",
        ModelId = Model,
        FinishReason = ChatFinishReason.Stop,
        Usage = Usage(),
    };

    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default) =>
        Task.FromResult(_response);

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages,
        ChatOptions? options = null,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.CompletedTask;
        foreach (var update in _updates)
        {
            yield return update;
        }
    }

    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is null && serviceType == typeof(ChatClientMetadata) ? _metadata : null;

    public void Dispose()
    {
    }

    private static ChatResponseUpdate Update(int number)
    {
        var update = new ChatResponseUpdate(ChatRole.Assistant, "word ") { ResponseId = "msg_013Zva2CMHLNnXjNJJKqJ2EF", ModelId = Model };
        if (number == Chunks - 1)
        {
            update.FinishReason = ChatFinishReason.Stop;
            update.Contents.Add(new UsageContent(Usage()));
        }

        return update;
    }

    private static UsageDetails Usage() => new() { InputTokenCount = 1_200, CachedInputTokenCount = 800, OutputTokenCount = 350, TotalTokenCount = 1_550 };
}
