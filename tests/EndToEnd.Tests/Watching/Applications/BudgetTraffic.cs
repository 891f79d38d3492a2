using LlmTelemetry.Budgets;
using LlmTelemetry.Instrumentation;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;

namespace LlmTelemetry.EndToEnd.Tests.Watching.Applications;

/// <summary>Calls under budgets: admitted, refused, refused in shadow, left in the middle; and one that never ends, so that something is held, and then expires.</summary>
internal sealed class BudgetTraffic(IServiceProvider services) : IAsyncDisposable
{
    /// <summary>Who may make two calls a day.</summary>
    public const string Limited = "mallory";

    private readonly CancellationTokenSource _ending = new();
    private readonly List<Task> _underWay = [];

    /// <summary>As a user would set them: by the environment.</summary>
    public static IEnumerable<(string Name, string Value)> Settings { get; } =
    [
        ("LlmTelemetry__Budgets__HoldLifetime", "00:00:01"), ("LlmTelemetry__Budgets__Gauges", "true"),
        .. Limit(0, ("Name", "daily"), ("Unit", "usd"), ("Amount", "5"), ("Window", "day"), ("Per", "user")),
        .. Limit(1, ("Name", "monthly"), ("Unit", "usd"), ("Amount", "1000"), ("Window", "month")),
        .. Limit(2, ("Name", "hourly"), ("Unit", "tokens"), ("Amount", "10000000"), ("Window", "hour"), ("Per", "feature")),
        .. Limit(3, ("Name", "few"), ("Unit", "requests"), ("Amount", "2"), ("Window", "day"), ("Per", "user"), ("Only__user", Limited)),
        .. Limit(4, ("Name", "tried"), ("Unit", "requests"), ("Amount", "1"), ("Window", "day"), ("Per", "tenant"), ("Shadow", "true")),
        .. Limit(5, ("Name", "days"), ("Unit", "usd"), ("Amount", "50"), ("Window", "2.00:00:00")),
    ];

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        var guard = services.GetRequiredService<BudgetGuard>();
        var client = ScriptedModels.Answering(ScriptedModels.Anthropic, ScriptedModels.Sonnet, ScriptedModels.Usage).UseUsageTracking(services).UseBudgets(guard);
        var options = new ChatOptions { ModelId = "claude-sonnet-4-5", MaxOutputTokens = 400 };
        using (UsageScope.Begin(user: ApplicationTraffic.User, tenant: ApplicationTraffic.Tenant, feature: ApplicationTraffic.Feature))
        {
            await client.GetResponseAsync("Hi", options, cancellationToken);
            await client.GetResponseAsync("Hi", options, cancellationToken);
            await client.GetStreamingResponseAsync("Hi", options, cancellationToken).FirstAsync(cancellationToken);
            var endless = ScriptedModels.Answering(ScriptedModels.Anthropic, ScriptedModels.Sonnet, ScriptedModels.Usage);
            endless.OnResponse = async (_, _) =>
            {
                await Task.Delay(Timeout.Infinite, _ending.Token);
                return null!;
            };
            _underWay.Add(endless.UseUsageTracking(services).UseBudgets(guard).GetResponseAsync("Hi", options, cancellationToken));
        }

        using (UsageScope.Begin(user: Limited, feature: ApplicationTraffic.Feature))
        {
            var refused = 0;
            for (var asked = 0; asked < 4; asked++)
            {
                try
                {
                    await client.GetResponseAsync("Hi", options, cancellationToken);
                }
                catch (BudgetExceededException)
                {
                    refused++;
                }
            }

            Assert.True(refused >= 2, $"{refused} of 4 calls were refused");
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await Task.WhenAll(_underWay).ContinueWith(static _ => { }, TaskScheduler.Default);
        _ending.Dispose();
    }

    private static IEnumerable<(string Name, string Value)> Limit(int number, params (string Name, string Value)[] fields) =>
        fields.Select(field => ($"LlmTelemetry__Budgets__Limits__{number}__{field.Name}", field.Value));
}
