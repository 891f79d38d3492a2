using StackExchange.Redis;

namespace LlmTelemetry.CostExporter;

/// <summary>Keeps names in a day's hash of users without what they spent: the day's hours are found by them.</summary>
internal static class RedisNames
{
    private static readonly string Script = StoreScript.Read("names.lua");

    /// <summary>Names users that are not there.</summary>
    public static Task AddAsync(RedisConnection connection, string hash, IEnumerable<string> users, CancellationToken cancellationToken) =>
        connection.RunAsync(Script, [hash], [0, .. users.Select(user => (RedisValue)user)], cancellationToken);

    /// <summary>Takes what users spent.</summary>
    public static Task BareAsync(RedisConnection connection, string hash, IEnumerable<string> users, CancellationToken cancellationToken) =>
        connection.RunAsync(Script, [hash], [1, .. users.Select(user => (RedisValue)user)], cancellationToken);
}
