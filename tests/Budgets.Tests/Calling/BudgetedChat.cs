using LlmTelemetry.Instrumentation;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.Budgets.Tests;

/// <summary>A scripted client, tracked, with budgets around it.</summary>
internal sealed class BudgetedChat : IDisposable
{
    public BudgetedChat(Action<UsageTrackingOptions>? configure = null)
    {
        Gate.Options.TimeProvider = Time;
        Tracked = Inner.UseUsageTracking(options =>
        {
            options.Hub = Hub;
            options.TimeProvider = Time;
            configure?.Invoke(options);
        });
        Client = ChatClientBudgetExtensions.Wrap(Tracked, Gate);
    }

    public ScriptedChatClient Inner { get; } = new();

    public RecordingGate Gate { get; } = new();

    public UsageHub Hub { get; } = new();

    public ManualTime Time { get; } = new();

    public IChatClient Tracked { get; }

    public IChatClient Client { get; }

    public static UsageDetails Used(long input, long output) => new() { InputTokenCount = input, OutputTokenCount = output, TotalTokenCount = input + output };

    public void Answers(UsageDetails? usage) => Inner.OnResponse = (_, _) => Task.FromResult(ScriptedChatClient.Answer(usage));

    public Task<ChatResponse> AskAsync(string text = "Hello", ChatOptions? options = null, CancellationToken? cancellationToken = null) =>
        Client.GetResponseAsync(text, options, cancellationToken ?? TestContext.Current.CancellationToken);

    public async Task<List<ChatResponseUpdate>> ReadAsync(ChatOptions? options = null)
    {
        List<ChatResponseUpdate> updates = [];
        await foreach (var update in Client.GetStreamingResponseAsync("Hello", options, TestContext.Current.CancellationToken))
        {
            updates.Add(update);
        }

        return updates;
    }

    public void Dispose() => Client.Dispose();
}
