using LlmTelemetry.TestKit;

namespace LlmTelemetry.CostExporter.Tests;

public sealed class RedisReceiverTests : RealStoreReceiverTests, IAsyncLifetime
{
    private RedisServer? _redis;

    private protected override string Address => _redis!.Address;

    public async ValueTask InitializeAsync() => _redis = await RedisServer.StartAsync();

    public async ValueTask DisposeAsync()
    {
        if (_redis is not null)
        {
            await _redis.DisposeAsync();
        }
    }
}

public sealed class SqliteReceiverTests : RealStoreReceiverTests, IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-receiver-");

    private protected override string Address => $"sqlite:{Path.Combine(_folder.FullName, "spend.db")}";

    public void Dispose() => _folder.Delete(recursive: true);
}
