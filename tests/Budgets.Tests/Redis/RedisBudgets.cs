using LlmTelemetry.CostExporter;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.Budgets.Tests;

/// <summary>What the tests of the ledger in Redis say often.</summary>
internal static class RedisBudgets
{
    public static LedgerSpan Minute { get; } = new(SpanKind.Sliding, Length: 60_000);

    public static LedgerSpan Session { get; } = new(SpanKind.Session);

    public static LedgerSpan SessionAge { get; } = new(SpanKind.SessionAge);

    public static RedisBudgetLedger Open(string address, string prefix = "t", RedisBudgetScripts? scripts = null) =>
        new(StoreAddress.Parse(address).Redis!, prefix, TimeSpan.FromSeconds(10), TimeProvider.System, scripts);

    /// <summary>The UTC day of a server.</summary>
    public static async Task<LedgerSpan> DayAsync(RedisServer redis)
    {
        var start = await redis.ClockAsync() / 86_400_000 * 86_400_000;
        return new LedgerSpan(SpanKind.Calendar, start, start + 86_400_000);
    }

    public static LedgerLine Line(LedgerSpan span, long? limit, long amount = 0, string name = "a", string subject = "") =>
        new(new CounterKey(name + "|tokens|w", subject), span, limit, amount);

    public static HoldRequest Hold(Guid id, params LedgerLine[] lines) => new(id, TimeSpan.FromMinutes(1), lines);

    public static Settlement Settle(Guid id, params ChargeLine[] lines) => new(id, lines, HoldKnown.Placed);

    public static Settlement Charge(params ChargeLine[] lines) => new(Guid.NewGuid(), lines, HoldKnown.Unknown);

    public static async Task AssertEveryKeyExpiresAsync(RedisServer redis)
    {
        var keys = await redis.KeysAsync();
        Assert.NotEmpty(keys);
        foreach (var key in keys)
        {
            // -2: it is gone meanwhile.
            Assert.True(await redis.NumberAsync("PTTL", key) is not -1, $"{key} has no time to live.");
        }
    }
}
