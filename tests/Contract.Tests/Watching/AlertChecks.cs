using System.Text.RegularExpressions;

namespace LlmTelemetry.Contract.Tests.Watching;

/// <summary>What is wrong with alerts: each check is a function of text, so that a test can show it what it must refuse.</summary>
internal static partial class AlertChecks
{
    private static readonly string[] Severities = ["critical", "warning", "info"];
    private static readonly string[] Words = ["summary", "description"];
    private static readonly string[] Comparisons = ["==", "!=", "<=", "<", ">=", ">"];

    /// <summary>Labels and annotations that are missing, and what cannot be turned into a number to look at.</summary>
    public static IEnumerable<string> Incomplete(WatchedRules rules)
    {
        foreach (var alert in rules.Alerts)
        {
            if (!Severities.Contains(alert.Labels.GetValueOrDefault("severity")))
            {
                yield return $"{alert.Name}: severity";
            }

            foreach (var annotation in Words.Where(name => string.IsNullOrWhiteSpace(alert.Annotations.GetValueOrDefault(name))))
            {
                yield return $"{alert.Name}: {annotation}";
            }

            if (alert.Annotations.GetValueOrDefault("runbook_url") != Runbook(alert.Name))
            {
                yield return $"{alert.Name}: runbook_url";
            }

            if (!Words.Any(word => alert.Annotations.GetValueOrDefault(word, "").Contains("{{", StringComparison.Ordinal)))
            {
                yield return $"{alert.Name}: words without a value";
            }

            // The end-to-end test cuts the comparison off and demands that the rest returns data.
            if (PromQl.Parse(alert.Expression) is not PromQlBinary { Right: PromQlNumber, IsBool: false } decided || !Comparisons.Contains(decided.Operator) || !AtItsEnd().IsMatch(alert.Expression))
            {
                yield return $"{alert.Name}: no comparison with a number at its end";
            }
        }

        foreach (var twice in rules.Alerts.GroupBy(alert => alert.Name, StringComparer.Ordinal).Where(same => same.Count() > 1))
        {
            yield return $"{twice.Key}: twice";
        }
    }

    /// <summary>Alerts without a section of the page for who is on call, and sections of none.</summary>
    public static IEnumerable<string> WithoutRunbook(WatchedRules rules, string page)
    {
        string[] sections = [.. Heading().Matches(page).Select(heading => heading.Groups[1].Value)];
        string[] alerts = [.. rules.Alerts.Select(alert => alert.Name)];
        return alerts.Except(sections).Concat(sections.Except(alerts)).Concat(sections.GroupBy(name => name).Where(same => same.Count() > 1).Select(same => same.Key));
    }

    /// <summary>Alerts that no test sees fire, none sees silent without having fired before, or none sees end.</summary>
    public static IEnumerable<string> Untested(WatchedRules rules, RuleTests tests)
    {
        foreach (var name in rules.Alerts.Select(alert => alert.Name))
        {
            ExpectedAlert[] expected = [.. tests.Alerts.Where(one => one.Alert == name)];
            if (!expected.Any(one => one.Firing.Count > 0))
            {
                yield return $"{name}: fires";
            }

            if (!expected.Any(one => one.Firing.Count == 0 && !expected.Any(other => other.Test == one.Test && other.Seconds < one.Seconds && other.Firing.Count > 0)))
            {
                yield return $"{name}: does not fire";
            }

            if (!expected.Any(one => one.Firing.Any(labels => expected.Any(later => later.Test == one.Test && later.Seconds > one.Seconds && !later.Firing.Any(other => Same(labels, other))))))
            {
                yield return $"{name}: resolves";
            }
        }

        foreach (var stranger in tests.Alerts.Select(one => one.Alert).Except(rules.Alerts.Select(alert => alert.Name)))
        {
            yield return $"{stranger}: tested, and not there";
        }
    }

    /// <summary>Where an alert's page is.</summary>
    public static string Runbook(string alert) => $"docs/alerts.md#{alert.ToLowerInvariant()}";

    private static bool Same(IReadOnlyDictionary<string, string> one, IReadOnlyDictionary<string, string> other) => one.Count == other.Count && !one.Except(other).Any();

    [GeneratedRegex(@"\s(?:>=|<=|>|<|==)\s*[0-9.]+\s*$")]
    private static partial Regex AtItsEnd();

    [GeneratedRegex(@"^## (.+?)\s*$", RegexOptions.Multiline)]
    private static partial Regex Heading();
}
