using LlmTelemetry.TestKit;

namespace LlmTelemetry.Contract.Tests.Watching;

/// <summary>Dashboards, rules and their tests ask only for names and labels that the code emits, in the spelling that Prometheus gives them.</summary>
public sealed class WatchedNamesTests
{
    private static readonly WatchedSeries Known = WatchedSeries.Ours;

    [Fact]
    public void Every_metric_of_the_vocabulary_has_a_row_that_says_kind_unit_and_attributes() =>
        Faults.None(Names.Metrics.Except(DocumentedMetrics.All.Select(metric => metric.Name)));

    [Fact]
    public void Attributes_of_a_row_are_those_of_the_vocabulary() =>
        Faults.None(DocumentedMetrics.All.SelectMany(metric => metric.Attributes).Distinct().Except([.. Names.Attributes, "telemetry.sdk.name"]));

    [Fact]
    public void Rules_ask_only_for_what_the_code_emits()
    {
        Assert.NotEmpty(WatchedRules.Ours.All);
        Faults.None(QueryChecks.StrangersIn(WatchedRules.Ours, Known));
    }

    [Fact]
    public void Tests_of_rules_put_in_only_what_the_code_emits()
    {
        Assert.NotEmpty(RuleTests.Ours.Queries);
        Faults.None(QueryChecks.StrangersIn(RuleTests.Ours, WatchedRules.Ours, Known));
    }

    [Fact]
    public void Dashboards_ask_only_for_what_the_code_emits()
    {
        Assert.All(WatchedDashboard.Ours, dashboard => Assert.NotEmpty(dashboard.Queries));
        Faults.None(WatchedDashboard.Ours.SelectMany(dashboard => QueryChecks.StrangersIn(dashboard, Known)));
    }

    [Fact]
    public void Absence_is_never_shown_as_zero()
    {
        string[] queries = [.. WatchedRules.Ours.All.Select(rule => rule.Expression), .. WatchedDashboard.Ours.SelectMany(dashboard => dashboard.Queries).Select(query => query.Expression)];
        Faults.None(QueryChecks.ShowingAbsenceAsZero(queries));
        Assert.Single(QueryChecks.ShowingAbsenceAsZero(["sum(llm_usage_calls_total) or vector(0)", "sum(llm_usage_calls_total)", "up{job=\"vector(0)\"}"]));
    }

    // Names by kind and unit, labels by metric: what each query is refused for.
    [Theory]
    [InlineData("rate(llm_usage_cost_EUR_total[5m])", "llm_usage_cost_EUR_total")]
    [InlineData("llm_usage_cost_USD", "llm_usage_cost_USD")]
    [InlineData("llm_usage_cost_total", "llm_usage_cost_total")]
    [InlineData("llm_usage_calls_call_total", "llm_usage_calls_call_total")]
    [InlineData("llm_ledger_spend_USD_total", "llm_ledger_spend_USD_total")]
    [InlineData("llm_ledger_unpriced", "llm_ledger_unpriced")]
    [InlineData("llm_exporter_journal_bytes_bytes", "llm_exporter_journal_bytes_bytes")]
    [InlineData("gen_ai_client_operation_duration_bucket", "gen_ai_client_operation_duration_bucket")]
    [InlineData("gen_ai_client_operation_duration_seconds", "gen_ai_client_operation_duration_seconds")]
    [InlineData("llm_receiver_waiting_total", "llm_receiver_waiting_total")]
    [InlineData("llm:spend_EUR", "llm:spend_EUR")]
    [InlineData("{__name__=~\"llm_usage_calls_total|llm_usage_call_total\"}", "llm_usage_call_total")]
    [InlineData("{user_id=\"ada\"}", "a selector without a name")]
    [InlineData("llm_ledger_spend_USD{llm_feature=\"chat\"}", "llm_feature of llm_ledger_spend_USD")]
    [InlineData("gen_ai_client_operation_duration_seconds_bucket{gen_ai_system=\"x\"}", "gen_ai_system of gen_ai_client_operation_duration_seconds_bucket")]
    [InlineData("llm_usage_calls_total{le=\"1\"}", "le of llm_usage_calls_total")]
    [InlineData("sum by (user_idd) (llm_usage_cost_USD_total)", "user_idd of sum by")]
    [InlineData("sum(llm_usage_cost_USD_total) by (llm_outcome)", "llm_outcome of sum by")]
    [InlineData("sum without (llm_outcome) (llm_usage_cost_USD_total)", "llm_outcome of sum without")]
    [InlineData("sum by (user_id) (sum by (llm_tier) (llm_usage_cost_USD_total))", "user_id of sum by")]
    [InlineData("histogram_quantile(0.9, sum by (job) (rate(gen_ai_client_operation_duration_seconds_bucket[5m])))", "le of histogram_quantile")]
    [InlineData("llm_ledger_spend_USD and on (job, llm_feature) llm_ledger_calls", "llm_feature of and on, at its left", "llm_feature of and on, at its right")]
    [InlineData("sum by (job) (llm_usage_cost_USD_total) / on (instance) llm_exporter_lag_seconds", "instance of / on, at its left")]
    [InlineData("llm_ledger_calls * on (job) group_left (user_id) up", "user_id of group_left")]
    [InlineData("label_replace(up, \"x\", \"$1\", \"gen_ai_provider\", \"(.+)\")", "gen_ai_provider of label_replace")]
    [InlineData("label_replace(sum(up), \"x\", \"(none)\", \"user\", \"\")", "user of label_replace")]
    [InlineData("label_replace(sum(up), \"user_idd\", \"(none)\", \"user_idd\", \"\")", "user_idd of label_replace")]
    [InlineData("sum by (y) (label_replace(up, \"x\", \"$1\", \"job\", \"(.+)\"))", "y of sum by")]
    public void What_does_not_exist_is_refused(string query, params string[] strangers) => Assert.Equal(strangers, SeriesLabels.StrangersIn(query, Known));

