namespace LlmTelemetry.CostExporter;

/// <summary>Says what an operator should know of a Redis.</summary>
internal static class RedisStatus
{
    /// <summary>See <see cref="ISpendStore.StatusAsync"/>.</summary>
    public static Task<StoreStatus?> ReadAsync(RedisConnection connection, Keys keys, CancellationToken cancellationToken) =>
        throw new NotImplementedException($"{connection} {keys} {cancellationToken}");
}
