using System.Text.RegularExpressions;
using LlmTelemetry.Demo;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.EndToEnd.Tests.Demonstration;

public sealed class CheckTests
{
    private const string Data = """{ "status": "success", "data": { "result": [ { "metric": {}, "value": [0, "1"] } ] } }""";
    private const string NoData = """{ "status": "success", "data": { "result": [] } }""";
    private const string Firing = """{ "data": { "alerts": [ { "state": "firing", "labels": { "alertname": "LlmBudgetSpent" } } ] } }""";
    private const string Pending = """{ "data": { "alerts": [ { "state": "pending", "labels": { "alertname": "LlmBudgetSpent" } } ] } }""";
    private const string Delivered = """[ { "labels": { "alertname": "LlmBudgetSpent" } } ]""";

    [Fact]
    public async Task What_is_all_there_is_said_to_be() => Assert.Contains("1 panels have data", await CheckedAsync(true, Data, Firing, Delivered), StringComparison.Ordinal);

    [Theory]
    [InlineData(NoData, Firing, Delivered, "data of some: Spend")]
    [InlineData(Data, Pending, Delivered, "LlmBudgetSpent in Prometheus")]
    [InlineData(Data, Firing, "[]", "LlmBudgetSpent in Alertmanager")]
    public async Task What_is_missing_is_named(string data, string alerts, string delivered, string named) =>
        Assert.Contains(named, await CheckedAsync(false, data, alerts, delivered), StringComparison.Ordinal);

    [Fact]
    public void Each_query_of_the_dashboards_is_filled_in()
    {
        var panels = Panel.Read(Repository.PathOf("grafana/dashboards"));
        Assert.NotEmpty(panels);
        Assert.All(panels.SelectMany(panel => panel.Queries), query => Assert.DoesNotMatch(@"\$\{?[a-zA-Z_]", query.Expression));
    }

    [Fact]
    public void A_panel_that_may_be_empty_is_one_that_there_is()
    {
        var titles = Panel.Read(Repository.PathOf("grafana/dashboards")).Select(panel => panel.Title).ToHashSet();
        Assert.All(QuietPanels.Named, title => Assert.Contains(title, titles));
    }

    [Fact]
    public void Rules_are_worked_out_after_what_they_read()
    {
        var waves = RecordedRule.Waves(Repository.PathOf("prometheus/rules"));
        HashSet<string> known = [];
        foreach (var wave in waves)
        {
            var later = waves.SkipWhile(other => other != wave).SelectMany(rules => rules).Select(rule => rule.Name).ToHashSet();
            Assert.All(wave, rule => Assert.Empty(Regex.Matches(rule.Expression, "[a-z_]+:[a-zA-Z0-9_:]+").Select(name => name.Value).Intersect(later)));
            known.UnionWith(wave.Select(rule => rule.Name));
        }

        var recorded = Repository.Files("prometheus/rules", "*.yml").Where(file => !file.Contains("/tests/", StringComparison.Ordinal))
            .SelectMany(file => Regex.Matches(Repository.Read(file), @"- record: (\S+)").Select(record => record.Groups[1].Value)).ToHashSet();
        Assert.Equal(recorded, known);
    }

    [Fact]
    public async Task Rules_that_read_one_another_are_refused()
    {
        var folder = Directory.CreateTempSubdirectory("llmtelemetry-circle-");
        try
        {
            await File.WriteAllTextAsync(
                Path.Combine(folder.FullName, "rules.yml"),
                """groups: [ { name: circle, rules: [ { record: "a:one", expr: "b:two" }, { record: "b:two", expr: "a:one" } ] } ]""",
                TestContext.Current.CancellationToken);
            Assert.Throws<FormatException>(() => RecordedRule.Waves(folder.FullName));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static async Task<string> CheckedAsync(bool holds, string data, string alerts, string delivered)
    {
        using var servers = new ScriptedEndpoint().Json(data).Json(alerts).Json(delivered);
        using var watched = new Watched(servers.Address, servers.Address);
        await using var output = new StringWriter();
        Assert.Equal(holds, await new Check(watched, [new Panel("some", "Spend", [new("llm:spend_USD", Step: null)])], output).HoldsAsync(TimeSpan.Zero, TestContext.Current.CancellationToken));
        return output.ToString();
    }
}
