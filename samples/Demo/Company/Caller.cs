using LlmTelemetry.Budgets;
using LlmTelemetry.Instrumentation;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.Demo;

/// <summary>Makes planned calls as the product does: through tracked clients, within its budgets, for the user whose call it is.</summary>
internal sealed class Caller
{
    private static readonly ChatMessage[] Question = [new(ChatRole.User, "As planned.")];

    private readonly Dictionary<string, IChatClient> _clients;

    public Caller(UsageHub hub, BudgetGuard budgets, TimeProvider time, Func<TimeSpan, CancellationToken, Task> wait) =>
        _clients = Feature.All.Select(feature => feature.Provider).Distinct().ToDictionary(provider => provider, provider => new ScriptedProvider(provider, wait)
            .UseUsageTracking(o =>
            {
                o.Hub = hub;
                o.TimeProvider = time;
            })
            .UseBudgets(budgets));

    /// <summary>Makes one; how it fails is the telemetry's business.</summary>
    public async Task MakeAsync(PlannedCall call, CancellationToken cancellationToken)
    {
        var client = _clients[call.Feature.Provider];
        var options = new ChatOptions { ModelId = call.Feature.Model, MaxOutputTokens = 2_000 };
        ScriptedProvider.Next = call;
        using var scope = UsageScope.Begin(user: call.By.User, tenant: call.By.Tenant, feature: call.Feature.Name);
        try
        {
            if (!call.IsStream)
            {
                await client.GetResponseAsync(Question, options, cancellationToken);
                return;
            }

            await foreach (var update in client.GetStreamingResponseAsync(Question, options, cancellationToken))
            {
                if (call.Ending == Ending.Abandoned && update.Text.Length > 0)
                {
                    break;
                }
            }
        }
        catch (Exception expected) when (expected is HttpRequestException or TimeoutException or BudgetExceededException)
        {
        }
    }
}
