using System.Diagnostics;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.Instrumentation.Tests.Pipelines;

/// <summary>
/// Behaves as Microsoft.Extensions.AI's OpenTelemetryChatClient: a span for each call with the standard names, whose source it hands out; or does not,
/// as clients that were made before that was usual.
/// </summary>
internal sealed class OpenTelemetryLike(IChatClient inner, string sourceName, bool handsOut = true) : DelegatingChatClient(inner)
{
    private readonly ActivitySource _source = new(sourceName);

    public override async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        using var span = Start();
        var response = await base.GetResponseAsync(messages, options, cancellationToken);
        Describe(span, response);
        return response;
    }

    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var span = Start();
        List<ChatResponseUpdate> updates = [];
        await foreach (var update in base.GetStreamingResponseAsync(messages, options, cancellationToken))
        {
            updates.Add(update);
            yield return update;
            if (span is not null)
            {
                Activity.Current = span;
            }
        }

        Describe(span, updates.ToChatResponse());
    }

    public override object? GetService(Type serviceType, object? serviceKey = null) =>
        handsOut && serviceType == typeof(ActivitySource) ? _source : base.GetService(serviceType, serviceKey);

    protected override void Dispose(bool disposing)
    {
        _source.Dispose();
        base.Dispose(disposing);
    }

    private Activity? Start() => _source.StartActivity("chat gpt-4o-mini", ActivityKind.Client)?.AddTag(Vocabulary.GenAi.OperationName, "chat");

    private static void Describe(Activity? span, ChatResponse response) => span?
        .AddTag(Vocabulary.GenAi.UsageInputTokens, response.Usage?.InputTokenCount).AddTag(Vocabulary.GenAi.UsageOutputTokens, response.Usage?.OutputTokenCount);
}
