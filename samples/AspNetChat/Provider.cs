using Anthropic;
using LlmTelemetry.Quickstart;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.AspNetChat;

/// <summary>The official SDK's client, on the way to the provider where <c>ANTHROPIC_API_KEY</c> is set, else to an endpoint in this process that answers as the provider does.</summary>
internal sealed class Provider(ILogger<Provider> logger) : IHostedLifecycleService, IAsyncDisposable
{
    private const string Model = "claude-haiku-4-5";

    private LoopbackProvider? _loopback;

    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        if (string.IsNullOrEmpty(Environment.GetEnvironmentVariable("ANTHROPIC_API_KEY")))
        {
            _loopback = await LoopbackProvider.StartAsync(Answer, cancellationToken);
            logger.LogInformation("No ANTHROPIC_API_KEY is set: {Address} answers in the provider's place.", _loopback.Address);
        }
    }

    /// <summary>The tracked client, within the budgets.</summary>
    public IChatClient CreateChatClient(IServiceProvider services)
    {
        var client = _loopback is null
            ? new AnthropicClient()
            : new AnthropicClient { ApiKey = "not-needed-here", BaseUrl = _loopback.Address, HttpClient = new HttpClient(new SocketsHttpHandler { UseProxy = false }) };
        return client.AsIChatClient(Model).UseUsageTracking(services).UseBudgets(services);
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public ValueTask DisposeAsync() => _loopback?.DisposeAsync() ?? ValueTask.CompletedTask;

    // The tokens are counted as a provider's bill would roughly have them: four characters each. Longer than it may be, no answer gets.
    private static Answer Answer(MessagesRequest request)
    {
        var text = $"You said: {request.Question} I have nothing to add, but I count every token.";
        text = text[..Math.Min(text.Length, 4 * Chat.MostOutputTokens)];
        return new Answer(text, CostCalculator.TokensOf(request.Question), CostCalculator.TokensOf(text));
    }
}
