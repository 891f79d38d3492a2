using System.Text.RegularExpressions;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.Contract.Tests;

/// <summary>The C# of the README and of docs/budgets.md stands, line for line, in a file that compiles here; its paths exist.</summary>
public sealed partial class ReadmeTests
{
    [Fact]
    public void Every_code_block_compiles()
    {
        var compiled = Repository.Files("tests/Contract.Tests/Snippets", "*.cs").Select(file => Normal(Repository.Read(file))).ToArray();
        string[] blocks = [.. Blocks(Repository.Read("README.md")), .. Blocks(Repository.Read("docs/budgets.md"))];
        Assert.NotEmpty(blocks);
        Assert.DoesNotContain(blocks, block => !compiled.Any(file => IsIn(block, file)));
    }

    [Fact]
    public void A_block_that_is_not_compiled_is_found() => Assert.False(IsIn("client.UseUsageTrackin();", Normal("client.UseUsageTracking();")));

    [Fact]
    public void Every_linked_file_exists() =>
        Assert.DoesNotContain(
            Link().Matches(Repository.Read("README.md")).Select(m => m.Groups[1].Value),
            path => !path.Contains("://", StringComparison.Ordinal) && !File.Exists(Repository.PathOf(path)) && !Directory.Exists(Repository.PathOf(path)));

    // Two branches that each added a row leave both behind when they are merged.
    [Fact]
    public void No_table_says_twice_what_a_thing_is()
    {
        var twice = new List<string>();
        foreach (var file in Repository.Files("docs", "*.md").Append("README.md"))
        {
            var names = new HashSet<string>(StringComparer.Ordinal);
            foreach (var line in Repository.Read(file).Split('\n'))
            {
                if (!line.StartsWith('|'))
                {
                    names.Clear();
                }
                else if (line.StartsWith("| `", StringComparison.Ordinal) && !names.Add(line.Split(" | ")[0]))
                {
                    twice.Add($"{file}: {line.Split(" | ")[0]}");
                }
            }
        }

        Assert.Empty(twice);
    }

    // Usings stand at the top of a file, the rest of a block in one piece.
    private static bool IsIn(string block, string file)
    {
        var lines = Normal(block).Split('\n');
        var usings = lines.Where(line => line.StartsWith("using ", StringComparison.Ordinal) && line.EndsWith(';') && !line.Contains('='));
        var code = string.Join('\n', lines.SkipWhile(line => line.StartsWith("using ", StringComparison.Ordinal) && !line.Contains('=')));
        return usings.All(line => file.Contains(line, StringComparison.Ordinal)) && file.Contains(code, StringComparison.Ordinal);
    }

    // Without indentation and empty lines.
    private static string Normal(string code) =>
        string.Join('\n', code.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0));

    private static IEnumerable<string> Blocks(string text) => Fenced().Matches(text).Select(m => m.Groups[1].Value);

    [GeneratedRegex("```csharp\\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex Fenced();

    [GeneratedRegex("\\]\\(([^)#]+)(?:#[^)]*)?\\)")]
    private static partial Regex Link();
}
