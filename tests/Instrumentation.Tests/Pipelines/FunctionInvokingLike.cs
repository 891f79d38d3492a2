using System.Diagnostics;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.Instrumentation.Tests.Pipelines;

/// <summary>
/// Behaves as Microsoft.Extensions.AI's FunctionInvokingChatClient: asks again until the model wants no more tools, adds what that used to the first
/// answer's own usage, hands out the last answer's object, opens spans by the source of the client inside.
/// </summary>
internal sealed class FunctionInvokingLike(IChatClient inner) : DelegatingChatClient(inner)
{
    private readonly ActivitySource? _source = inner.GetService<ActivitySource>();

    public override async Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        using var span = _source?.StartActivity("orchestrate_tools");
        List<ChatMessage> history = [.. messages];
        List<ChatMessage> answered = [];
        UsageDetails? total = null;
        while (true)
        {
            var response = await base.GetResponseAsync(history, options, cancellationToken);
            answered.AddRange(response.Messages);
            if (response.Usage is not null)
            {
                if (total is null)
                {
                    total = response.Usage; // Not a copy.
                }
                else
                {
                    total.Add(response.Usage);
                }
            }

            var results = await InvokeAsync(response.Messages.SelectMany(message => message.Contents), options, cancellationToken);
            if (results is null)
            {
                response.Messages = answered;
                response.Usage = total;
                return response;
            }

            history.AddRange([.. response.Messages, results]);
            answered.Add(results);
        }
    }

    public override async IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        using var span = _source?.StartActivity("orchestrate_tools");
        List<ChatMessage> history = [.. messages];
        while (true)
        {
            List<ChatResponseUpdate> updates = [];
            await foreach (var update in base.GetStreamingResponseAsync(history, options, cancellationToken))
            {
                updates.Add(update);
                yield return update;
                Activity.Current = span; // As the real one does: a yield loses it.
            }

            var results = await InvokeAsync(updates.SelectMany(update => update.Contents), options, cancellationToken);
            if (results is null)
            {
                yield break;
            }

            history.AddRange([.. updates.ToChatResponse().Messages, results]);
            yield return new ChatResponseUpdate(ChatRole.Tool, results.Contents);
            Activity.Current = span;
        }
    }

    private async Task<ChatMessage?> InvokeAsync(IEnumerable<AIContent> contents, ChatOptions? options, CancellationToken cancellationToken)
    {
        var asked = contents.OfType<FunctionCallContent>().ToArray();
        if (asked.Length == 0)
        {
            return null;
        }

        List<AIContent> results = [];
        foreach (var call in asked)
        {
            using var span = _source?.StartActivity("execute_tool " + call.Name);
            var tool = options!.Tools!.OfType<AIFunction>().Single(tool => tool.Name == call.Name);
            results.Add(new FunctionResultContent(call.CallId, await tool.InvokeAsync(cancellationToken: cancellationToken)));
        }

        return new ChatMessage(ChatRole.Tool, results);
    }
}
