using System.Net;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.Demo;

/// <summary>A provider's client that answers as the plan says, in the time that the plan says.</summary>
/// <param name="provider">Its name.</param>
/// <param name="wait">Lets time pass.</param>
internal sealed class ScriptedProvider(string provider, Func<TimeSpan, CancellationToken, Task> wait) : IChatClient
{
    private const int Chunks = 8;

    private static readonly AsyncLocal<PlannedCall?> Call = new();

    private readonly ChatClientMetadata _metadata = new(provider);

    /// <summary>The call that the caller makes next: the provider knows how it will go.</summary>
    public static PlannedCall Next
    {
        private get => Call.Value ?? throw new InvalidOperationException("Nothing is planned.");
        set => Call.Value = value;
    }

    public async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var call = Next;
        if (Failure(call) is { } failure)
        {
            await wait(call.ToFirstChunk, cancellationToken);
            throw failure;
        }

        await wait(call.Duration, cancellationToken);
        return new(new ChatMessage(ChatRole.Assistant, "Done.")) { ModelId = call.Feature.Answering, Usage = UsageOf(call), FinishReason = ChatFinishReason.Stop };
    }

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var call = Next;
        await wait(call.ToFirstChunk, cancellationToken);
        if (Failure(call) is { } failure)
        {
            throw failure;
        }

        for (var i = 0; i < Chunks; i++)
        {
            yield return new(ChatRole.Assistant, "word ") { ModelId = call.Feature.Answering };
            await wait((call.Duration - call.ToFirstChunk) / Chunks, cancellationToken);
        }

        yield return new(ChatRole.Assistant, [new UsageContent(UsageOf(call))]) { ModelId = call.Feature.Answering, FinishReason = ChatFinishReason.Stop };
    }

    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceKey is not null ? null : serviceType == typeof(ChatClientMetadata) ? _metadata : serviceType.IsInstanceOfType(this) ? this : null;

    public void Dispose()
    {
    }

    private static Exception? Failure(PlannedCall call) => call.Ending switch
    {
        Ending.RateLimited => new HttpRequestException("Slow down.", null, HttpStatusCode.TooManyRequests),
        Ending.Overloaded => new HttpRequestException("Too much to do.", null, call.Feature.Provider == "anthropic" ? (HttpStatusCode)529 : HttpStatusCode.ServiceUnavailable),
        Ending.ServerError => new HttpRequestException("Something broke.", null, HttpStatusCode.InternalServerError),
        Ending.TimedOut => new TimeoutException("No answer in time."),
        _ => null,
    };

    private static UsageDetails UsageOf(PlannedCall call) => new()
    {
        InputTokenCount = call.Input,
        OutputTokenCount = call.Output,
        TotalTokenCount = call.Input + call.Output,

        // More from the cache than was sent: no sense can be made of that.
        CachedInputTokenCount = call.Ending == Ending.Inconsistent ? call.Input + 500 : call.CacheRead,
        ReasoningTokenCount = call.Reasoning,
    };
}
