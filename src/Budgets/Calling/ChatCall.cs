using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.Budgets;

/// <summary>A chat.</summary>
/// <param name="client">The client inside.</param>
/// <param name="messages">The messages.</param>
/// <param name="options">The caller's options.</param>
internal sealed class ChatCall(IChatClient client, IEnumerable<ChatMessage> messages, ChatOptions? options)
    : BudgetedCall, ISingleCall<ChatResponse>, IStreamedCall<ChatResponseUpdate>
{
    private IEnumerable<ChatMessage> _messages = messages;
    private ChatOptions? _options = options;

    public override AdditionalPropertiesDictionary? Properties => _options?.AdditionalProperties;

    public override string? Model => _options?.ModelId;

    public override CallSize Measure(CallEstimates estimates, string? model)
    {
        // A sequence that is no list may be walked only once, so this walks it, and hands on a copy.
        if (_messages is not IReadOnlyList<ChatMessage> prompt)
        {
            _messages = prompt = [.. _messages];
        }

        var tokens = estimates.OfPrompt(prompt, _options, model);
        var usage = default(CallUsage);
        usage[UsageBucket.Input] = estimates.Correct(model, tokens);

        // Below 0 servers take for "no limit".
        usage[UsageBucket.Output] = _options?.MaxOutputTokens is >= 0 and var most ? most : estimates.Options.AssumedOutputTokens;
        var taught = CallEstimates.Teaches(prompt, _options) ? tokens : 0;
        return new CallSize(usage, taught, ToolCalls: _options?.Tools is { Count: > 0 } ? 1 : 0, AudioSeconds: CallEstimates.HasAudio(prompt) ? 1 : 0, MayCache: true);
    }

    public override bool TryCap(int outputTokens)
    {
        _options = _options?.Clone() ?? new ChatOptions();
        _options.MaxOutputTokens = outputTokens;
        return true;
    }

    public override bool TrySwitch(string model)
    {
        _options = _options?.Clone() ?? new ChatOptions();
        _options.ModelId = model;
        return true;
    }

    public Task<ChatResponse> SendAsync(CancellationToken cancellationToken) => client.GetResponseAsync(_messages, _options, cancellationToken);

    public IAsyncEnumerable<ChatResponseUpdate> Open(CancellationToken cancellationToken) => client.GetStreamingResponseAsync(_messages, _options, cancellationToken);

    public void Read(ChatResponse answer, AnswerSeen seen)
    {
        seen.IsInBackground = answer.ContinuationToken is not null;
        foreach (var message in answer.Messages)
        {
            seen.Add(message.Contents);
        }
    }

    public void Read(ChatResponseUpdate update, AnswerSeen seen)
    {
        seen.IsInBackground = update.ContinuationToken is not null;
        seen.Add(update.Contents);
    }
}
