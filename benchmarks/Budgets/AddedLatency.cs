using System.Diagnostics;
using System.Globalization;
using LlmTelemetry.Budgets;
using LlmTelemetry.TestKit;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.Benchmarks;

/// <summary>What budgets add to one call of a caller who is alone, from the estimate to the settlement: on each store, with more and more limits.</summary>
internal static class AddedLatency
{
    private const int Calls = 5_000;

    private static readonly ChatMessage[] Messages = [new(ChatRole.User, "What is six times seven?")];
    private static readonly ChatOptions Options = new() { ModelId = "claude-sonnet-4-5", MaxOutputTokens = 1_024, AdditionalProperties = new() { ["llm.user"] = "ada", ["llm.tenant"] = "acme", ["llm.feature"] = "chat" } };

    public static async Task PrintAsync()
    {
        await using var redis = await RedisServer.StartAsync("--appendfsync", "everysec");
        var folder = Directory.CreateTempSubdirectory();
        var table = new MarkdownTable("store", "limits", "added p50, us", "added p99, us");
        using var bare = new ScriptedClient().UseUsageTracking();
        var (alone, _) = await MeasureAsync(bare);
        try
        {
            foreach (var (store, address) in new[] { ("memory", "sqlite::memory:"), ("SQLite file", $"sqlite:{Path.Combine(folder.FullName, "spend.db")}"), ("Redis", redis.Address) })
            {
                foreach (var limits in new[] { 1, 2, 4, 8 })
                {
                    await using var guard = BudgetGuard.Start(options => Configure(options, address, limits));
                    using var client = new ScriptedClient().UseUsageTracking().UseBudgets(guard);
                    var (p50, p99) = await MeasureAsync(client);
                    table.Add(store, Text(limits), Text(p50 - alone), Text(p99 - alone));
                }
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        table.Print(string.Create(CultureInfo.InvariantCulture, $"Added to a call of one caller, {Calls:N0} calls each; the tracked call without budgets takes {alone:F1} us at p50"));
    }

    private static void Configure(BudgetOptions options, string address, int limits)
    {
        options.Store = address;
        options.KeyPrefix = "latency";
        BudgetLimit[] all =
        [
            new("user_minute", BudgetUnit.Requests, 1_000_000_000, BudgetWindow.Minute, BudgetScope.User), new("user_day", BudgetUnit.Usd, 1_000_000, BudgetWindow.Day, BudgetScope.User),
            new("user_hour", BudgetUnit.Tokens, 1_000_000_000_000, BudgetWindow.Hour, BudgetScope.User), new("tenant", BudgetUnit.Usd, 1_000_000, BudgetWindow.Month, BudgetScope.Tenant),
            new("model", BudgetUnit.Tokens, 1_000_000_000_000, BudgetWindow.Minute, BudgetScope.Model), new("all", BudgetUnit.Usd, 1_000_000, BudgetWindow.Day),
            new("feature", BudgetUnit.Usd, 1_000_000, BudgetWindow.Day, BudgetScope.Feature), new("provider", BudgetUnit.Tokens, 1_000_000_000_000, BudgetWindow.Month, BudgetScope.Provider),
        ];
        foreach (var limit in all[..limits])
        {
            options.Limits.Add(limit);
        }
    }

    // Microseconds. The first calls pay for the compiler.
    private static async Task<(double P50, double P99)> MeasureAsync(IChatClient client)
    {
        var times = new double[Calls];
        for (var i = -Calls; i < Calls; i++)
        {
            var start = Stopwatch.GetTimestamp();
            await client.GetResponseAsync(Messages, Options);
            times[Math.Max(i, 0)] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        }

        Array.Sort(times);
        return (times[Calls / 2], times[Calls / 100 * 99]);
    }

    private static string Text(double value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
