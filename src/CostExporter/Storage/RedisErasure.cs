namespace LlmTelemetry.CostExporter;

/// <summary>Takes out of a Redis what is to be kept no longer.</summary>
internal static class RedisErasure
{
    /// <summary>See <see cref="ISpendStore.EraseUserAsync"/>.</summary>
    public static Task<long> EraseUserAsync(RedisConnection connection, Keys keys, SpendPeriods periods, string user, CancellationToken cancellationToken) =>
        throw new NotImplementedException($"{connection} {keys} {periods} {user} {cancellationToken}");

    /// <summary>See <see cref="ISpendStore.ClearAsync"/>.</summary>
    public static Task ClearAsync(RedisConnection connection, Keys keys, SpendPeriods periods, CancellationToken cancellationToken) =>
        throw new NotImplementedException($"{connection} {keys} {periods} {cancellationToken}");

    /// <summary>See <see cref="ISpendStore.PruneAsync"/>.</summary>
    public static Task<long> PruneAsync(RedisConnection connection, Keys keys, SpendPeriods periods, SpendGrain grain, DateOnly before, CancellationToken cancellationToken) =>
        throw new NotImplementedException($"{connection} {keys} {periods} {grain} {before} {cancellationToken}");
}
