using System.Globalization;
using System.Text.RegularExpressions;

namespace LlmTelemetry.Usage.Tests;

/// <summary>No entry of the embedded catalog takes a name that means another model.</summary>
public sealed partial class NameSiblingTests
{
    [Fact]
    public void Id_written_as_a_name_finds_its_own_entry_or_nothing()
    {
        var strays = NameCatalog.Entries
            .Select(e => (Entry: e, Found: NameCatalog.List.Find(e.Provider, e.Model)))
            .Where(f => f.Found is not null && f.Found.Model.Id != f.Entry.Model)
            .Select(f => $"{f.Entry.Provider}/{f.Entry.Model} is priced as {f.Found!.Model.Id}");

        Assert.Equal([], strays);
        Assert.InRange(NameCatalog.Entries.Count, 600, 5_000);
    }

    // Every name of the catalog in which a version of these families stands, with the versions that could come next in its place.
    [Fact]
    public void Next_version_of_a_model_is_unknown_unless_the_catalog_lists_it()
    {
        var invented = 0;
        var swallowed = new List<string>();
        foreach (var (provider, name, model) in NameCatalog.Names)
        {
            if (Version().Match(name) is not { Success: true } version)
            {
                continue;
            }

            foreach (var next in Next(version))
            {
                var sibling = name[..version.Groups["major"].Index] + next + name[(version.Index + version.Length)..];
                var explanation = NameCatalog.List.Explain(provider, sibling);
                invented++;
                if (explanation.ModelRule is { } rule && !Lists(rule, next))
                {
                    swallowed.Add($"{provider}/{sibling} (from {name}) is priced as {explanation.Model} by {rule}");
                }
            }
        }

        Assert.Equal([], swallowed);
        Assert.InRange(invented, 1_000, 100_000);
    }

    private static IEnumerable<string> Next(Match version)
    {
        var major = int.Parse(version.Groups["major"].Value, CultureInfo.InvariantCulture);
        yield return $"{major + 1}";
        if (version.Groups["minor"].Success)
        {
            var minor = int.Parse(version.Groups["minor"].Value, CultureInfo.InvariantCulture);
            var separator = version.Groups["separator"].Value;
            yield return $"{major}{separator}{minor + 1}";
            yield return $"{major}{separator}{minor + 4}";
            yield return $"{major}{separator}{minor}0";
            yield return $"{version.Value[(version.Groups["major"].Index - version.Index)..]}{separator}5";
        }
        else
        {
            yield return $"{major}.5";
            yield return $"{major}-5";
            yield return $"{major}.6";
            yield return $"{major}-9";
        }
    }

    // The pattern has the very version in it, in either spelling.
    private static bool Lists(string rule, string version) =>
        Regex.IsMatch(rule, $@"(?<![0-9]){Regex.Escape(version).Replace(@"\.", "-", StringComparison.Ordinal).Replace("-", @"\\?[-.]", StringComparison.Ordinal)}(?![0-9])");

    [GeneratedRegex(@"(?:claude|gpt|gemini|grok|deepseek|(?<![a-z])o)(?:-[a-z]+)*-?[vr]?(?<major>[0-9]{1,2})(?:(?<separator>[-.])(?<minor>[0-9]{1,2})(?![0-9a-z]))?(?![0-9bk])")]
    private static partial Regex Version();
}
