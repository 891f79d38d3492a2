using System.Text.Json;
using System.Text.RegularExpressions;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.Contract.Tests.Watching;

/// <summary>A query of a dashboard.</summary>
/// <param name="Where">The panel, variable or annotation that asks it.</param>
/// <param name="Expression">PromQL, with Grafana's variables in it.</param>
/// <param name="Legend">The text that its series are called by, with <c>{{label}}</c> in it.</param>
internal sealed record WatchedQuery(string Where, string Expression, string Legend);

/// <summary>A dashboard in Grafana's JSON.</summary>
internal sealed partial class WatchedDashboard(string json)
{
    private readonly JsonElement _root = JsonDocument.Parse(json).RootElement;

    /// <summary>Those that we ship.</summary>
    public static IReadOnlyList<WatchedDashboard> Ours { get; } = [.. Repository.Files("grafana/dashboards", "*.json").Select(file => new WatchedDashboard(Repository.Read(file)))];

    public string Uid => Text(_root, "uid");

    public JsonElement Root => _root;

    /// <summary>Panels that lie on the same grid: the dashboard's, and those inside of each folded row.</summary>
    public IReadOnlyList<IReadOnlyList<JsonElement>> Grids => [TopPanels, .. TopPanels.Select(row => Items(row, "panels")).Where(inside => inside.Count > 0)];

    public IEnumerable<JsonElement> Panels => Grids.SelectMany(panel => panel);

    /// <summary>Panels with data: not rows and texts.</summary>
    public IEnumerable<JsonElement> DataPanels => Panels.Where(panel => Text(panel, "type") is not ("row" or "text"));

    public IReadOnlyList<JsonElement> Variables => _root.TryGetProperty("templating", out var templating) ? Items(templating, "list") : [];

    public IEnumerable<WatchedQuery> Queries =>
        from query in DataPanels.SelectMany(panel => Items(panel, "targets").Select(target => new WatchedQuery(Text(panel, "title"), Text(target, "expr"), Text(target, "legendFormat"))))
            .Concat(Variables.Where(variable => Text(variable, "type") == "query").SelectMany(VariableQueries))
            .Concat(Annotations.Select(one => new WatchedQuery("annotation " + Text(one, "name"), Text(one.GetProperty("target"), "expr"), Text(one, "titleFormat") + Text(one, "textFormat"))))
        select query with { Where = $"{Uid}: {query.Where}" };

    /// <summary>Every text in it, of whatever depth.</summary>
    public IEnumerable<string> Texts => AllIn(_root).Where(element => element.ValueKind == JsonValueKind.String).Select(element => element.GetString()!);

    /// <summary>Everything that is said to be a data source.</summary>
    public IEnumerable<JsonElement> DataSources => AllIn(_root).Where(element => element.ValueKind == JsonValueKind.Object && element.TryGetProperty("datasource", out _)).Select(element => element.GetProperty("datasource"));

    // Grafana adds one of its own, with its own data source and no query.
    private IEnumerable<JsonElement> Annotations => _root.TryGetProperty("annotations", out var annotations) ? Items(annotations, "list").Where(one => one.TryGetProperty("target", out _)) : [];

    private IReadOnlyList<JsonElement> TopPanels => Items(_root, "panels");

    public static IReadOnlyList<JsonElement> Items(JsonElement element, string list) =>
        element.TryGetProperty(list, out var items) && items.ValueKind == JsonValueKind.Array ? [.. items.EnumerateArray()] : [];

    /// <summary>A property's text; empty where there is none.</summary>
    public static string Text(JsonElement element, string property) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(property, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";

    // What Grafana runs, and what older ones show of it to who edits the variable.
    private static IEnumerable<WatchedQuery> VariableQueries(JsonElement variable) =>
        from text in new[] { Text(variable, "definition"), variable.GetProperty("query") is { ValueKind: JsonValueKind.Object } query ? Text(query, "query") : Text(variable, "query") }.Distinct()
        where text != ""
        select new WatchedQuery("variable " + Text(variable, "name"), AsPromQl(text), "");

    // label_values(series, label) asks for a label's values; the same names stand in this.
    private static string AsPromQl(string query) =>
        LabelValues().Match(query) is { Success: true } values ? $"group by ({values.Groups["label"].Value}) ({values.Groups["series"].Value})"
        : QueryResult().Match(query) is { Success: true } result ? result.Groups[1].Value
        : throw new FormatException($"A variable's query that is not known: {query}");

    private static IEnumerable<JsonElement> AllIn(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.Object => [element, .. element.EnumerateObject().SelectMany(property => AllIn(property.Value))],
        JsonValueKind.Array => [element, .. element.EnumerateArray().SelectMany(AllIn)],
        _ => [element],
    };

    [GeneratedRegex(@"^label_values\((?<series>.+),\s*(?<label>\w+)\)$")]
    private static partial Regex LabelValues();

    [GeneratedRegex(@"^query_result\((.+)\)$")]
    private static partial Regex QueryResult();
}
