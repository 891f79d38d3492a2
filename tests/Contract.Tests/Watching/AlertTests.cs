using LlmTelemetry.TestKit;

namespace LlmTelemetry.Contract.Tests.Watching;

/// <summary>Each alert says what it must to whoever is woken by it, and was seen to fire, to be silent and to end.</summary>
public sealed class AlertTests
{
    private static readonly WatchedRules Rules = WatchedRules.Ours;

    [Fact]
    public void Each_alert_has_severity_words_values_and_one_comparison()
    {
        Assert.NotEmpty(Rules.Alerts);
        Faults.None(AlertChecks.Incomplete(Rules));
    }

    [Fact]
    public void Each_alert_has_a_page_to_turn_to() => Faults.None(AlertChecks.WithoutRunbook(Rules, Repository.Read("docs/alerts.md")));

    [Fact]
    public void Each_alert_was_seen_to_fire_to_be_silent_and_to_end() => Faults.None(AlertChecks.Untested(Rules, RuleTests.Ours));

    [Fact]
    public void Inhibitions_name_alerts_and_labels_that_these_alerts_have()
    {
        var configuration = Repository.Read("prometheus/alertmanager.yml");
        Assert.Contains("target_matchers", configuration, StringComparison.Ordinal);
        Faults.None(Inhibitions.Ineffective(configuration, RuleTests.Ours));
    }

    [Theory]
    [InlineData("severity: page", "summary: s", "description: '{{ $value }}'", "docs/alerts.md#llmplanted", "up > 1", "LlmPlanted: severity")]
    [InlineData("team: x", "summary: s", "description: '{{ $value }}'", "docs/alerts.md#llmplanted", "up > 1", "LlmPlanted: severity")]
    [InlineData("severity: info", "title: s", "description: '{{ $value }}'", "docs/alerts.md#llmplanted", "up > 1", "LlmPlanted: summary")]
    [InlineData("severity: info", "summary: ' '", "description: '{{ $value }}'", "docs/alerts.md#llmplanted", "up > 1", "LlmPlanted: summary")]
    [InlineData("severity: info", "summary: s", "description: d", "docs/alerts.md#llmplanted", "up > 1", "LlmPlanted: words without a value")]
    [InlineData("severity: info", "summary: s", "description: '{{ $value }}'", "docs/alerts.md#llmother", "up > 1", "LlmPlanted: runbook_url")]
    [InlineData("severity: info", "summary: s", "description: '{{ $value }}'", "docs/alerts.md#llmplanted", "up > 1 and up", "LlmPlanted: no comparison with a number at its end")]
    [InlineData("severity: info", "summary: s", "description: '{{ $value }}'", "docs/alerts.md#llmplanted", "up or up > 1", "LlmPlanted: no comparison with a number at its end")]
    [InlineData("severity: info", "summary: s", "description: '{{ $value }}'", "docs/alerts.md#llmplanted", "up > bool 1", "LlmPlanted: no comparison with a number at its end")]
    [InlineData("severity: info", "summary: s", "description: '{{ $value }}'", "docs/alerts.md#llmplanted", "up > up", "LlmPlanted: no comparison with a number at its end")]
    public void An_incomplete_alert_is_found(string label, string summary, string description, string runbook, string expression, string what) =>
        Assert.Equal([what], AlertChecks.Incomplete(Alert(label, summary, description, runbook, expression)));

    [Fact]
    public void An_alert_that_is_there_twice_is_found() => Assert.Equal(["LlmPlanted: twice"], AlertChecks.Incomplete(new([Text(), Text()])));

    [Fact]
    public void An_alert_without_a_page_and_a_page_without_an_alert_are_found()
    {
        Assert.Equal(["LlmPlanted", "LlmOther"], AlertChecks.WithoutRunbook(Alert(), "# Alerts\n\n## LlmOther\n\nWords.\n"));
        Assert.Equal(["LlmPlanted"], AlertChecks.WithoutRunbook(Alert(), "## LlmPlanted\n## LlmPlanted\n"));
        Faults.None(AlertChecks.WithoutRunbook(Alert(), "# Alerts\n\n## LlmPlanted\n"));
    }

