using System.Globalization;
using System.Text;
using LlmTelemetry.TestKit;
using StackExchange.Redis;

namespace LlmTelemetry.CostExporter.Tests.Storage;

/// <summary>Everything that is in a Redis or a Cluster under some prefix, as text: keys, their kind, and all that they hold.</summary>
internal static class RedisContents
{
    public static async Task<string> DumpAsync(IReadOnlyCollection<int> ports, string prefix)
    {
        var text = new StringBuilder();
        foreach (var key in await KeysAsync(ports, prefix))
        {
            text.Append(key).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>Each key with what it holds, in order.</summary>
    public static async Task<List<string>> KeysAsync(IReadOnlyCollection<int> ports, string prefix)
    {
        var options = new ConfigurationOptions { AbortOnConnectFail = false };
        foreach (var port in ports)
        {
            options.EndPoints.Add("127.0.0.1", port);
        }

        using var client = await ConnectionMultiplexer.ConnectAsync(options);
        var redis = client.GetDatabase();
        var found = new List<string>();
        foreach (RedisKey key in (await Task.WhenAll(ports.Select(port => RedisCluster.KeysAsync(port, prefix)))).SelectMany(keys => keys))
        {
            Assert.True(await redis.KeyTimeToLiveAsync(key) is not null, $"{key} never expires.");
            found.Add($"{key} {await ReadAsync(redis, key)}");
        }

        found.Sort(StringComparer.Ordinal);
        return found;
    }

    private static async Task<string> ReadAsync(IDatabase redis, RedisKey key) => await redis.KeyTypeAsync(key) switch
    {
        RedisType.Hash => string.Join(' ', (await redis.HashGetAllAsync(key)).Select(field => $"{field.Name}={Text(field.Value)}").Order(StringComparer.Ordinal)),
        RedisType.SortedSet => string.Join(' ', (await redis.SortedSetRangeByRankWithScoresAsync(key)).Select(entry => string.Create(CultureInfo.InvariantCulture, $"{entry.Element}={entry.Score}"))),
        RedisType.String => Text(await redis.StringGetAsync(key)),
        RedisType.Set => string.Join(' ', (await redis.SetMembersAsync(key)).Select(member => Text(member)).Order(StringComparer.Ordinal)),
        RedisType.List => string.Join(' ', (await redis.ListRangeAsync(key)).Select(member => Text(member))),
        _ => Flat(await redis.ExecuteAsync("XRANGE", key, "-", "+")),
    };

    private static string Flat(RedisResult result) =>
        result.IsNull ? "" : ((RedisResult[]?)result) is { } parts && parts.Length > 0 && !ReferenceEquals(parts[0], result) ? string.Join(' ', parts.Select(Flat)) : Text((RedisValue)result);

    private static string Text(RedisValue value) => Encoding.Latin1.GetString((byte[]?)value ?? []) + "/" + value;
}
