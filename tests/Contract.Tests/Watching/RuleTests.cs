using YamlDotNet.RepresentationModel;

namespace LlmTelemetry.Contract.Tests.Watching;

/// <summary>What one test of promtool's expects of one alert at one time.</summary>
/// <param name="Test">Which test it is of.</param>
/// <param name="Seconds">When it looks.</param>
/// <param name="Alert">The alert.</param>
/// <param name="Firing">The labels of each alert that fires.</param>
internal sealed record ExpectedAlert(int Test, double Seconds, string Alert, IReadOnlyList<IReadOnlyDictionary<string, string>> Firing);

/// <summary>Files of <c>promtool test rules</c>.</summary>
internal sealed class RuleTests(IEnumerable<string> files)
{
    public static RuleTests Ours { get; } = new(TestKit.Repository.Files("prometheus/rules/tests", "*.yml").Select(TestKit.Repository.Read));

    private readonly YamlMappingNode[] _tests = [.. files.SelectMany(Yaml.Maps).Where(map => Yaml.Child(map, "input_series") is not null)];

    public IReadOnlyList<ExpectedAlert> Alerts =>
    [
        .. from test in _tests.Index()
           from expected in Yaml.Items(test.Item, "alert_rule_test")
           select new ExpectedAlert(
               test.Index, SecondsOf(Yaml.Text(expected, "eval_time")!), Yaml.Text(expected, "alertname")!,
               [.. Yaml.Items(expected, "exp_alerts").Select(alert => Yaml.Texts(alert, "exp_labels"))]),
    ];

    /// <summary>Every series that is put in or expected, and every expression that is asked for.</summary>
    public IEnumerable<string> Queries =>
        _tests.SelectMany(test => Yaml.Items(test, "input_series").Select(series => Yaml.Text(series, "series")!)
            .Concat(Yaml.Items(test, "promql_expr_test").SelectMany(asked =>
                Yaml.Items(asked, "exp_samples").Select(sample => Yaml.Text(sample, "labels")).OfType<string>().Where(labels => labels.Length > 0 && !labels.StartsWith('{')).Prepend(Yaml.Text(asked, "expr")!))));

    // 1d2h5m30s
    private static double SecondsOf(string duration) => System.Text.RegularExpressions.Regex.Matches(duration, "([0-9]+)([a-z]+)")
        .Sum(part => double.Parse(part.Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture) * part.Groups[2].Value switch
        {
            "ms" => 0.001,
            "s" => 1,
            "m" => 60,
            "h" => 3_600,
            "d" => 86_400,
            "w" => 604_800,
            "y" => 31_536_000,
            var unit => throw new FormatException($"{unit} is no unit of time"),
        });
}
