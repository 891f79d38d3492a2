using System.Text.RegularExpressions;
using LlmTelemetry.TestKit;
using YamlDotNet.RepresentationModel;

namespace LlmTelemetry.EndToEnd.Tests.Watching;

/// <summary>One rule: an alert, or a recorded series.</summary>
internal sealed partial record AlertRule(string Name, bool IsAlert, string Expression, IReadOnlyDictionary<string, string> Labels)
{
    /// <summary>The expression without the comparison that decides: it returns data whether or not the alert fires.</summary>
    public string Measured => IsAlert ? Threshold().Replace(Expression, "") : Expression;

    [GeneratedRegex(@"\s(?:>=|<=|>|<|==)\s*[0-9.]+\s*$")]
    private static partial Regex Threshold();
}

/// <summary>The rules that we ship.</summary>
internal static class AlertRules
{
    public static IReadOnlyList<AlertRule> All { get; } =
        [.. Repository.Files("prometheus/rules", "*.yml").Where(file => !file.Contains("/tests/", StringComparison.Ordinal)).SelectMany(Read)];

    private static IEnumerable<AlertRule> Read(string file)
    {
        var yaml = new YamlStream();
        yaml.Load(new StringReader(Repository.Read(file)));
        return from node in yaml.Documents.SelectMany(document => document.AllNodes).OfType<YamlMappingNode>()
               where node.Children.ContainsKey("expr")
               let alert = Text(node, "alert")
               select new AlertRule(alert ?? Text(node, "record")!, alert is not null, Text(node, "expr")!, LabelsOf(node));
    }

    private static Dictionary<string, string> LabelsOf(YamlMappingNode rule) => rule.Children.TryGetValue("labels", out var labels)
        ? ((YamlMappingNode)labels).Children.ToDictionary(label => ((YamlScalarNode)label.Key).Value!, label => ((YamlScalarNode)label.Value).Value!)
        : [];

    private static string? Text(YamlMappingNode node, string key) => node.Children.TryGetValue(key, out var value) ? ((YamlScalarNode)value).Value : null;
}
