using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.Instrumentation.Tests.Pipelines;

/// <summary>
/// Behaves as Microsoft.Extensions.AI's caching clients: keeps whole answers, plays them back as updates where a stream is asked for, and knows
/// nothing of usage, so that a hit reports the stored one again. Conversations that the provider keeps are not cached.
/// </summary>
internal class CachingLike(IChatClient inner) : DelegatingChatClient(inner)
{
    private readonly Dictionary<(bool, string), object> _kept = [];

    public override async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var key = (false, Text(messages));
        if (_kept.TryGetValue(key, out var kept))
        {
            return Load(kept);
        }

        var response = await base.GetResponseAsync(messages, options, cancellationToken);
        _kept[key] = Keep(response);
        return response;
    }

    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        var key = (true, Text(messages));
        if (_kept.TryGetValue(key, out var kept))
        {
            foreach (var update in Load(kept).ToChatResponseUpdates())
            {
                yield return update;
            }

            yield break;
        }

        List<ChatResponseUpdate> updates = [];
        await foreach (var update in base.GetStreamingResponseAsync(messages, options, cancellationToken))
        {
            updates.Add(update);
            yield return update;
        }

        _kept[key] = Keep(updates.ToChatResponse());
    }

    /// <summary>In memory: the very object.</summary>
    protected virtual object Keep(ChatResponse response) => response;

    protected virtual ChatResponse Load(object kept) => (ChatResponse)kept;

    private static string Text(IEnumerable<ChatMessage> messages) => string.Join('\n', messages.SelectMany(message => message.Contents).Select(content => content switch
    {
        FunctionResultContent result => "result " + result.Result,
        FunctionCallContent call => "call " + call.Name,
        _ => content.ToString(),
    }));
}

/// <summary>The same, kept as JSON.</summary>
internal sealed class SerializingCachingLike(IChatClient inner) : CachingLike(inner)
{
    protected override object Keep(ChatResponse response) => JsonSerializer.SerializeToUtf8Bytes(response, AIJsonUtilities.DefaultOptions);

    protected override ChatResponse Load(object kept) => JsonSerializer.Deserialize<ChatResponse>((byte[])kept, AIJsonUtilities.DefaultOptions)!;
}
