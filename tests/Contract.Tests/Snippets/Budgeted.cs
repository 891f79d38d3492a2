using Anthropic;
using LlmTelemetry.Budgets;
using LlmTelemetry.Instrumentation;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace LlmTelemetry.Contract.Tests.Snippets;

/// <summary>The README's example of budgets, and that of docs/budgets.md; they compile here.</summary>
internal static class BudgetedExample
{
    public static void Readme(WebApplicationBuilder builder)
    {
        builder.Services.AddBudgets(o =>
        {
            o.DefaultTier = "free";   // 10 requests a minute and 10,000 tokens an hour for each user
            o.Limits.Add(new BudgetLimit("daily", BudgetUnit.Usd, 2m, BudgetWindow.Day, BudgetScope.User));
        });
        builder.Services.AddBudgetExceptionHandler();   // with app.UseExceptionHandler(): who has nothing left is answered 429, why, and when to come back
        builder.Services.AddSingleton(services => new AnthropicClient().AsIChatClient("claude-haiku-4-5").UseUsageTracking(services).UseBudgets(services));
    }

    public static void Docs(string[] args)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.Services.AddCostExporter();
        builder.Services.AddBudgets(o =>
        {
            o.Limits.Add(new BudgetLimit("daily", BudgetUnit.Usd, 2m, BudgetWindow.Day, BudgetScope.User));
            o.Limits.Add(new BudgetLimit("company", BudgetUnit.Usd, 500m, BudgetWindow.Month) { OnStoreFailure = StoreFailurePolicy.Closed });
        });
        builder.Services.AddBudgetExceptionHandler();   // with app.UseExceptionHandler(): 429 with Retry-After
        builder.Services.AddSingleton(services => new AnthropicClient().AsIChatClient("claude-haiku-4-5").UseUsageTracking(services).UseBudgets(services));
    }

    public static async Task ConsoleAsync()
    {
        await using var guard = BudgetGuard.Start(o =>
        {
            o.Store = "sqlite:llmtelemetry.db";   // or redis://HOST:6379
            o.Limits.Add(new BudgetLimit("daily", BudgetUnit.Usd, 0.01m, BudgetWindow.Day, BudgetScope.User));
            o.Limits.Add(new BudgetLimit("burst", BudgetUnit.Requests, 10, BudgetWindow.Minute, BudgetScope.User));
        });
        using var client = new AnthropicClient().AsIChatClient("claude-haiku-4-5").UseUsageTracking().UseBudgets(guard);
        using var scope = UsageScope.Begin(user: "ada");   // a limit per user needs to know the user
        try
        {
            Console.WriteLine(await client.GetResponseAsync("Say hello in one word.", new ChatOptions { MaxOutputTokens = 500 }));
        }
        catch (BudgetExceededException refusal)
        {
            Console.WriteLine($"{refusal.Message} ({refusal.Reason}, asked for {refusal.Requested}, wait {refusal.RetryAfter})");
            Console.WriteLine($"{refusal.State?.Name}: {refusal.State?.Used} used, {refusal.State?.Held} held of {refusal.State?.Limit}, {refusal.State?.Remaining} left until {refusal.State?.ResetsAt}");
        }
    }

    public static async Task OutsideAsync(BudgetGuard guard)
    {
        var quota = await guard.GetQuotaAsync("ada");              // tier, daily, monthly, all limits: limit, used, held, remaining, when it resets
        if (await guard.CheckQuotaAsync("ada"))                    // is anything left? Nothing is held
        {
            await guard.ChargeAsync("ada", tokens: 1_200, cost: 0.0031m);   // one request that ended now; never refused
        }

        await guard.SetLimitAsync("daily", "ada", 5m);             // an override, in all processes; null: unlimited
        await guard.ClearLimitAsync("daily", "ada");
        await guard.ResetAsync("daily", "ada");                    // used: 0
        Console.WriteLine(quota.Daily?.Remaining);
    }

    public static async Task TrackerAsync(DailyTokenTracker tracker)
    {
        var total = await tracker.IncrementAsync(1_200);           // today's new total, over all processes
        var fits = await tracker.CheckAsync(estimate: 5_000);      // would so many more stay within DailyTokenLimit? Nothing is held
        var stats = await tracker.GetStatsAsync();                 // {date, usage, limit, remaining, percentUsed, withinLimit}
        Console.WriteLine($"{total} {fits} {stats.Remaining}");
    }
}

internal sealed class MyTokenizer : ITokenEstimator
{
    // The prompt: messages, instructions, tools. What was learned of the model is applied to it.
    public long EstimateInputTokens(IReadOnlyList<ChatMessage> messages, ChatOptions? options, string? model) => messages.Sum(message => EstimateTokens(message.Text, model));

    // What was seen of an answer that ended without a report.
    public long EstimateTokens(string text, string? model) => (text.Length + 3) / 4;
}
