namespace LlmTelemetry.Quickstart;

/// <summary>Prompts that are worth caching: providers cache only what is longer than some thousand tokens.</summary>
internal static class Documents
{
    public static string Handbook { get; } = Numbered("Rule", "applies to all staff of the parcel company, in every office, unless the works council agreed otherwise in writing.");

    public static string Contract { get; } = Numbered("Clause", "binds both parties and their successors; changes need the written form, and what is void leaves the rest in force.");

    private static string Numbered(string word, string text) =>
        string.Join('\n', Enumerable.Range(1, 300).Select(number => $"{word} {number} {text}"));
}
