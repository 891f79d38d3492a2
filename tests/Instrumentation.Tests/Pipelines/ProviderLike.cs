using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.Instrumentation.Tests.Pipelines;

/// <summary>A provider's client: asks for each tool it is given once, then answers; each answer uses more than the one before. Knows what it is owed.</summary>
internal sealed class ProviderLike : IChatClient
{
    // gpt-4o-mini: 0.15 and 0.60 USD per million tokens.
    private const long PicoPerInput = 150_000;
    private const long PicoPerOutput = 600_000;

    private readonly Lock _gate = new();

    public bool WithIds { get; init; } = true;

    /// <summary>How many of the first calls fail.</summary>
    public int Failures { get; init; }

    /// <summary>The one that is asked for by default.</summary>
    public string Model { get; init; } = "gpt-4o-mini";

    public int Calls { get; private set; }

    public long Input { get; private set; }

    public long Output { get; private set; }

    public Int128 Owed => ((Int128)Input * PicoPerInput) + ((Int128)Output * PicoPerOutput);

    public async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        await Task.Yield();
        return Answer(messages, options);
    }

    public async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await Task.Yield();
        foreach (var update in Answer(messages, options).ToChatResponseUpdates())
        {
            yield return update;
            await Task.Yield();
        }
    }

    public object? GetService(Type serviceType, object? serviceKey = null) =>
        serviceType == typeof(ChatClientMetadata) ? new ChatClientMetadata("openai", new Uri("https://api.openai.com/v1"), Model) : serviceType.IsInstanceOfType(this) ? this : null;

    public void Dispose()
    {
    }

    private ChatResponse Answer(IEnumerable<ChatMessage> messages, ChatOptions? options)
    {
        int number;
        UsageDetails usage;
        lock (_gate)
        {
            number = ++Calls;
            if (number <= Failures)
            {
                throw new HttpRequestException("Too many requests", null, System.Net.HttpStatusCode.TooManyRequests);
            }

            usage = new UsageDetails { InputTokenCount = 100 * number, OutputTokenCount = 10 + number, TotalTokenCount = 100 * number + 10 + number };
            Input += 100 * number;
            Output += 10 + number;
        }

        var done = messages.SelectMany(message => message.Contents).OfType<FunctionResultContent>().Count();
        var tools = options?.Tools?.OfType<AIFunction>().ToArray() ?? [];
        AIContent content = done < tools.Length ? new FunctionCallContent($"call-{number}", tools[done].Name) : new TextContent("Hi");
        return new ChatResponse(new ChatMessage(ChatRole.Assistant, [content]))
        {
            ModelId = Model,
            ResponseId = WithIds ? $"resp-{number}" : null,
            Usage = usage,
            FinishReason = ChatFinishReason.Stop,
        };
    }
}
