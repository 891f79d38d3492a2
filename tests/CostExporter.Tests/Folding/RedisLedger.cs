using System.Globalization;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter.Tests;

/// <summary>What is in a Redis, read by a store of its own, and by plain commands.</summary>
internal static class RedisLedger
{
    private static readonly HashSet<SpendDimension> Apart = [SpendDimension.Provider, SpendDimension.Model, SpendDimension.User, SpendDimension.Tenant, SpendDimension.Feature];

    /// <summary>Calls, tokens and pico-USD of each user and tenant, once by the hours, once by the days, once by the months.</summary>
    public static async Task<Dictionary<SpendGrain, Dictionary<(string? User, string? Tenant), Tally>>> ReadAsync(string address, CancellationToken cancellationToken)
    {
        var settings = new CostExporterOptions().ToStoreSettings();
        await using var store = SpendStores.Create(StoreAddress.Parse(address), settings);
        await store.OpenAsync(cancellationToken);
        var today = new DateTimeOffset(TimeProvider.System.GetUtcNow().UtcDateTime.Date, TimeSpan.Zero);
        var all = new Dictionary<SpendGrain, Dictionary<(string?, string?), Tally>>();
        foreach (var grain in Enum.GetValues<SpendGrain>())
        {
            var (from, to) = grain == SpendGrain.Month
                ? (today.AddDays(1 - today.Day).AddMonths(-1), today.AddDays(1 - today.Day))
                : (today.AddDays(-2), today.AddDays(1));
            var sums = all[grain] = [];
            await foreach (var row in store.ReadAsync(new SpendRead(grain, from, to, Apart), cancellationToken))
            {
                var key = (row.Key.User, row.Key.Tenant);
                sums[key] = sums.GetValueOrDefault(key).Plus(row.Measures);
            }
        }

        return all;
    }

    public static async Task AssertEveryKeyExpiresAsync(RedisServer redis)
    {
        var keys = (await redis.CommandAsync("KEYS", "*")).Split("\r\n").Where(line => line.Length > 0 && line[0] is not ('*' or '$')).ToArray();
        Assert.NotEmpty(keys);
        foreach (var key in keys)
        {
            var seconds = long.Parse((await redis.CommandAsync("TTL", key)).Trim(':', '\r', '\n'), CultureInfo.InvariantCulture);
            Assert.True(seconds > 0, $"{key} lives {seconds} s.");
        }
    }
}

internal readonly record struct Tally(Int128 Calls, Int128 Tokens, Int128 Pico)
{
    public Tally Plus(in UsageEvent call) => new(Calls + 1, Tokens + call.Usage.InputTokens + call.Usage.OutputTokens, Pico + call.Cost.TotalPico);

    public Tally Plus(SpendMeasures measures)
    {
        var sum = this with { Calls = Calls + measures[SpendMeasure.Calls] };
        for (var i = 0; i < measures.Count; i++)
        {
            var (measure, value) = measures.At(i);
            sum = SpendMeasure.IsUsage(measure, out _) ? sum with { Tokens = sum.Tokens + value }
                : SpendMeasure.IsCost(measure, out _) ? sum with { Pico = sum.Pico + value }
                : sum;
        }

        return sum;
    }

    public bool IsWithin(Tally atLeast, Tally atMost) =>
        atLeast.Calls <= Calls && Calls <= atMost.Calls && atLeast.Tokens <= Tokens && Tokens <= atMost.Tokens && atLeast.Pico <= Pico && Pico <= atMost.Pico;

    public static Tally operator +(Tally left, Tally right) => new(left.Calls + right.Calls, left.Tokens + right.Tokens, left.Pico + right.Pico);
}
