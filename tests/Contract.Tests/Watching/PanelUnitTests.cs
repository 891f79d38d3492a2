namespace LlmTelemetry.Contract.Tests.Watching;

/// <summary>USD are shown as USD, seconds as seconds, shares as percentages, and a rate says per what.</summary>
public sealed class PanelUnitTests
{
    private const string Duration = "gen_ai_client_operation_duration_seconds";

    private static readonly WatchedSeries Known = WatchedSeries.Ours;

    [Fact]
    public void Each_panel_shows_values_in_their_unit()
    {
        Assert.NotEmpty(WatchedDashboard.Ours);
        Faults.None(WatchedDashboard.Ours.SelectMany(dashboard => PanelUnits.Wrong(dashboard, Known)));
    }

    [Theory]
    [InlineData("sum(llm_ledger_spend_USD)", "USD")]
    [InlineData("sum(rate(llm_usage_cost_USD_total[5m])) * 3600", "USD/s")]
    [InlineData("sum(increase(llm_usage_cost_USD_total[1h])) * 60000 / $__rate_interval_ms", "USD/s")]
    [InlineData("sum(rate(llm_usage_cost_USD_total[5m])) / sum(rate(llm_usage_calls_total[5m]))", "USD/{call}")]
    [InlineData("1000 * sum(llm_ledger_spend_USD) / sum(llm_ledger_tokens)", "USD/{token}")]
    [InlineData("sum(llm_ledger_tokens) * (sum(llm_usage_cost_USD_total) / (sum(llm_usage_tokens_total) > 0)) - sum(llm_usage_cost_USD_total)", "USD")]
    [InlineData("sum(llm_ledger_tokens) * sum(llm_usage_cost_USD_total) / sum(llm_usage_tokens_total)", "USD")]
    [InlineData("sum(rate(llm_usage_duration_seconds_total[5m])) / sum(rate(llm_usage_calls_total[5m]))", "s/{call}")]
    [InlineData("1 / llm_ledger_lag_seconds", "1/s")]
    [InlineData("sum(llm:budget_used:ratio >= bool 0.8)", "{count}")]
    [InlineData("llm:budget_used:ratio >= 0.8", "1")]
    [InlineData("60 * 60", "")]
    [InlineData("sum(rate(llm_usage_tokens_total[5m]))", "{token}/s")]
    [InlineData("sum(llm_ledger_calls) / ignoring (user_id) sum(llm_ledger_calls)", "1")]
    [InlineData("histogram_quantile(0.95, sum by (le) (rate(" + Duration + "_bucket[5m])))", "s")]
    [InlineData("sum(rate(" + Duration + "_sum[5m])) / sum(rate(" + Duration + "_count[5m]))", "s/{count}")]
    [InlineData("sum(rate(" + Duration + "_bucket{le=\"1\"}[5m])) / sum(rate(" + Duration + "_count[5m]))", "1")]
    [InlineData("llm_budget_spent{llm_budget_unit=\"usd\"}", "USD")]
    [InlineData("sum(llm_budget_limit{llm_budget_name=\"ledger\"})", "USD")]
    [InlineData("llm_budget_spent{llm_budget_unit!=\"usd\"}", "{value}")]
    [InlineData("llm_budget_spent", "{value}")]
    [InlineData("llm_budget_spent / llm_budget_limit", "1")]
    [InlineData("time() - max(timestamp(llm_ledger_calls))", "s")]
    [InlineData("count(llm_ledger_spend_USD)", "{count}")]
    [InlineData("llm_exporter_journal_bytes", "By")]
    [InlineData("llm_ledger_unpriced_ratio", "1")]
    [InlineData("llm:budget_used:ratio", "1")]
    public void The_unit_of_a_query_is_known(string query, string unit) => Assert.Equal(unit, new SeriesUnits(Known).Of(PromQl.Parse(query)));

    [Theory]
    [InlineData("sum(llm_ledger_spend_USD)", "short")]
    [InlineData("sum(llm_ledger_spend_USD)", "currencyEUR")]
    [InlineData("sum(llm_ledger_spend_USD)", "")]
    [InlineData("sum(llm_ledger_calls)", "suffix: /min")]
    [InlineData("sum(llm_ledger_calls)", "currencyUSD")]
    [InlineData("sum(llm_ledger_tokens)", "bytes")]
    [InlineData("llm_ledger_lag_seconds", "ms")]
    [InlineData("llm_ledger_unpriced_ratio", "percent")]
    [InlineData("sum(llm_ledger_calls) / sum(llm_ledger_calls)", "short")]
    [InlineData("llm_budget_spent{llm_budget_unit=\\\"tokens\\\"}", "currencyUSD")]
    [InlineData("sum(rate(llm_usage_calls_total[5m]))", "short")]
    [InlineData("sum(rate(llm_usage_cost_USD_total[5m])) * 3600", "currencyUSD")]
    [InlineData("sum(llm_ledger_spend_USD) * sum(llm_ledger_calls)", "currencyUSD")]
    [InlineData("llm_prices_age_seconds", "d")]
    [InlineData("llm_prices_age_seconds / 3600", "d")]
    public void A_wrong_unit_is_found(string query, string unit) => Assert.Single(PanelUnits.Wrong(Planted.Dashboard(Planted.Panel(query: query, unit: unit)), Known));

    [Theory]
    [InlineData("sum(rate(llm_usage_calls_total[5m])) * 60", "cpm", "Finished calls.")]
    [InlineData("sum(rate(llm_usage_calls_total[5m])) * 60", "suffix: /min", "Finished calls.")]
    [InlineData("sum(rate(llm_usage_calls_total[5m])) * 60", "short", "Finished calls a minute.")]
    [InlineData("sum(rate(llm_usage_cost_USD_total[5m])) * 3600", "currencyUSD", "USD an hour.")]
    [InlineData("llm:budget_burn:ratio1h", "short", "How fast.")]
    public void A_rate_says_per_what(string query, string unit, string description) => Faults.None(PanelUnits.Wrong(Planted.Dashboard(Planted.Panel(query: query, unit: unit, description: description)), Known));

    [Fact]
    public void A_column_has_the_unit_that_its_own_name_says()
    {
        const string Renamed = """, "transformations": [{ "id": "organize", "options": { "renameByName": { "Value #A": "USD today" } } }]""";
        const string Override = """{ "matcher": { "id": "byName", "options": "USD today" }, "properties": [{ "id": "unit", "value": "currencyUSD" }] }""";
        Faults.None(PanelUnits.Wrong(Planted.Dashboard(Planted.Panel(query: "sum(llm_ledger_spend_USD)", overrides: Override, more: Renamed)), Known));
        Assert.Single(PanelUnits.Wrong(Planted.Dashboard(Planted.Panel(query: "sum(llm_ledger_spend_USD)", overrides: Override)), Known));
    }
}