    [Theory]
    [InlineData("llm_ledger_spend_USD and on (job, instance) topk(1, max by (job, instance) (timestamp(llm_ledger_spend_USD)))")]
    [InlineData("sum by (llm_budget_subject) (label_replace(llm_ledger_calls{llm_ledger_period=\"day\"} offset 1d, \"llm_budget_subject\", \"$1\", \"user_id\", \"(.+)\"))")]
    [InlineData("topk by (job) (3, rate(llm_usage_calls_total{user_id=~\"$user\"}[$__rate_interval]) * 60000 / $__rate_interval_ms)")]
    [InlineData("max_over_time(sum(llm_ledger_calls)[1h:5m] @ end()) > -1 # the end")]
    [InlineData("llm_receiver_waiting + llm_exporter_journal_bytes + llm_usage_booked_ratio{deployment_environment_name=\"x\"}")]
    [InlineData("sum by (user_id) (label_replace(sum(up), \"user_id\", \"(none)\", \"user_id\", \"\"))")]
    [InlineData("sum by (x) (label_replace(up, \"x\", \"lost\", \"\", \"\"))")]
    [InlineData("count_values(\"user_id\", llm_ledger_calls) * on (user_id) group_right () llm_ledger_calls")]
    public void What_exists_is_found(string query) => Faults.None(SeriesLabels.StrangersIn(query, Known));

    [Theory]
    [InlineData("sum(llm_usage_calls_total", "is missing")]
    [InlineData("llm_usage_calls_total{\"user.id\"=\"x\"}", "in quotes")]
    [InlineData("up up", "one too many")]
    [InlineData("up ~ 1", "A sign")]
    [InlineData("up +", "too soon")]
    public void What_is_no_promql_is_refused(string query, string why) => Assert.Contains(why, Assert.Throws<FormatException>(() => PromQl.Parse(query)).Message, StringComparison.Ordinal);

    [Fact]
    public void A_stray_name_in_a_rule_or_its_annotations_is_found()
    {
        var rules = new WatchedRules(["""
            groups:
              - name: planted
                rules:
                  - record: llm:planted_USD
                    expr: sum by (user_id) (llm_usage_cost_USD_total)
                  - alert: LlmPlanted
                    expr: sum by (user_id) (llm:planted_USD{llm_tier="x"}) > 1
                    labels: { severity: info }
                    annotations:
                      summary: "{{ $labels.llm_feature }} and {{ $labels.user_id }}"
                      description: '{{ printf "llm:planted_USD{user_id=%q}" $labels.user_id | query | first | value }} {{ query "sum(llm:planted_EUR)" | first | value }}'
            """]);
        Assert.Equal(
            ["LlmPlanted: llm_tier of llm:planted_USD", "LlmPlanted: llm:planted_EUR", "LlmPlanted: llm_feature of its annotations"],
            QueryChecks.StrangersIn(rules, new WatchedSeries(rules, [])));
    }

    [Fact]
    public void A_stray_name_in_a_test_of_rules_is_found()
    {
        var tests = new RuleTests(["""
            tests:
              - input_series:
                  - series: 'llm_usage_cost_total{user_id="ada"}'
                    values: '1x9'
                promql_expr_test:
                  - expr: sum by (llm_outcome) (llm_usage_cost_USD_total)
                    exp_samples: [{ labels: 'llm:spend_EUR{}', value: 1 }]
                alert_rule_test:
                  - eval_time: 5m
                    alertname: LlmPricesOld
                    exp_alerts: [{ exp_labels: { severity: warning, user_id: ada } }]
            """]);
        Assert.Equal(
            ["llm_usage_cost_total", "llm_outcome of sum by", "llm:spend_EUR", "user_id of LlmPricesOld"], QueryChecks.StrangersIn(tests, WatchedRules.Ours, Known));
    }

    [Fact]
    public void A_stray_name_in_a_dashboard_is_found() => Assert.Equal(
        [
            "planted: Calls: llm_outcome of sum by", "planted: Calls: model of its legend", "planted: variable user: user_name of group by",
            "planted: annotation Alerts: llm_feature of llm_prices_age_seconds", "planted: Calls: column gen_ai_model",
        ],
        QueryChecks.StrangersIn(
            Planted.Dashboard(
                Planted.Panel(query: "sum by (llm_outcome) (llm_usage_tokens_total)") + "," +
                Planted.Panel(
                    query: "sum by (user_id) (llm_usage_calls_total)", legend: "{{user_id}} {{model}}",
                    more: """, "transformations": [{ "id": "organize", "options": { "renameByName": { "user_id": "user", "Value #A": "calls", "gen_ai_model": "model" } } }]"""),
                variable: "label_values(llm_usage_calls_total, user_name)", annotation: "llm_prices_age_seconds{llm_feature=\\\"x\\\"}"),
            Known));
}
