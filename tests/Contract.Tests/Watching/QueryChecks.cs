using System.Text.RegularExpressions;

namespace LlmTelemetry.Contract.Tests.Watching;

/// <summary>What is wrong with queries, wherever they stand: names and labels that do not exist, and absence that is shown as 0.</summary>
internal static partial class QueryChecks
{
    /// <summary>Of rules and of what their annotations ask and show.</summary>
    public static IEnumerable<string> StrangersIn(WatchedRules rules, WatchedSeries known)
    {
        foreach (var rule in rules.All)
        {
            var there = known.LabelsOf(rule);
            var shown = string.Concat(rule.Annotations.Values.Concat(rule.Labels.Values));
            var strangers = SeriesLabels.StrangersIn(rule.Expression, known)
                .Concat(AskedIn(shown).SelectMany(query => SeriesLabels.StrangersIn(query, known)))
                .Concat(LabelShown().Matches(shown).Select(match => match.Groups[1].Value).Where(label => !there.Contains(label)).Select(label => $"{label} of its annotations"));
            foreach (var stranger in strangers.Distinct())
            {
                yield return $"{rule.Name}: {stranger}";
            }
        }
    }

    /// <summary>Of the tests of rules: what is put in, and what is expected to come out.</summary>
    public static IEnumerable<string> StrangersIn(RuleTests tests, WatchedRules rules, WatchedSeries known)
    {
        var alerts = rules.Alerts.ToDictionary(alert => alert.Name, known.LabelsOf, StringComparer.Ordinal);
        return tests.Queries.SelectMany(query => SeriesLabels.StrangersIn(query, known))
            .Concat(from expected in tests.Alerts
                    where alerts.ContainsKey(expected.Alert)
                    from label in expected.Firing.SelectMany(labels => labels.Keys)
                    where !alerts[expected.Alert].Contains(label)
                    select $"{label} of {expected.Alert}")
            .Distinct();
    }

    /// <summary>Of a dashboard: also labels that legends and columns name and queries do not give.</summary>
    public static IEnumerable<string> StrangersIn(WatchedDashboard dashboard, WatchedSeries known)
    {
        foreach (var query in dashboard.Queries)
        {
            var labels = new SeriesLabels(known);
            var there = labels.Of(PromQl.Parse(query.Expression));
            var shown = Legend().Matches(query.Legend).Select(match => match.Groups[1].Value).Where(label => !there.Contains(label)).Select(label => $"{label} of its legend");
            foreach (var stranger in labels.Strangers.Concat(labels.Strangers.Count > 0 ? [] : shown).Distinct())
            {
                yield return $"{query.Where}: {stranger}";
            }
        }

        foreach (var panel in dashboard.DataPanels)
        {
            HashSet<string> there = [.. WatchedDashboard.Items(panel, "targets").SelectMany(target => new SeriesLabels(known).Of(PromQl.Parse(WatchedDashboard.Text(target, "expr"))))];
            foreach (var column in Columns(panel).Where(column => !there.Contains(column) && !OfGrafana().IsMatch(column)).Distinct())
            {
                yield return $"{dashboard.Uid}: {WatchedDashboard.Text(panel, "title")}: column {column}";
            }
        }
    }

    /// <summary><c>vector(0)</c> tells nothing from none.</summary>
    public static IEnumerable<string> ShowingAbsenceAsZero(IEnumerable<string> queries) =>
        queries.Where(query => PromQl.Parts(PromQl.Parse(query)).Any(part => part is PromQlCall { Function: "vector" }));

    private static IEnumerable<string> Columns(System.Text.Json.JsonElement panel) =>
        from transformation in WatchedDashboard.Items(panel, "transformations")
        where WatchedDashboard.Text(transformation, "id") == "organize"
        from setting in transformation.GetProperty("options").EnumerateObject()
        where setting.Name is "renameByName" or "indexByName" or "excludeByName"
        from column in setting.Value.EnumerateObject()
        select column.Name;

    // printf "llm:x{llm_budget_scope=%q}" $labels.llm_budget_scope | query
    private static IEnumerable<string> AskedIn(string template) => Action().Matches(template).SelectMany(action => GoText().Matches(action.Value))
        .Select(match => Regex.Unescape(match.Groups[1].Value)).Where(text => Name().IsMatch(text))
        .Select(text => Verb().Replace(text, verb => verb.Value == "%q" ? "\"x\"" : "x"));

    [GeneratedRegex(@"\{\{.*?\}\}", RegexOptions.Singleline)]
    private static partial Regex Action();

    [GeneratedRegex("\"((?:[^\"\\\\]|\\\\.)*)\"")]
    private static partial Regex GoText();

    [GeneratedRegex("^[a-z ]*\\(?.*\\b(?:llm|gen_ai|otelcol)[_:]")]
    private static partial Regex Name();

    [GeneratedRegex("%[qsvdg]")]
    private static partial Regex Verb();

    [GeneratedRegex(@"\$labels\.(\w+)")]
    private static partial Regex LabelShown();

    [GeneratedRegex(@"\{\{\s*(\w+)\s*\}\}")]
    private static partial Regex Legend();

    [GeneratedRegex(@"^(?:Time|Value(?: #\w+)?|__name__)$")]
    private static partial Regex OfGrafana();
}
