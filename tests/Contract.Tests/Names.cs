using System.Reflection;
using System.Text.RegularExpressions;

namespace LlmTelemetry.Contract.Tests;

/// <summary>The names of the vocabulary, as the code, OpenTelemetry and Prometheus write them.</summary>
internal static partial class Names
{
    // What Prometheus' OTLP translation appends: for the units that we use (annotations in braces give none), then for the kind of metric.
    private static readonly string[] UnitSuffixes = ["", "_seconds", "_USD", "_ratio"];
    private static readonly string[] KindSuffixes = ["", "_total", "_bucket", "_sum", "_count"];

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

    /// <summary>The name as a label or metric of Prometheus, before any suffix.</summary>
    public static string Escaped(string name) => name.Replace('.', '_');

    /// <summary>Every name a metric of ours can have in Prometheus: with and without unit, as counter, histogram or gauge.</summary>
    public static IEnumerable<string> InPrometheus(string metric) =>
        from unit in UnitSuffixes
        from suffix in KindSuffixes
        select Escaped(metric) + unit + suffix;

    private static bool IsMetric(string name) => name.StartsWith("gen_ai.client.", StringComparison.Ordinal);

    private static IEnumerable<string> Constants(Type type) =>
        type.GetFields(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static)
            .Where(field => field.IsLiteral && field.FieldType == typeof(string))
            .Select(field => (string)field.GetRawConstantValue()!);

    [GeneratedRegex("\"((?:gen_ai|llm)\\.[a-z0-9_.]+)\"")]
    private static partial Regex NameLiteral();
}
