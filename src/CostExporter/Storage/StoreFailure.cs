using StackExchange.Redis;

namespace LlmTelemetry.CostExporter;

/// <summary>What an exception of a store means to whoever knows no store's client.</summary>
internal static class StoreFailure
{
    /// <summary>Whether the store is away: it could not be reached, or did not answer in time.</summary>
    public static bool IsAway(Exception cause) => cause is IOException or TimeoutException or RedisConnectionException;
}
