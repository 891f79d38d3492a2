namespace LlmTelemetry.TestKit;

/// <summary>One real Redis for the tests of a class, each with a key prefix of its own. Starts when first asked to: a fixture that is made cannot skip a test.</summary>
public sealed class SharedRedis : IAsyncDisposable
{
    private RedisServer? _server;

    public RedisServer Server => _server ?? throw new InvalidOperationException("Not started.");

    public string Address => Server.Address;

    public async Task StartAsync() => _server ??= await RedisServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }
}