    // When something fires, in one test or in two (/): x fires, - does not.
    [Theory]
    [InlineData("-x-")]
    [InlineData("x-/-")]
    [InlineData("-", "LlmPlanted: fires", "LlmPlanted: resolves")]
    [InlineData("x-", "LlmPlanted: does not fire")]
    [InlineData("-x", "LlmPlanted: resolves")]
    [InlineData("-/x", "LlmPlanted: resolves")]
    [InlineData("x", "LlmPlanted: does not fire", "LlmPlanted: resolves")]
    public void An_untested_alert_is_found(string seen, params string[] what) => Assert.Equal(what, AlertChecks.Untested(Alert(), Seen("LlmPlanted", seen)));

    [Fact]
    public void A_test_of_an_alert_that_is_not_there_is_found() => Assert.Contains("LlmGone: tested, and not there", AlertChecks.Untested(Alert(), Seen("LlmGone", "-x-")));

    [Theory]
    [InlineData("""{ source_matchers: ['alertname = "LlmPlanted"'], target_matchers: ['alertname =~ "LlmOther|LlmThird"'], equal: [user_id] }""")]
    [InlineData("""{ source_matchers: ['alertname = "LlmGone"'], target_matchers: ['alertname = "LlmOther"'], equal: [user_id] }""", "LlmGone is no alert")]
    [InlineData("""{ source_matchers: ['alertname = "LlmPlanted"'], target_matchers: ['alertname =~ "LlmOther|LlmGone"'] }""", "LlmGone is no alert")]
    [InlineData("""{ source_matchers: ['alertname = "LlmPlanted"'], target_matchers: ['alertname = "LlmOther"'], equal: [llm_feature] }""", "LlmPlanted has no llm_feature", "LlmOther has no llm_feature")]
    [InlineData("""{ source_matchers: ['alertname = "LlmPlanted"'], target_matchers: ['alertname =~ "LlmPlanted|LlmOther"'] }""", "LlmPlanted inhibits itself")]
    [InlineData("""{ source_matchers: ['alertname = "LlmPlanted"'], target_matchers: ['alertname = "LlmOther"', 'llm_feature != "chat"'] }""", "LlmOther has no llm_feature")]
    [InlineData("""{ source_matchers: ['severity = "critical"'], target_matchers: ['alertname = "LlmOther"'] }""", "a rule that does not say which alerts")]
    public void An_inhibition_that_inhibits_nothing_is_found(string rule, params string[] what)
    {
        var tests = new RuleTests([Test("LlmPlanted", "x"), Test("LlmOther", "x"), Test("LlmThird", "x")]);
        Assert.Equal(what, Inhibitions.Ineffective($"inhibit_rules: [{rule}]", tests));
    }

    private static WatchedRules Alert(
        string label = "severity: info", string summary = "summary: s", string description = "description: '{{ $value }}'", string runbook = "docs/alerts.md#llmplanted", string expression = "up > 1") =>
        new([Text(label, summary, description, runbook, expression)]);

    private static string Text(
        string label = "severity: info", string summary = "summary: s", string description = "description: '{{ $value }}'", string runbook = "docs/alerts.md#llmplanted", string expression = "up > 1") =>
        $"groups: [{{ name: planted, rules: [{{ alert: LlmPlanted, expr: {expression}, labels: {{ {label} }}, annotations: {{ {summary}, {description}, runbook_url: {runbook} }} }}] }}]";

    private static RuleTests Seen(string alert, string seen) => new(seen.Split('/').Select(one => Test(alert, one)));

    private static string Test(string alert, string seen) =>
        $"tests: [{{ input_series: [{{ series: up, values: 1x9 }}], alert_rule_test: [{string.Join(", ", seen.Select((one, minute) => $"{{ eval_time: {minute}m, alertname: {alert}, exp_alerts: [{(one == 'x' ? "{ exp_labels: { user_id: ada } }" : "")}] }}"))}] }}]";
}
