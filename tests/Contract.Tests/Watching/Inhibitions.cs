using YamlDotNet.RepresentationModel;

namespace LlmTelemetry.Contract.Tests.Watching;

/// <summary>What is wrong with the inhibitions of alertmanager.yml: a rule that names what is not there inhibits nothing, and nobody would notice.</summary>
internal static class Inhibitions
{
    /// <param name="configuration">alertmanager.yml.</param>
    /// <param name="tests">They say which labels an alert really has when it fires.</param>
    public static IEnumerable<string> Ineffective(string configuration, RuleTests tests)
    {
        foreach (var rule in Yaml.Maps(configuration).Where(map => Yaml.Child(map, "target_matchers") is not null))
        {
            string[] sources = [.. AlertsOf(rule, "source_matchers")], targets = [.. AlertsOf(rule, "target_matchers")];
            if (sources.Length == 0 || targets.Length == 0)
            {
                yield return "a rule that does not say which alerts";
            }

            foreach (var (alert, matched) in sources.Select(alert => (alert, "source_matchers")).Concat(targets.Select(alert => (alert, "target_matchers"))))
            {
                var labels = tests.Alerts.Where(expected => expected.Alert == alert).SelectMany(expected => expected.Firing).SelectMany(firing => firing.Keys).Append("alertname").ToHashSet(StringComparer.Ordinal);
                if (labels.Count == 1)
                {
                    yield return $"{alert} is no alert";
                    continue;
                }

                foreach (var label in Yaml.Items(rule, "equal").Select(label => label.ToString()).Concat(Matchers(rule, matched).Select(matcher => matcher.Label)).Where(label => !labels.Contains(label)))
                {
                    yield return $"{alert} has no {label}";
                }
            }

            foreach (var both in sources.Intersect(targets))
            {
                yield return $"{both} inhibits itself";
            }
        }
    }

    private static IEnumerable<string> AlertsOf(YamlNode rule, string matchers) =>
        Matchers(rule, matchers).Where(matcher => matcher.Label == "alertname").SelectMany(matcher => matcher.Value.Split('|'));

    // alertname = "LlmBudgetSpent", or =~ "LlmBudgetNearlySpent|LlmBudgetBurnSlow".
    private static IEnumerable<(string Label, string Value)> Matchers(YamlNode rule, string matchers) =>
        from matcher in Yaml.Items(rule, matchers).Select(matcher => matcher.ToString())
        let label = matcher[..matcher.IndexOfAny(['=', '!'])].Trim()
        select (label, matcher[(matcher.IndexOf('"', StringComparison.Ordinal) + 1)..matcher.LastIndexOf('"')]);
}
