using System.Text.Json;
using System.Text.RegularExpressions;
using static LlmTelemetry.Contract.Tests.Watching.WatchedDashboard;

namespace LlmTelemetry.Contract.Tests.Watching;

/// <summary>Whether panels show values in the unit that they are in.</summary>
internal static partial class PanelUnits
{
    private static readonly string[] Numbers = ["short", "none", "locale"];

    // These say themselves that they are rates.
    private static readonly string[] Rates = ["cps", "cpm", "reqps", "reqpm", "ops", "opm", "eps", "epm", "suffix: /s", "suffix: /min", "suffix: /h"];

    /// <summary>Panels whose unit is another than that of what they ask for.</summary>
    public static IEnumerable<string> Wrong(WatchedDashboard dashboard, WatchedSeries known) =>
        from panel in dashboard.DataPanels
        from target in Items(panel, "targets")
        let expression = Text(target, "expr")
        let unit = new SeriesUnits(known).Of(PromQl.Parse(expression))
        let shown = Shown(panel, target)
        where !Right(unit, expression).Contains(shown) || (unit.EndsWith(SeriesUnits.PerSecond, StringComparison.Ordinal) && !Rates.Contains(shown) && !SaysPerWhat().IsMatch($"{Text(panel, "title")} {Text(panel, "description")}"))
        select $"{dashboard.Uid}: {Text(panel, "title")} {Text(target, "refId")}: {unit} as {shown}";

    /// <summary>The units of Grafana that are right for a unit.</summary>
    private static string[] Right(string unit, string expression) => unit switch
    {
        "USD" or "USD/s" => ["currencyUSD"],
        ['U', 'S', 'D', '/', '{', ..] => ["currencyUSD"],
        "s" => expression.EndsWith("/ 86400", StringComparison.Ordinal) ? ["d"] : ["s", "dtdurations"],
        ['s', '/', '{', ..] => ["s"],
        "By" => ["bytes", "decbytes"],

        // A burn rate is a multiple: 2 is twice as fast as the budget lasts.
        SeriesUnits.Ratio => expression.Contains("llm:budget_burn:", StringComparison.Ordinal) ? ["percentunit", .. Numbers, "suffix:x", "suffix: x", "suffix:×", "suffix: ×"] : ["percentunit"],
        ['{', .., '/', 's'] => [.. Rates, .. Numbers],
        ['{', ..] => [.. Numbers, .. unit.Contains('/', StringComparison.Ordinal) ? ["percentunit"] : Array.Empty<string>()],
        SeriesUnits.None => Numbers,
        _ => [],
    };

    // A column of a table, or a series by its name, may have a unit of its own; the last that is said holds.
    private static string Shown(JsonElement panel, JsonElement target)
    {
        var (config, reference) = (panel.GetProperty("fieldConfig"), Text(target, "refId"));
        string[] names = [$"Value #{reference}", "Value", Text(target, "legendFormat"), .. Renamed(panel, $"Value #{reference}"), .. Renamed(panel, "Value")];
        return Items(config, "overrides").Where(other => IsOf(other.GetProperty("matcher"), reference, names))
            .SelectMany(other => Items(other, "properties")).Where(property => Text(property, "id") == "unit").Select(property => Text(property, "value"))
            .LastOrDefault(Text(config.GetProperty("defaults"), "unit"));
    }

    private static bool IsOf(JsonElement matcher, string reference, string[] names) => Text(matcher, "id") switch
    {
        "byName" => names.Contains(Text(matcher, "options")),
        "byFrameRefID" => Text(matcher, "options") == reference,
        "byRegexp" => names.Any(name => Regex.IsMatch(name, Text(matcher, "options").Trim('/'))),
        _ => false,
    };

    private static IEnumerable<string> Renamed(JsonElement panel, string field) =>
        from transformation in Items(panel, "transformations")
        where Text(transformation, "id") == "organize" && transformation.GetProperty("options").TryGetProperty("renameByName", out _)
        let name = Text(transformation.GetProperty("options").GetProperty("renameByName"), field)
        where name != ""
        select name;

    [GeneratedRegex(@"(?:/|\b(?:a|an|per) )(?:s|second|min|minute|h|hour|day)\b", RegexOptions.IgnoreCase)]
    private static partial Regex SaysPerWhat();
}
