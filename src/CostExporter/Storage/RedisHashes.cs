using StackExchange.Redis;

namespace LlmTelemetry.CostExporter;

/// <summary>Reads the names of a hash's fields in steps, because reading a large hash at once keeps the server from everybody else.</summary>
internal static class RedisHashes
{
    private const int AtOnce = 1000;

    /// <param name="connection">The connection.</param>
    /// <param name="key">The hash.</param>
    /// <param name="startsWith">What the names start with; empty for all.</param>
    /// <param name="cancellationToken">Stops the reading.</param>
    public static async Task<IReadOnlyCollection<string>> FieldsAsync(RedisConnection connection, string key, string startsWith, CancellationToken cancellationToken)
    {
        // A field may come twice while the hash grows.
        var fields = new HashSet<string>(StringComparer.Ordinal);
        var cursor = "0";
        do
        {
            var reply = await connection.CallAsync(
                redis => redis.ExecuteAsync("HSCAN", (RedisKey)key, cursor, "MATCH", Pattern(startsWith), "COUNT", AtOnce), cancellationToken).ConfigureAwait(false);
            var page = ((RedisResult[]?)reply)!;
            cursor = ((string?)page[0])!;
            var pairs = ((RedisValue[]?)page[1])!;
            for (var i = 0; i < pairs.Length; i += 2)
            {
                fields.Add(((string?)pairs[i])!);
            }
        }
        while (cursor != "0");

        return fields;
    }

    private static string Pattern(string startsWith) =>
        string.Concat(startsWith.Select(c => c is '*' or '?' or '[' or ']' or '^' or '\\' ? $"\\{c}" : c.ToString())) + "*";
}
