using System.Text.RegularExpressions;

namespace LlmTelemetry.EndToEnd.Tests.Watching.Queries;

/// <summary>What Grafana does to a query before it sends it: variables, intervals, and the escaping of its Prometheus data source (public/packages/grafana-prometheus, datasource.ts).</summary>
internal static partial class GrafanaText
{
    // As for six hours on a wide screen, of a data source whose scrape interval is a minute.
    private static readonly Dictionary<string, string> Macros = new(StringComparer.Ordinal)
    {
        ["__rate_interval"] = "240s",
        ["__rate_interval_ms"] = "240000",
        ["__interval"] = "60s",
        ["__interval_ms"] = "60000",
        ["__range"] = "3600s",
        ["__range_s"] = "3600",
        ["__range_ms"] = "3600000",
    };

    /// <summary>The variables of a text, Grafana's own left out.</summary>
    public static IReadOnlyList<string> VariablesIn(string text) => [.. Variable().Matches(text).Select(NameOf).Where(name => !IsOwn(name)).Distinct()];

    /// <summary>The text as it is sent. A variable that the dashboard does not have is an error: Grafana would send its name.</summary>
    public static string Fill(string text, IReadOnlyDictionary<string, string> values) => Variable().Replace(text, match =>
    {
        var name = NameOf(match);
        return name is "__from" or "__to" ? throw new NotSupportedException($"{match.Value}: the data source does not need it")
            : Macros.TryGetValue(name, out var own) ? own
            : values.TryGetValue(name, out var value) ? value
            : IsGroup(name) ? match.Value
            : throw new KeyNotFoundException($"{match.Value} is no variable of this dashboard: {text}");
    });

    /// <summary>Several values that were chosen, or one of a variable that takes several: a part of a regular expression.</summary>
    public static string Chosen(params IReadOnlyList<string> values)
    {
        string[] escaped = [.. values.Select(EscapedPattern)];
        return escaped.Length == 1 ? escaped[0] : $"({string.Join('|', escaped)})";
    }

    /// <summary>A value of a variable that takes one only, and cannot be All.</summary>
    public static string Single(string value) => value.Replace(@"\", @"\\", StringComparison.Ordinal).Replace("'", @"\\'", StringComparison.Ordinal);

    // Twice: once for the text in quotes, once for the regular expression in it.
    private static string EscapedPattern(string value) => Special().Replace(value.Replace(@"\", @"\\\\", StringComparison.Ordinal), @"\\$0");

    private static string NameOf(Match match) => match.Groups.Cast<Group>().Skip(1).First(group => group.Success).Value;

    private static bool IsOwn(string name) => name.StartsWith("__", StringComparison.Ordinal) || IsGroup(name);

    // $1 of label_replace.
    private static bool IsGroup(string name) => name.All(char.IsAsciiDigit);

    [GeneratedRegex(@"\$\{(\w+)(?::\w+)?\}|\[\[(\w+)(?::\w+)?\]\]|\$(\w+)")]
    private static partial Regex Variable();

    [GeneratedRegex(@"[$^*{}\[\]'+?.()|]")]
    private static partial Regex Special();
}
