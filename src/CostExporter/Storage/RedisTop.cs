namespace LlmTelemetry.CostExporter;

/// <summary>Reads the lists of what costs the most.</summary>
internal static class RedisTop
{
    /// <summary>See <see cref="ISpendStore.ReadTopAsync"/>.</summary>
    public static Task<IReadOnlyList<SpendAggregate>?> ReadAsync(RedisConnection connection, Keys keys, SpendPeriods periods, TopRead read, CancellationToken cancellationToken) =>
        throw new NotImplementedException($"{connection} {keys} {periods} {read} {cancellationToken}");
}
