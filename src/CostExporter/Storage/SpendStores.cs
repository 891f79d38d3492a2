namespace LlmTelemetry.CostExporter;

/// <summary>Makes the store that an address names; nothing is connected yet.</summary>
internal static class SpendStores
{
    public static ISpendStore Create(StoreAddress address, StoreSettings settings) =>
        address.Redis is { } redis
            ? new RedisSpendStore(redis, settings)
            : new SqliteSpendStore(address.File, settings);
}
