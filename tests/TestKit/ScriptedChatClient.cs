using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.TestKit;

/// <summary>A chat client that answers as the test says, and remembers what it was sent.</summary>
public sealed class ScriptedChatClient : IChatClient
{
    public ChatClientMetadata Metadata { get; set; } = new("openai", new Uri("https://api.openai.com/v1"), "gpt-4o-mini");

    public Func<ChatOptions?, CancellationToken, Task<ChatResponse>> OnResponse { get; set; } = (_, _) => Task.FromResult(Answer());

    public Func<ChatOptions?, CancellationToken, IAsyncEnumerable<ChatResponseUpdate>> OnStream { get; set; } = (_, _) => Stream(Text("Hi"));

    public List<ChatOptions?> SeenOptions { get; } = [];

    public bool IsDisposed { get; private set; }

    public static ChatResponse Answer(UsageDetails? usage = null, string? model = "gpt-4o-mini-2024-07-18", string? id = null) =>
        new(new ChatMessage(ChatRole.Assistant, "Hi")) { ModelId = model, ResponseId = id, Usage = usage, FinishReason = ChatFinishReason.Stop };

    public static ChatResponseUpdate Text(string text, string? model = "gpt-4o-mini-2024-07-18") => new(ChatRole.Assistant, text) { ModelId = model };

    public static ChatResponseUpdate Usage(UsageDetails usage) => new(ChatRole.Assistant, [new UsageContent(usage)]);

    /// <summary>The updates one after the other, and then the failure, if there is one.</summary>
    public static IAsyncEnumerable<ChatResponseUpdate> Stream(params ChatResponseUpdate[] updates) => StreamThen(null, updates);

    public static async IAsyncEnumerable<ChatResponseUpdate> StreamThen(
        Exception? failure, ChatResponseUpdate[] updates, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        foreach (var update in updates)
        {
            cancellationToken.ThrowIfCancellationRequested();
            yield return update;
        }

        if (failure is not null)
        {
            await Task.Yield();
            throw failure;
        }
    }

    public Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        Remember(options);
        return OnResponse(options, cancellationToken);
    }

    public IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        Remember(options);
        return OnStream(options, cancellationToken);
    }

    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is not null ? null : serviceType == typeof(ChatClientMetadata) ? Metadata : serviceType.IsInstanceOfType(this) ? this : null;

    public void Dispose() => IsDisposed = true;

    private void Remember(ChatOptions? options)
    {
        lock (SeenOptions)
        {
            SeenOptions.Add(options);
        }
    }
}
