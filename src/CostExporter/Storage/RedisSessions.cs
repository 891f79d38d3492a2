using StackExchange.Redis;

namespace LlmTelemetry.CostExporter;

/// <summary>Reads what sessions spent: one hash each, whose name follows from tenant and session.</summary>
internal static class RedisSessions
{
    private const int TenantsAtOnce = 500;

    public static async Task<IReadOnlyList<StoredSession>> ReadAsync(RedisConnection connection, Keys keys, SessionRead read, CancellationToken cancellationToken)
    {
        var partitions = read.AnyTenant
            ? (await connection.CallAsync(redis => redis.SortedSetRangeByRankAsync(keys.Partitions), cancellationToken).ConfigureAwait(false)).Select(partition => ((string?)partition)!).ToArray()
            : [Keys.Partition(read.Tenant)];
        var sessions = new List<StoredSession>();
        foreach (var some in partitions.Chunk(TenantsAtOnce))
        {
            var hashes = await connection.CallAsync(
                redis => Task.WhenAll(some.Select(partition => redis.HashGetAllAsync(keys.Session(partition, read.Session)))), cancellationToken).ConfigureAwait(false);
            sessions.AddRange(some.Zip(hashes).Where(found => found.Second.Length != 0).Select(found => ToSession(Keys.Tenant(found.First), found.Second)));
        }

        return sessions;
    }

    private static StoredSession ToSession(string? tenant, HashEntry[] hash)
    {
        var (first, last) = (0L, 0L);
        var rows = new List<(SpendKey, SpendMeasures)>();
        var names = new string?[2];
        foreach (var field in hash)
        {
            // The field of a row is never one of these: it starts with what KeyText starts a part with, or with its separator.
            switch ((string?)field.Name)
            {
                case "first":
                    first = (long)field.Value;
                    break;
                case "last":
                    last = (long)field.Value;
                    break;
                case { } text:
                    var measures = new SpendMeasures();
                    PackedMeasures.AddTo(measures, (byte[]?)field.Value);
                    _ = KeyText.Split(text, names);
                    rows.Add((new SpendKey(names[0], names[1], null, null, null), measures));
                    break;
            }
        }

        return new SessionSpan(first, last).ToSession(tenant, rows);
    }
}
