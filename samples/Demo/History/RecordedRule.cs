using System.Text.RegularExpressions;
using YamlDotNet.RepresentationModel;

namespace LlmTelemetry.Demo;

/// <summary>A rule that records a series.</summary>
/// <param name="Name">The series' name.</param>
/// <param name="Expression">What is recorded.</param>
/// <param name="Labels">What the rule says of each series, beside what the expression does.</param>
internal sealed partial record RecordedRule(string Name, string Expression, IReadOnlyDictionary<string, string> Labels)
{
    /// <summary>The rules of a folder's files in the order in which they can be worked out: each wave reads only what those before it recorded.</summary>
    /// <exception cref="FormatException">Rules read one another in a circle.</exception>
    public static IReadOnlyList<IReadOnlyList<RecordedRule>> Waves(string folder)
    {
        var left = Directory.EnumerateFiles(folder, "*.yml").Order(StringComparer.Ordinal).SelectMany(Read).ToList();
        List<IReadOnlyList<RecordedRule>> waves = [];
        while (left.Count > 0)
        {
            var missing = left.Select(rule => rule.Name).ToHashSet(StringComparer.Ordinal);
            var wave = left.Where(rule => !RecordedName().Matches(rule.Expression).Any(name => missing.Contains(name.Value))).ToList();

            // All rules of a name at once: who reads it wants all of its series.
            wave.RemoveAll(rule => left.Except(wave).Any(other => other.Name == rule.Name));
            if (wave.Count == 0)
            {
                throw new FormatException($"Rules that read one another: {string.Join(", ", missing)}.");
            }

            waves.Add(wave);
            left = [.. left.Except(wave)];
        }

        return waves;
    }

    private static IEnumerable<RecordedRule> Read(string file)
    {
        var yaml = new YamlStream();
        using var text = File.OpenText(file);
        yaml.Load(text);
        return from rule in yaml.Documents.SelectMany(document => document.AllNodes).OfType<YamlMappingNode>()
               where rule.Children.ContainsKey("record")
               select new RecordedRule(rule["record"].ToString(), rule["expr"].ToString(), LabelsOf(rule));
    }

    private static Dictionary<string, string> LabelsOf(YamlMappingNode rule) =>
        rule.Children.TryGetValue("labels", out var labels) ? ((YamlMappingNode)labels).ToDictionary(label => label.Key.ToString(), label => label.Value.ToString()) : [];

    [GeneratedRegex(@"\b[a-z_]+:[a-zA-Z0-9_:]+")]
    private static partial Regex RecordedName();
}
