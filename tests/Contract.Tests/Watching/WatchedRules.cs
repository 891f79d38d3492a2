using LlmTelemetry.TestKit;
using YamlDotNet.RepresentationModel;

namespace LlmTelemetry.Contract.Tests.Watching;

/// <summary>An alert, or a recorded series.</summary>
internal sealed record WatchedRule(string Name, bool IsAlert, string Expression, IReadOnlyDictionary<string, string> Labels, IReadOnlyDictionary<string, string> Annotations);

/// <summary>The rules of some files in Prometheus' YAML.</summary>
internal sealed class WatchedRules(IEnumerable<string> files)
{
    /// <summary>Those that we ship.</summary>
    public static WatchedRules Ours { get; } =
        new(Repository.Files("prometheus/rules", "*.yml").Where(file => !file.Contains("/tests/", StringComparison.Ordinal)).Select(Repository.Read));

    public IReadOnlyList<WatchedRule> All { get; } = [.. files.SelectMany(Read)];

    public IEnumerable<WatchedRule> Alerts => All.Where(rule => rule.IsAlert);

    private static IEnumerable<WatchedRule> Read(string yaml) =>
        from rule in Yaml.Maps(yaml)
        let expression = Yaml.Text(rule, "expr")
        let alert = Yaml.Text(rule, "alert")
        where expression is not null && (alert ?? Yaml.Text(rule, "record")) is not null
        select new WatchedRule(alert ?? Yaml.Text(rule, "record")!, alert is not null, expression, Yaml.Texts(rule, "labels"), Yaml.Texts(rule, "annotations"));
}

/// <summary>What the files of Prometheus take from YAML.</summary>
internal static class Yaml
{
    public static IEnumerable<YamlMappingNode> Maps(string yaml) => Load(yaml).Documents.SelectMany(document => document.AllNodes).OfType<YamlMappingNode>();

    public static YamlNode? Child(YamlNode node, string key) => node is YamlMappingNode map && map.Children.TryGetValue(key, out var child) ? child : null;

    public static string? Text(YamlNode node, string key) => (Child(node, key) as YamlScalarNode)?.Value;

    public static IEnumerable<YamlNode> Items(YamlNode node, string key) => Child(node, key) as YamlSequenceNode ?? [];

    public static IReadOnlyDictionary<string, string> Texts(YamlNode node, string key) =>
        Child(node, key) is not YamlMappingNode map ? new Dictionary<string, string>()
        : map.Children.ToDictionary(pair => ((YamlScalarNode)pair.Key).Value!, pair => ((YamlScalarNode)pair.Value).Value!, StringComparer.Ordinal);

    private static YamlStream Load(string yaml)
    {
        var stream = new YamlStream();
        stream.Load(new StringReader(yaml));
        return stream;
    }
}
