using LlmTelemetry.CostExporter;

namespace LlmTelemetry.EndToEnd.Tests.Watching;

/// <summary>The whole way: calls -> tracker -> OpenTelemetry SDK -> Collector -> Prometheus -> every query and rule that we ship.</summary>
public sealed class PipelineTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_prometheus_shows_is_what_the_ledger_holds()
    {
        await using var pipeline = await Pipeline.StartAsync(Cancellation);
        var prometheus = pipeline.Prometheus;
        await NothingIsShownForWhatIsAbsentAsync(prometheus);

        // Twice, with a collection between: rates need two points.
        await pipeline.Traffic.RunAsync(Cancellation);
        await pipeline.ArrivesAsync("the first calls are in Prometheus", async () => (await prometheus.QueryAsync(Calls(pipeline), Cancellation)) is [{ Value: 8 }]);
        await pipeline.Traffic.RunAsync(Cancellation);
        Assert.Null((await pipeline.Exporter.FlushAsync(Cancellation)).Error);
        await pipeline.ArrivesAsync("all calls are in Prometheus", async () => (await prometheus.QueryAsync(Calls(pipeline), Cancellation)) is [{ Value: 16 }]);
        await pipeline.ArrivesAsync("a failed flush is in Prometheus", async () => await prometheus.QueryAsync("llm_exporter_flushes_total{llm_exporter_result=\"failed\"}", Cancellation) is [_, ..]);
        await pipeline.EndBrokenExporterAsync();
        await pipeline.ArrivesAsync("lost rows are in Prometheus", async () => await prometheus.QueryAsync("llm_exporter_dropped_total", Cancellation) is [_, ..]);

        await TheSpendIsTheLedgersAsync(pipeline);
        await EachRuleReturnsDataAsync(pipeline);
        await EachPanelReturnsDataAsync(pipeline);
        await pipeline.ArrivesAsync(
            "the Collector's own metrics are scraped", async () => await prometheus.QueryAsync("otelcol_receiver_accepted_metric_points > 0", Cancellation) is [_, ..]);
    }

    private static string Calls(Pipeline pipeline) => $"sum(llm_usage_calls_total{{user_id=~\"{pipeline.Traffic.Users}\"}})";

    private static async Task NothingIsShownForWhatIsAbsentAsync(PrometheusServer prometheus)
    {
        foreach (var query in Dashboard.Queries)
        {
            Assert.True(await prometheus.QueryAsync(query.Filled(), Cancellation) is [], $"{query.Panel} shows something although there are no metrics");
        }
    }

    private static async Task TheSpendIsTheLedgersAsync(Pipeline pipeline)
    {
        var reports = pipeline.Exporter.Reports;
        var today = reports.Today;
        var ledger = await reports.QueryAsync(new UsageReportQuery { From = today, To = today }, Cancellation);
        var spend = (double)ledger.Total.Cost!.Value;
        Assert.Equal(16, ledger.Total.Calls);
        Assert.True(spend > 0);

        var users = $"user_id=~\"{pipeline.Traffic.Users}\"";
        await pipeline.ArrivesAsync(
            "the ledger's gauges show all calls",
            async () => (await pipeline.Prometheus.QueryAsync($"sum(llm_ledger_calls{{llm_ledger_period=\"day\", {users}}})", Cancellation)) is [{ Value: 16 }]);
        foreach (var query in new[]
        {
            $"sum(llm_ledger_spend_USD{{llm_ledger_period=\"day\", {users}}})", $"sum(llm_ledger_spend_USD{{llm_ledger_period=\"month\", {users}}})",
            $"sum(llm_usage_cost_USD_total{{{users}}})",
        })
        {
            var shown = Assert.Single(await pipeline.Prometheus.QueryAsync(query, Cancellation)).Value;
            Assert.True(Math.Abs(shown - spend) <= spend * 1e-9, $"{query} is {shown}, the ledger says {spend}");
        }
    }

    // Alerts are evaluated without their threshold; those that this traffic must set off fire as well.
    private static async Task EachRuleReturnsDataAsync(Pipeline pipeline)
    {
        foreach (var alert in new[] { "LlmBudgetNearlySpent", "LlmBudgetSpent", "LlmCallsUnpriced", "LlmExporterDropped" })
        {
            await pipeline.ArrivesAsync(
                $"{alert} fires", async () => await pipeline.Prometheus.QueryAsync($"ALERTS{{alertname=\"{alert}\", alertstate=\"firing\"}}", Cancellation) is [_, ..]);
        }

        foreach (var scope in new[] { "total", "provider", "model", "user" })
        {
            Assert.NotEmpty(await pipeline.Prometheus.QueryAsync($"ALERTS{{alertname=\"LlmBudgetSpent\", llm_budget_scope=\"{scope}\"}}", Cancellation));
        }

        foreach (var rule in AlertRules.All)
        {
            await pipeline.ArrivesAsync($"{rule.Name} has data", async () => HaveData(await pipeline.Prometheus.QueryAsync(rule.Measured, Cancellation)));
        }
    }

    private static async Task EachPanelReturnsDataAsync(Pipeline pipeline)
    {
        // Chosen as Grafana writes it. The chosen model has a price: the panel of those that have none is empty then.
        var users = $"({pipeline.Traffic.User}|{pipeline.Traffic.OtherUser})";
        var chosen = Dashboard.Queries.Where(query => query.Panel != "Calls without a price").Select(query => (query.Panel, query.Filled(Traffic.Provider, Traffic.AnsweringModel, users)));
        foreach (var (panel, expression) in Dashboard.Queries.Select(query => (query.Panel, query.Filled())).Concat(chosen))
        {
            await pipeline.ArrivesAsync($"{panel} has data: {expression}", async () => HaveData(await pipeline.Prometheus.QueryAsync(expression, Cancellation)));
        }

        var failed = Dashboard.Queries.Single(query => query.Panel == "Failed calls");
        Assert.Equal(2, Assert.Single(await pipeline.Prometheus.QueryAsync(failed.Filled(model: Traffic.AnsweringModel, user: pipeline.Traffic.User), Cancellation)).Value);
        Assert.Equal(0, Assert.Single(await pipeline.Prometheus.QueryAsync(failed.Filled(user: pipeline.Traffic.OtherUser), Cancellation)).Value);
        var unpriced = Dashboard.Queries.Single(query => query.Panel == "Unpriced calls");
        Assert.Equal(2, Assert.Single(await pipeline.Prometheus.QueryAsync(unpriced.Filled(user: pipeline.Traffic.User), Cancellation)).Value);
    }

    private static bool HaveData(IReadOnlyList<Sample> samples) => samples.Any(sample => !double.IsNaN(sample.Value));
}
