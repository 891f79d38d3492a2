using LlmTelemetry.TestKit;

namespace LlmTelemetry.EndToEnd.Tests.Watching;

public sealed class AlertRulesTests
{
    [Fact]
    public void Each_alert_has_a_page_to_turn_to()
    {
        var headings = Repository.Read("docs/alerts.md").Split('\n').Where(line => line.StartsWith("## ", StringComparison.Ordinal))
            .Select(line => "docs/alerts.md#" + line[3..].ToLowerInvariant()).ToArray();
        var alerts = AlertRules.All.Where(rule => rule.IsAlert).ToArray();
        Assert.NotEmpty(alerts);
        Assert.All(alerts, alert => Assert.Contains(alert.RunbookUrl, headings));
        Assert.Equal(alerts.Length, headings.Length);
    }

    [Fact]
    public void Each_alert_ends_in_a_comparison_that_can_be_cut_off() =>
        Assert.All(AlertRules.All.Where(rule => rule.IsAlert), alert => Assert.NotEqual(alert.Expression, alert.Measured));

    [Fact]
    public void No_alert_is_written_without_a_test()
    {
        var tests = string.Concat(Repository.Files("prometheus/rules/tests", "*.yml").Select(Repository.Read));
        Assert.All(
            AlertRules.All.Where(rule => rule.IsAlert),
            alert => Assert.Matches($"alertname: {alert.Name}\\s+exp_alerts:\\s+- exp_labels", tests));
        Assert.All(AlertRules.All.Where(rule => rule.IsAlert), alert => Assert.Matches($"alertname: {alert.Name}\\s+exp_alerts: \\[\\]", tests));
    }
}
