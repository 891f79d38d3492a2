using Anthropic;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.Quickstart;

/// <summary>The official SDK's chat client, on the way to the provider where there is an API key, else to <see cref="LoopbackProvider"/>.</summary>
internal sealed class ProviderConnection : IAsyncDisposable
{
    private readonly AnthropicClient _anthropic;
    private readonly LoopbackProvider? _loopback;

    private ProviderConnection(AnthropicClient anthropic, Models models, LoopbackProvider? loopback)
    {
        _anthropic = anthropic;
        _loopback = loopback;
        Models = models;
    }

    public Models Models { get; }

    /// <summary>Who answers, for the reader.</summary>
    public string Description => _loopback is null
        ? "the provider itself (ANTHROPIC_API_KEY is set): a few cents at most"
        : $"a loopback endpoint at {_loopback.Address} that answers as the provider does (set ANTHROPIC_API_KEY to talk to the provider)";

    /// <summary>How many requests reached the loopback endpoint; null where it was not asked.</summary>
    public int? RequestsSeen => _loopback?.Requests.Count;

    public static async Task<ProviderConnection> OpenAsync(CancellationToken cancellationToken)
    {
        if (!string.IsNullOrEmpty(Environment.GetEnvironmentVariable("ANTHROPIC_API_KEY")))
        {
            // The SDK reads the key itself. Without retries a call that fails is one call.
            return new(new AnthropicClient { MaxRetries = 0 }, Models.Live, null);
        }

        var loopback = await LoopbackProvider.StartAsync(ScriptedAnswers.To, cancellationToken);
        var client = new AnthropicClient
        {
            ApiKey = "not-needed-here",
            BaseUrl = loopback.Address,
            MaxRetries = 0,
            // A company's proxy does not know the way to this machine's loopback address.
            HttpClient = new HttpClient(new SocketsHttpHandler { UseProxy = false }),
        };
        return new(client, Models.Loopback, loopback);
    }

    public IChatClient CreateChatClient() => _anthropic.AsIChatClient();

    public async ValueTask DisposeAsync()
    {
        _anthropic.Dispose();
        if (_loopback is not null)
        {
            await _loopback.DisposeAsync();
        }
    }
}
