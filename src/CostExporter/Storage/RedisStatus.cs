using StackExchange.Redis;

namespace LlmTelemetry.CostExporter;

/// <summary>Says what an operator should know of a Redis. What its commands do not tell (hosted servers and ACL users may not ask) is not said.</summary>
internal static class RedisStatus
{
    /// <summary>See <see cref="ISpendStore.StatusAsync"/>.</summary>
    public static async Task<StoreStatus?> ReadAsync(RedisConnection connection, Keys keys, CancellationToken cancellationToken)
    {
        var settings = await connection.CallAsync(
            redis => redis.HashGetAsync(keys.Settings, new RedisValue[] { StoreIdentity.SchemaName, StoreIdentity.TimeZoneName }), cancellationToken).ConfigureAwait(false);
        var servers = await connection.AskEachAsync(RedisInfo.ReadAsync, cancellationToken).ConfigureAwait(false);
        var clock = await ClockAsync(connection, cancellationToken).ConfigureAwait(false);
        var concerns = new List<string>();
        foreach (var (server, info) in servers)
        {
            // In a Cluster each node is set up on its own.
            concerns.AddRange(RedisConcerns.Of(info).Select(concern => servers.Count == 1 ? concern : $"{server}: {concern}"));
        }

        long[] bytes = [.. servers.Select(server => server.Answer.Number("used_memory")).OfType<long>()];
        return new StoreStatus(
            $"Redis {servers.Select(server => server.Answer["redis_version"]).FirstOrDefault(version => version is not null) ?? "of a version that it does not say"}",
            clock,
            settings[0],
            settings[1],
            bytes.Length == 0 ? null : bytes.Sum(),
            concerns);
    }

    private static async Task<DateTimeOffset?> ClockAsync(RedisConnection connection, CancellationToken cancellationToken)
    {
        try
        {
            var clock = (long[]?)await connection.CallAsync(redis => redis.ExecuteAsync("TIME"), cancellationToken).ConfigureAwait(false);
            return clock is [var seconds, var micros] ? DateTimeOffset.FromUnixTimeSeconds(seconds).AddTicks(micros * TimeSpan.TicksPerMicrosecond) : null;
        }
        catch (RedisServerException)
        {
            // It may not be asked.
            return null;
        }
    }
}
