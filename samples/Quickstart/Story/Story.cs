using Anthropic.Models.Messages;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.Quickstart;

/// <summary>
/// A morning in a small company. Whoever calls a model here does it through plain Microsoft.Extensions.AI; counting and pricing is the
/// tracking client's work alone.
/// </summary>
internal sealed class Story(IChatClient client, Models models)
{
    public IEnumerable<Step> Steps()
    {
        yield return new("ada", "acme", "support", "an answer", token => AskAsync(models.Medium, Questions.Refund, token));
        yield return new("ada", "acme", "support", "a streamed answer", token => StreamAsync(models.Medium, Questions.Delivery, token));
        yield return new("bob", "acme", "digest", "a smaller model", token => AskAsync(models.Small, Questions.Summary, token));
        yield return new("bob", "acme", "orders", "a tool call: two round trips", UseToolAsync);

        yield return new("cleo", "globex", "handbook", "a long prompt, cached",
            token => AskAsync(models.Medium, Questions.Vacation, token, Cached(Documents.Handbook, Ttl.Ttl5m)));
        yield return new("dan", "globex", "handbook", "the same prompt, from the cache",
            token => StreamAsync(models.Medium, Questions.SickLeave, token, Cached(Documents.Handbook, Ttl.Ttl5m)));
        yield return new("cleo", "globex", "contracts", "a prompt cached for an hour",
            token => AskAsync(models.Large, Questions.Liability, token, Cached(Documents.Contract, Ttl.Ttl1h)));
        yield return new("cleo", "globex", "contracts", "and read again",
            token => AskAsync(models.Large, Questions.Termination, token, Cached(Documents.Contract, Ttl.Ttl1h)));

        yield return new("dan", "globex", "playground", "a new model, on eve's behalf", AskForEveAsync);
        yield return new("dan", "globex", "support", "a call that fails", token => AskAsync(models.Failing, Questions.Overload, token));
        yield return new("ada", "acme", "support", "a stream left half way", AbandonAsync);
    }

    private async Task AskAsync(string model, string question, CancellationToken cancellationToken, ChatMessage? context = null) =>
        await client.GetResponseAsync(Messages(context, question), Options(model), cancellationToken);

    private async Task StreamAsync(string model, string question, CancellationToken cancellationToken, ChatMessage? context = null)
    {
        await foreach (var update in client.GetStreamingResponseAsync(Messages(context, question), Options(model), cancellationToken))
        {
            _ = update.Text; // An app would show it.
        }
    }

    // FunctionInvokingChatClient (package Microsoft.Extensions.AI) does this for you: put UseUsageTracking() inside it, and each round trip counts.
    private async Task UseToolAsync(CancellationToken cancellationToken)
    {
        List<ChatMessage> messages = [new(ChatRole.User, Questions.OrderStatus)];
        var options = Options(models.Medium);
        options.Tools = [OrderTool.Function];

        var response = await client.GetResponseAsync(messages, options, cancellationToken);
        messages.AddRange(response.Messages);
        foreach (var call in response.Messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>())
        {
            var result = await OrderTool.Function.InvokeAsync(new(call.Arguments), cancellationToken);
            messages.Add(new(ChatRole.Tool, [new FunctionResultContent(call.CallId, result)]));
        }

        await client.GetResponseAsync(messages, options, cancellationToken);
    }

    // One call's own options beat the scope around it. The keys are taken out before the provider sees the request.
    private async Task AskForEveAsync(CancellationToken cancellationToken)
    {
        var options = Options(models.Unpriced);
        options.AdditionalProperties = new() { ["llm.user"] = "eve" };
        await client.GetResponseAsync(Questions.Poem, options, cancellationToken);
    }

    // Providers tell at a stream's end what it used. Who leaves before pays all the same, so the call counts with what was known by then: "partial".
    private async Task AbandonAsync(CancellationToken cancellationToken)
    {
        await foreach (var update in client.GetStreamingResponseAsync(Questions.Essay, Options(models.Medium), cancellationToken))
        {
            if (update.Text.Length > 0)
            {
                break;
            }
        }
    }

    private ChatOptions Options(string model) => new() { ModelId = model, MaxOutputTokens = models.MaxOutputTokens };

    private static ChatMessage Cached(string document, Ttl lifetime) => new(ChatRole.System, [new TextContent(document).WithCacheControl(lifetime)]);

    private static IEnumerable<ChatMessage> Messages(ChatMessage? context, string question) =>
        context is null ? [new(ChatRole.User, question)] : [context, new(ChatRole.User, question)];
}
