using LlmTelemetry.EndToEnd.Tests.Watching.Ledger;
using LlmTelemetry.EndToEnd.Tests.Watching.Queries;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.EndToEnd.Tests.Watching;

/// <summary>Whatever a panel or a rule shows of the ledger is what the ledger holds.</summary>
[Collection(OfTheWatchedSystem.Name)]
public sealed class ShownAmountsTests(WatchedSystem system)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public Task Panels_show_what_the_ledger_holds() => EachIsTheLedgersAsync(() => system.Prometheus, PanelsAsync);

    [Fact]
    public Task Rules_record_what_the_ledger_holds() => EachIsTheLedgersAsync(() => system.Prometheus, RulesAsync);

    [Fact]
    public Task A_prometheus_that_only_scrapes_the_service_shows_the_same_in_panels() => EachIsTheLedgersAsync(() => system.Scraping, PanelsAsync);

    [Fact]
    public Task A_prometheus_that_only_scrapes_the_service_records_the_same() => EachIsTheLedgersAsync(() => system.Scraping, RulesAsync);

    [Theory]
    [InlineData("sum by (user_id) (llm_ledger_spend_USD{llm_ledger_period=\"day\"})")]
    [InlineData("sum(llm_ledger_calls{llm_ledger_period=\"month\"})")]
    [InlineData("sum by (user_id) (llm_ledger_tokens{llm_ledger_period=\"day\", job=\"watched/shop\", user_id!=\"_other\"})")]
    public async Task Amounts_that_are_not_the_ledgers_are_found(string expression)
    {
        await system.StartAsync();
        Assert.NotNull(await new LedgerComparison(system.Prometheus.Api, system.Ledger).WrongAsync(AmountQuery.Read(expression)!, Cancellation));
    }

    [Theory]
    [InlineData("USD_total", "Spend")]
    public async Task Counters_add_up_to_the_ledger(string suffix, string what)
    {
        await system.StartAsync();
        var booked = (await system.Ledger.ReadAsync("month", Cancellation)).Sum(row => row.Spend ?? 0);
        var counted = Assert.Single(await system.Prometheus.QueryAsync($"sum(llm_usage_cost_{suffix})", Cancellation)).Value;
        Assert.True(Math.Abs(counted - booked) <= booked * 1e-9, $"{what}: {counted} was counted, {booked} booked");
    }

    private async Task EachIsTheLedgersAsync(Func<PrometheusServer> prometheus, Func<Task<(string Where, string Expression)[]>> queries)
    {
        await system.StartAsync();
        var amounts = (await queries()).Select(query => (query.Where, Amount: AmountQuery.Read(query.Expression))).Where(query => query.Amount is not null).ToArray();
        Assert.NotEmpty(amounts);
        var comparison = new LedgerComparison(prometheus().Api, system.Ledger);
        var wrong = new List<string>();
        try
        {
            // Both sides are read anew each time: periods may turn meanwhile, and the service reads the ledger every 15 seconds.
            await Eventually.HoldsAsync(
                async () =>
                {
                    wrong.Clear();
                    foreach (var (where, amount) in amounts)
                    {
                        if (await comparison.WrongAsync(amount!, Cancellation) is { } what)
                        {
                            wrong.Add($"{where}: {what}");
                        }
                    }

                    return wrong.Count == 0;
                },
                "all amounts are the ledger's");
        }
        catch (TimeoutException)
        {
            Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        }
    }

    private async Task<(string Where, string Expression)[]> PanelsAsync()
    {
        List<(string, string)> filled = [];
        foreach (var dashboard in GrafanaDashboard.All)
        {
            var choices = await Choices.ReadAsync(dashboard, system.Prometheus.Api, Cancellation);
            filled.AddRange(dashboard.Queries.SelectMany(query => choices.Otherwise(query).Prepend(choices.All(query)).Select(expression => (query.Where, expression))));
        }

        return [.. filled];
    }

    private Task<(string Where, string Expression)[]> RulesAsync() => Task.FromResult(AlertRules.All.Where(rule => !rule.IsAlert).Select(rule => (rule.Name, rule.Expression)).ToArray());
}
