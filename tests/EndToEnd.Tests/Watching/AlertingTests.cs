using System.Globalization;
using LlmTelemetry.Budgets;
using LlmTelemetry.CostExporter;
using LlmTelemetry.EndToEnd.Tests.Receiving;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.EndToEnd.Tests.Watching;

/// <summary>The whole way of an alert: calls -> tracker and budgets -> Redis -> llmtelemetry serve -> Prometheus with our rules -> Alertmanager with our routes -> a webhook.</summary>
public sealed class AlertingTests
{
    private const string Budget = "company";
    private const decimal Limit = 0.01m;

    // 1,000 x $3 and 1,000 x $15 for a million.
    private const decimal CostOfACall = 0.018m;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_budget_that_calls_overspend_is_told_to_whoever_is_on_call_and_so_is_its_end()
    {
        using var webhook = new WebhookReceiver();
        await using var redis = await RedisServer.StartAsync();
        await using var alertmanager = await AlertmanagerServer.StartAsync(webhook.Address, Token);
        await using var service = await ServiceServer.StartAsync(redis.Address);
        await using var prometheus = await PrometheusServer.StartAsync(new PrometheusTargets(Service: service.Endpoint.Authority, Alertmanager: alertmanager.Address) { IsQuick = true }, Token);
        var hub = new UsageHub();
        await using var exporter = CostExporterHost.Start(o => (o.Store, o.Hub, o.Interval) = (redis.Address, hub, TimeSpan.FromMilliseconds(200)));
        await using var guard = BudgetGuard.Start(o =>
        {
            o.Store = redis.Address;
            o.Limits.Add(new BudgetLimit(Budget, BudgetUnit.Usd, Limit, BudgetWindow.Day));
        });

        await OverspendAsync(hub, guard);
        Assert.Null((await exporter.FlushAsync(Token)).Error);
        var today = exporter.Reports.Today;
        Assert.Equal(CostOfACall, (await exporter.Reports.QueryAsync(new UsageReportQuery { From = today, To = today }, Token)).Total.Cost);

        var spent = await ToldAsync("LlmBudgetSpent", "firing");
        Assert.Equal(("/on-call", $"Bearer {AlertmanagerServer.Token}"), (spent.Path, spent.Authorization));
        Assert.Equal(
            [
                ("alertname", "LlmBudgetSpent"), ("llm_budget_name", Budget), ("llm_budget_scope", "global"), ("llm_budget_unit", "usd"), ("llm_budget_window", "day"), ("severity", "critical"),
            ],
            spent.Labels.Select(label => (label.Key, label.Value)).Order());
        Says(spent, CostOfACall, Limit);
        Assert.Equal("docs/alerts.md#llmbudgetspent", spent.Annotations["runbook_url"]);

        // That it is nearly spent, too, goes without saying, until it is no longer spent.
        await UntilAsync(() => alertmanager.HoldsBackAsync("LlmBudgetNearlySpent", Token), "LlmBudgetNearlySpent is held back");
        Assert.DoesNotContain(webhook.Notified, told => told.Alert == "LlmBudgetNearlySpent");
        await guard.SetLimitAsync(Budget, null, 2 * Limit, Token);
        await ToldAsync("LlmBudgetSpent", "resolved");
        var nearly = await ToldAsync("LlmBudgetNearlySpent", "firing");
        Assert.Equal(("/team", "warning"), (nearly.Path, nearly.Labels["severity"]));

        // Held back until now, it may come with what was true a moment ago: Alertmanager does not wait for Prometheus to say it anew.
        Says(nearly, CostOfACall, nearly.Annotations["description"].Contains("180%", StringComparison.Ordinal) ? Limit : 2 * Limit);

        await guard.SetLimitAsync(Budget, null, 100 * Limit, Token);
        await ToldAsync("LlmBudgetNearlySpent", "resolved");

        async Task<Notified> ToldAsync(string alert, string status)
        {
            await UntilAsync(() => Task.FromResult(webhook.Notified.Any(Matches)), $"{alert} is told as {status}");
            return webhook.Notified.First(Matches);

            bool Matches(Notified told) => told.Alert == alert && told.Status == status;
        }

        async Task UntilAsync(Func<Task<bool>> condition, string what)
        {
            try
            {
                // The service reads budgets every 15 seconds.
                await Eventually.HoldsAsync(condition, what, TimeSpan.FromSeconds(120));
            }
            catch (TimeoutException cause)
            {
                throw new TimeoutException($"{cause.Message}\n{string.Join('\n', webhook.Notified)}\n{alertmanager.Output}\n{prometheus.Output}", cause);
            }
        }
    }

    // One call that uses more than it said it might; the next one has no room.
    private static async Task OverspendAsync(UsageHub hub, BudgetGuard guard)
    {
        const string Model = "claude-sonnet-4-5-20250929";
        using var client = new ScriptedChatClient
        {
            Metadata = new ChatClientMetadata("anthropic"),
            OnResponse = (_, _) => Task.FromResult(ScriptedChatClient.Answer(new UsageDetails { InputTokenCount = 1_000, OutputTokenCount = 1_000 }, Model)),
        }.UseUsageTracking(o => o.Hub = hub).UseBudgets(guard);
        var options = new ChatOptions { ModelId = Model, MaxOutputTokens = 10 };
        await client.GetResponseAsync("Hi", options, Token);
        await Assert.ThrowsAsync<BudgetExceededException>(() => client.GetResponseAsync("Hi", options, Token));
    }

    // The figures of the description are those of the ledger.
    private static void Says(Notified told, decimal spent, decimal limit)
    {
        var description = told.Annotations["description"];
        foreach (var figure in new[] { spent.ToString(CultureInfo.InvariantCulture), (spent / limit).ToString("0.##%", CultureInfo.InvariantCulture), limit.ToString("0.####", CultureInfo.InvariantCulture) })
        {
            Assert.Matches($@"(?<![0-9.]){figure.Replace(".", "[.]", StringComparison.Ordinal)}(?![0-9])", description);
        }

        Assert.Contains(Budget, told.Annotations["summary"], StringComparison.Ordinal);
    }
}
