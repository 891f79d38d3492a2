namespace LlmTelemetry.CostExporter;

/// <summary>Takes out of a Redis what is to be kept no longer. No key is looked for: partitions, periods and users name them all.</summary>
internal static class RedisErasure
{
    /// <summary>See <see cref="ISpendStore.EraseUserAsync"/>.</summary>
    public static Task<long> EraseUserAsync(RedisConnection connection, Keys keys, SpendPeriods periods, string user, CancellationToken cancellationToken) =>
        new RedisUserErasure(connection, keys, periods, user).RunAsync(cancellationToken);

    /// <summary>See <see cref="ISpendStore.ClearAsync"/>.</summary>
    public static Task ClearAsync(RedisConnection connection, Keys keys, SpendPeriods periods, CancellationToken cancellationToken) =>
        new RedisRemoval(connection, keys, periods).ClearAsync(cancellationToken);

    /// <summary>See <see cref="ISpendStore.PruneAsync"/>.</summary>
    public static Task<long> PruneAsync(RedisConnection connection, Keys keys, SpendPeriods periods, SpendGrain grain, DateOnly before, CancellationToken cancellationToken) =>
        new RedisRemoval(connection, keys, periods).PruneAsync(grain, before, cancellationToken);

    /// <summary>The partitions that may have rows.</summary>
    public static async Task<string[]> PartitionsAsync(RedisConnection connection, Keys keys, CancellationToken cancellationToken) =>
        [.. (await connection.CallAsync(redis => redis.SortedSetRangeByRankAsync(keys.Partitions), cancellationToken).ConfigureAwait(false)).Select(partition => ((string?)partition)!)];
}
