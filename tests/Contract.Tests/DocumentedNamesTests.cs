using System.Text.RegularExpressions;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.Contract.Tests;

/// <summary>docs/metrics.md lists what the vocabulary holds, and nothing else.</summary>
public sealed partial class DocumentedNamesTests
{
    private static readonly string[] Known = [.. Names.Metrics, .. Names.Attributes];

    [Fact]
    public void Every_name_in_the_vocabulary_is_in_the_documentation()
    {
        var documented = InText(Repository.Read("docs/metrics.md")).ToHashSet(StringComparer.Ordinal);
        Assert.Empty(Known.Except(documented));
    }

    [Fact]
    public void Every_name_in_the_documentation_is_in_the_vocabulary()
    {
        var options = typeof(Vocabulary.Options).GetFields(System.Reflection.BindingFlags.Static | System.Reflection.BindingFlags.Public).Select(f => (string)f.GetRawConstantValue()!);
        Assert.Empty(InText(Repository.Read("docs/metrics.md")).Distinct().Except([.. Known, .. options]));
    }

    [Fact]
    public void A_stray_name_is_found() => Assert.Equal(["llm.usage.tokenz"], InText("the counter `llm.usage.tokenz`, not llm.usage.tokens").Except(Known));

    private static IEnumerable<string> InText(string text) => Quoted().Matches(text).Select(m => m.Groups[1].Value);

    [GeneratedRegex("`((?:gen_ai|llm|user|error|otel|server|session|deployment|files?)\\.[a-z0-9_.]+)`")]
    private static partial Regex Quoted();
}
