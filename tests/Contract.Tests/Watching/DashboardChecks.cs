using System.Text.Json;
using System.Text.RegularExpressions;
using static LlmTelemetry.Contract.Tests.Watching.WatchedDashboard;

namespace LlmTelemetry.Contract.Tests.Watching;

/// <summary>What is wrong with dashboards as such: their grid, ids, links, variables and words.</summary>
internal static partial class DashboardChecks
{
    private const int GridWidth = 24;
    private const string AnyDataSource = "${datasource}";

    // What our own pictures of the dashboards can draw, and what every Grafana has.
    private static readonly string[] Types = ["timeseries", "stat", "table", "bargauge", "row", "text"];

    /// <summary>Panels that lie on another, or not in the grid.</summary>
    public static IEnumerable<string> Misplaced(WatchedDashboard dashboard)
    {
        foreach (var grid in dashboard.Grids)
        {
            Dictionary<(int X, int Y), string> taken = [];
            foreach (var panel in grid)
            {
                var (title, place) = (Text(panel, "title"), panel.GetProperty("gridPos"));
                var (x, y, w, h) = (Number(place, "x"), Number(place, "y"), Number(place, "w"), Number(place, "h"));
                if (x < 0 || y < 0 || w < 1 || h < 1 || x + w > GridWidth)
                {
                    yield return $"{title} is not in the grid";
                }

                var under = Cells(x, y, w, h).Select(cell => taken.TryAdd(cell, title) ? null : taken[cell]).OfType<string>().Distinct();
                foreach (var other in under)
                {
                    yield return $"{title} lies on {other}";
                }
            }
        }
    }

    /// <summary>Ids and titles that two panels of a dashboard share, and uids that two dashboards share.</summary>
    public static IEnumerable<string> Ambiguous(IReadOnlyList<WatchedDashboard> dashboards) =>
        Twice(dashboards.Select(dashboard => dashboard.Uid)).Select(uid => $"uid {uid}").Concat(dashboards.SelectMany(dashboard =>
            Twice(dashboard.Panels.Select(panel => $"{dashboard.Uid}: id {Number(panel, "id")}")).Concat(Twice(dashboard.DataPanels.Select(panel => $"{dashboard.Uid}: title {Text(panel, "title")}")))));

    /// <summary>Links to dashboards, and to tags of dashboards, that are not there.</summary>
    public static IEnumerable<string> DeadLinks(IReadOnlyList<WatchedDashboard> dashboards)
    {
        string[] uids = [.. dashboards.Select(dashboard => dashboard.Uid)];
        string[] tags = [.. dashboards.SelectMany(dashboard => Items(dashboard.Root, "tags")).Select(tag => tag.GetString()!)];
        return dashboards.SelectMany(dashboard =>
            dashboard.Texts.SelectMany(text => Link().Matches(text)).Select(link => link.Groups[1].Value).Where(uid => !uids.Contains(uid))
                .Concat(Items(dashboard.Root, "links").SelectMany(link => Items(link, "tags")).Select(tag => tag.GetString()!).Where(tag => !tags.Contains(tag)))
                .Concat(Passed(dashboard, dashboards)).Select(missing => $"{dashboard.Uid}: {missing}"));
    }

    /// <summary>What a person would have to guess.</summary>
    public static IEnumerable<string> Unexplained(WatchedDashboard dashboard) =>
        (Text(dashboard.Root, "title") == "" || Text(dashboard.Root, "description") == "" ? ["the dashboard"] : Array.Empty<string>())
        .Concat(dashboard.DataPanels.Where(panel => Text(panel, "title") == "" || !Text(panel, "description").EndsWith('.')).Select(panel => $"panel {Text(panel, "title")}"))
        .Concat(dashboard.Variables.Where(variable => Text(variable, "label") == "" && Text(variable, "name") == "").Select(_ => "a variable without a name"))
        .Concat(dashboard.Panels.Where(panel => !Types.Contains(Text(panel, "type"))).Select(panel => $"type {Text(panel, "type")}"))
        .Concat(dashboard.DataPanels.Where(panel => Items(panel, "targets").Count == 0).Select(panel => $"no query in {Text(panel, "title")}"))
        .Select(what => $"{dashboard.Uid}: {what}");

    /// <summary>Data sources that the reader did not choose, and queries without one, which would ask Grafana's default.</summary>
    public static IEnumerable<string> FixedDataSources(WatchedDashboard dashboard) =>
        dashboard.DataSources.Where(source => source.ValueKind != JsonValueKind.Object || Text(source, "uid") is not (AnyDataSource or "-- Grafana --")).Select(source => source.ToString())
            .Concat(dashboard.DataPanels.SelectMany(panel => Items(panel, "targets").Prepend(panel)).Where(asking => !asking.TryGetProperty("datasource", out _)).Select(asking => $"none: {Text(asking, "title")}{Text(asking, "refId")}"))
            .Concat(dashboard.Variables.Any(variable => Text(variable, "type") == "datasource" && $"${{{Text(variable, "name")}}}" == AnyDataSource) ? [] : ["no variable to choose it by"])
            .Select(what => $"{dashboard.Uid}: {what}");

    /// <summary>Variables that texts and queries use and the dashboard does not have.</summary>
    public static IEnumerable<string> UndeclaredVariables(WatchedDashboard dashboard)
    {
        string[] declared = [.. dashboard.Variables.Select(variable => Text(variable, "name"))];
        return dashboard.Queries.Select(query => query.Expression).Concat(dashboard.Texts.Where(text => text.Contains("${", StringComparison.Ordinal)))
            .SelectMany(text => Variable().Matches(text)).Select(match => match.Groups[1].Value)
            .Where(name => !name.StartsWith("__", StringComparison.Ordinal) && !declared.Contains(name)).Distinct().Select(name => $"{dashboard.Uid}: ${name}");
    }

    // var-user=... of a link must be a variable of the dashboard that it leads to.
    private static IEnumerable<string> Passed(WatchedDashboard dashboard, IReadOnlyList<WatchedDashboard> dashboards) =>
        from text in dashboard.Texts
        from link in Link().Matches(text)
        from other in dashboards
        where other.Uid == link.Groups[1].Value
        from variable in PassedVariable().Matches(text)
        where !other.Variables.Any(known => Text(known, "name") == variable.Groups[1].Value)
        select $"{other.Uid} has no variable {variable.Groups[1].Value}";

    private static IEnumerable<(int X, int Y)> Cells(int x, int y, int w, int h) => from column in Enumerable.Range(x, Math.Max(w, 0)) from line in Enumerable.Range(y, Math.Max(h, 0)) select (column, line);

    private static IEnumerable<string> Twice(IEnumerable<string> names) => names.GroupBy(name => name, StringComparer.Ordinal).Where(same => same.Count() > 1).Select(same => same.Key);

    private static int Number(JsonElement element, string property) => element.GetProperty(property).GetInt32();

    [GeneratedRegex(@"(?:^|/)d/([\w-]+)")]
    private static partial Regex Link();

    [GeneratedRegex(@"[?&]var-(\w+)=")]
    private static partial Regex PassedVariable();

    // Not $1, what a pattern of label_replace found.
    [GeneratedRegex(@"\$\{?([a-zA-Z_]\w*)")]
    private static partial Regex Variable();
}
