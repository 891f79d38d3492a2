using System.Text.Json;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.Budgets.Tests;

/// <summary>Texts with their true counts: Corpus/count.mjs made them.</summary>
internal static class TokenCorpus
{
    private const string Folder = "tests/Budgets.Tests/Estimating/Corpus/";

    public static IReadOnlyList<CountedText> Texts { get; } = Read();

    public static IEnumerable<CountedText> Of(string kind) => Texts.Where(text => text.Name.StartsWith(kind + "-", StringComparison.Ordinal));

    private static List<CountedText> Read()
    {
        using var counts = JsonDocument.Parse(Repository.Read(Folder + "counts.json"));
        return
        [
            .. counts.RootElement.EnumerateObject().Select(file => new CountedText(
                file.Name,
                Repository.Read(Folder + file.Name),
                file.Value.GetProperty("characters").GetInt32(),
                file.Value.EnumerateObject().Where(p => p.Name != "characters").ToDictionary(p => p.Name, p => p.Value.GetInt64()))),
        ];
    }
}

/// <param name="Name">The file.</param>
/// <param name="Text">What is in it.</param>
/// <param name="Characters">How many there were when it was counted.</param>
/// <param name="Counts">Tokens by tokenizer.</param>
internal sealed record CountedText(string Name, string Text, int Characters, IReadOnlyDictionary<string, long> Counts);
