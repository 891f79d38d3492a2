using LlmTelemetry.TestKit;

namespace LlmTelemetry.CostExporter.Tests;

public sealed class RedisReceiverTests : RealStoreReceiverTests, IAsyncLifetime
{
    private RedisServer? _redis;

    private protected override string Address => _redis!.Address;

    [Fact]
    public async Task What_Redis_forgot_when_it_was_killed_is_booked_anew()
    {
        await using var redis = await RedisServer.StartAsync("--appendonly", "no");
        await using var ledger = new RealLedger(redis.Address, "r");
        await using var receiver = await ledger.ReceiverAsync();
        var calls = Enumerable.Range(0, 300).Select(i => Calls.Make(user: $"u{i}", at: ledger.Now)).ToArray();
        Assert.True((await receiver.ReceiveAsync(ReceiverUnderTest.Of(calls), Token)).IsBooked);

        await redis.KillAsync();
        await redis.RestartAsync("--appendonly", "no");

        var next = Calls.Make(user: "next", at: ledger.Now);
        await Eventually.HoldsAsync(async () => (await receiver.ReceiveAsync(ReceiverUnderTest.Of(next), Token)).IsBooked, "what comes after it is booked");
        await Eventually.HoldsAsync(async () => await ledger.CountAsync() == 301, "all is there again", TimeSpan.FromMinutes(1));
        await ledger.HoldsAsync([.. calls, next]);
    }

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
