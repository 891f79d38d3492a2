using System.Globalization;
using LlmTelemetry.TestKit;
using StackExchange.Redis;

namespace LlmTelemetry.Benchmarks;

/// <summary>
/// What this project started from: each call increments one counter of its user and model and renews its expiry. It keeps one number where
/// the exporter keeps eight in three grains, and loses or doubles it when an answer is lost; it is here for its speed only.
/// </summary>
internal sealed class NaiveCounters : IAsyncDisposable
{
    private const int Window = 1_000;
    private static readonly TimeSpan Retention = TimeSpan.FromDays(400);

    private readonly ConnectionMultiplexer _connection;
    private readonly IDatabase _database;
    private readonly RedisKey[] _keys;

    private NaiveCounters(ConnectionMultiplexer connection, int keys)
    {
        _connection = connection;
        _database = connection.GetDatabase();
        _keys = [.. Enumerable.Range(0, keys).Select(n => (RedisKey)string.Create(CultureInfo.InvariantCulture, $"cost:2026-11-22:user-{n / 10:D6}:model-{n % 10}"))];
    }

    public static async Task<NaiveCounters> ConnectAsync(RedisServer redis, int keys)
    {
        var connection = await ConnectionMultiplexer.ConnectAsync($"127.0.0.1:{redis.Port.ToString(CultureInfo.InvariantCulture)}");
        return new NaiveCounters(connection, keys);
    }

    /// <summary>Each command awaited before the next one is sent.</summary>
    public async Task AwaitedAsync(int calls)
    {
        for (var i = 0; i < calls; i++)
        {
            await _database.StringIncrementAsync(_keys[i % _keys.Length], 9_090_000);
            await _database.KeyExpireAsync(_keys[i % _keys.Length], Retention);
        }
    }

    /// <summary>A thousand calls on the way at once.</summary>
    public async Task PipelinedAsync(int calls)
    {
        var window = new Task[2 * Window];
        for (var i = 0; i < calls; i += Window)
        {
            for (var j = 0; j < Window; j++)
            {
                window[2 * j] = _database.StringIncrementAsync(_keys[(i + j) % _keys.Length], 9_090_000);
                window[(2 * j) + 1] = _database.KeyExpireAsync(_keys[(i + j) % _keys.Length], Retention);
            }

            await Task.WhenAll(window);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _connection.CloseAsync();
        ((IDisposable)_connection).Dispose();
    }
}
