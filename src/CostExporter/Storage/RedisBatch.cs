using StackExchange.Redis;

namespace LlmTelemetry.CostExporter;

/// <summary>Arranges a batch in the form that apply.lua takes.</summary>
internal static class RedisBatch
{
    // Far longer than an exporter sends batches late, and than it stays with one name while it has none to send.
    public static readonly TimeSpan NumberKept = TimeSpan.FromDays(30);

    public static (RedisKey[] Keys, RedisValue[] Values) Arrange(SpendBatch batch, Keys keys, SpendPeriods periods, StoreSettings settings)
    {
        var allKeys = new List<RedisKey> { keys.LastNumber(batch.Partition, batch.Instance) };
        var values = new List<RedisValue> { batch.Number, (long)NumberKept.TotalSeconds };
        new RedisRows(batch.Partition, batch.Rows, keys, periods, settings).AddTo(allKeys, values);
        return ([.. allKeys], [.. values]);
    }
}
