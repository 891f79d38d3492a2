using System.Text.RegularExpressions;

namespace LlmTelemetry.TestKit;

/// <summary>A row of a table of metrics in docs/metrics.md.</summary>
/// <param name="Section">The heading it stands under.</param>
/// <param name="Name">The metric.</param>
/// <param name="Kind">counter, up-down counter, gauge or histogram.</param>
/// <param name="Unit">As the instrument states it.</param>
/// <param name="Attributes">The names, with the groups (standard, ours) and what other rows are referred to for written out.</param>
public sealed record DocumentedMetric(string Section, string Name, string Kind, string Unit, IReadOnlyList<string> Attributes);

/// <summary>What docs/metrics.md says of metrics and attributes.</summary>
public static partial class DocumentedMetrics
{
    // The groups that the tables speak of, as the page lists them.
    private static readonly string[] Standard = [.. AttributesIn(Line("Standard attributes: "))];
    private static readonly string[] Ours = [.. Standard, .. AttributesIn(Line("Ours: "))];

    public static IReadOnlyList<DocumentedMetric> All { get; } = [.. Rows()];

    /// <summary>The text under the heading that starts so, up to the next one of its rank.</summary>
    public static string Section(string heading)
    {
        var page = Repository.Read("docs/metrics.md");
        var from = page.IndexOf("\n## " + heading, StringComparison.Ordinal);
        var to = from < 0 ? -1 : page.IndexOf("\n## ", from + 1, StringComparison.Ordinal);
        return from < 0 ? throw new InvalidOperationException($"docs/metrics.md has no section {heading}.") : to < 0 ? page[from..] : page[from..to];
    }

    /// <summary>The attributes that a text names.</summary>
    public static IEnumerable<string> AttributesIn(string text) => Attribute().Matches(text).Select(m => m.Groups[1].Value).Distinct();

    private static string Line(string start) => Repository.Read("docs/metrics.md").Split('\n').Single(line => line.StartsWith(start, StringComparison.Ordinal));

    private static IEnumerable<DocumentedMetric> Rows()
    {
        var section = "";
        Dictionary<string, string[]> written = new(StringComparer.Ordinal);
        var above = "";
        foreach (var line in Repository.Read("docs/metrics.md").Split('\n'))
        {
            if (line.StartsWith("## ", StringComparison.Ordinal))
            {
                section = line[3..];
            }
            else if (Row().Match(line) is { Success: true } row)
            {
                var (name, cell) = (row.Groups["name"].Value, row.Groups["attributes"].Value.Trim());
                string[] group = cell switch
                {
                    _ when cell.StartsWith("standard", StringComparison.Ordinal) => Standard,
                    _ when cell.StartsWith("ours", StringComparison.Ordinal) => Ours,
                    _ when cell.StartsWith("the same", StringComparison.Ordinal) => written[above],
                    _ when AsOf().Match(cell) is { Success: true } other => written[other.Groups[1].Value],
                    _ => [],
                };
                written[name] = [.. group, .. AttributesIn(AsOf().Replace(cell, ""))];
                above = name;
                yield return new DocumentedMetric(section, name, row.Groups["kind"].Value, row.Groups["unit"].Value, written[name]);
            }
        }
    }

    [GeneratedRegex(@"^\| `(?<name>[a-z0-9_.]+)` \| (?<kind>counter|up-down counter|gauge|histogram), `(?<unit>[^`]+)` \|.*\|(?<attributes>[^|]*)\|\s*$")]
    private static partial Regex Row();

    // "as `llm.budget.limit`": the attributes of another row, above it.
    [GeneratedRegex(@"^as `([a-z0-9_.]+)`")]
    private static partial Regex AsOf();

    [GeneratedRegex(@"`((?:gen_ai|llm|user|session|error|server|telemetry|deployment)\.[a-z0-9_.]+)`")]
    private static partial Regex Attribute();
}
