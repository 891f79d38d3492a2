using System.Reflection;
using System.Text.RegularExpressions;

namespace LlmTelemetry.Contract.Tests;

/// <summary>The names of the vocabulary, and those in the code.</summary>
internal static partial class Names
{
    // OpenLIT's name is both.
    public static IReadOnlyList<string> Metrics { get; } = [.. Constants(typeof(Vocabulary.Metrics)), .. Standard.Where(IsMetric), Vocabulary.OpenLit.Cost];

    public static IReadOnlyList<string> Attributes { get; } =
        [.. Constants(typeof(Vocabulary.Attributes)), .. Constants(typeof(Vocabulary.Files)), .. Standard.Where(n => n.StartsWith("gen_ai.", StringComparison.Ordinal) && !IsMetric(n)), Vocabulary.OpenLit.Cost, Vocabulary.OpenLit.Environment];

    private static IEnumerable<string> Standard => [.. Constants(typeof(Vocabulary.GenAi)), .. Constants(typeof(Vocabulary.GenAiLatest))];

    /// <summary>The metric and attribute names, and the option keys, that string literals of C# source hold.</summary>
    public static IEnumerable<string> InLiterals(string source) =>
        source.Split('\n')
            .Where(line => !line.TrimStart().StartsWith("//", StringComparison.Ordinal))
            .SelectMany(line => NameLiteral().Matches(line))
            .Select(match => match.Groups[1].Value);

    private static bool IsMetric(string name) => name.StartsWith("gen_ai.client.", StringComparison.Ordinal);

    private static IEnumerable<string> Constants(Type type) =>
        type.GetFields(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static)
            .Where(field => field.IsLiteral && field.FieldType == typeof(string))
            .Select(field => (string)field.GetRawConstantValue()!);

    [GeneratedRegex("\"((?:gen_ai|llm)\\.[a-z0-9_.]+)\"")]
    private static partial Regex NameLiteral();
}
