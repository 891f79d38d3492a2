namespace LlmTelemetry.Service;

/// <summary>Scopes as they are written.</summary>
internal static class ApiScopeWords
{
    public const string Right = "words separated by commas, of: read, write, admin";

    private static readonly (string Word, ApiScopes Scope)[] Words = [("read", ApiScopes.Read), ("write", ApiScopes.Write), ("admin", ApiScopes.Admin)];

    /// <exception cref="FormatException">They are none.</exception>
    public static ApiScopes Parse(string words) => words.Split(',', StringSplitOptions.TrimEntries).Aggregate(ApiScopes.None, static (all, word) => all | Find(word));

    /// <summary>As they are written: <c>read,write</c>.</summary>
    public static string Text(ApiScopes scopes) => string.Join(',', Words.Where(known => scopes.HasFlag(known.Scope)).Select(known => known.Word));

    private static ApiScopes Find(string word) =>
        Array.Find(Words, known => known.Word.Equals(word, StringComparison.OrdinalIgnoreCase)) is { Word: not null } found ? found.Scope : throw new FormatException($"'{word}' is no scope: write {Right}.");
}
