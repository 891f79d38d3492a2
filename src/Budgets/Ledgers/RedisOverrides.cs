using System.Globalization;
using StackExchange.Redis;

namespace LlmTelemetry.Budgets;

/// <summary>Reads what overrides.lua replies.</summary>
internal static class RedisOverrides
{
    public const string Unlimited = "-";

    public static IReadOnlyList<(string Limit, string? Subject, LedgerOverride Value)> Read(RedisResult result)
    {
        var reply = (string[])result!;
        var overrides = new List<(string, string?, LedgerOverride)>(reply.Length / 2);
        for (var i = 0; i < reply.Length; i += 2)
        {
            var (limit, subject) = RedisBudgetKeys.ReadOverride(reply[i]);
            overrides.Add((limit, subject, new LedgerOverride(reply[i + 1] == Unlimited ? null : long.Parse(reply[i + 1], NumberStyles.None, CultureInfo.InvariantCulture))));
        }

        return overrides;
    }
}
