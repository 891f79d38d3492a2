using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Budgets;

/// <summary>The words for scopes, and the text of a subject. The same in the store, in configuration and on the command line.</summary>
internal static class ScopeWords
{
    /// <summary>The word of no scope: all calls together.</summary>
    public const string Global = "global";

    private const char Separator = '/';

    // In the enum's order: so is a subject's text.
    private static readonly (BudgetScope Scope, string Word)[] Words =
    [
        (BudgetScope.User, Dimensions.User),
        (BudgetScope.Tenant, Dimensions.Tenant),
        (BudgetScope.Feature, Dimensions.Feature),
        (BudgetScope.Tier, Dimensions.Tier),
        (BudgetScope.Provider, Dimensions.Provider),
        (BudgetScope.Model, Dimensions.Model),
        (BudgetScope.Session, Dimensions.Session),
    ];

    /// <summary>Every single scope, in the order of a subject's values.</summary>
    public static IReadOnlyList<BudgetScope> InOrder { get; } = [.. Words.Select(known => known.Scope)];

    /// <summary>All of them, for messages.</summary>
    public static string All { get; } = string.Join(", ", Words.Select(known => known.Word));

    /// <summary><c>global</c>, <c>user</c>, <c>user,model</c>.</summary>
    public static string Word(this BudgetScope scopes) => scopes == BudgetScope.Global ? Global : string.Join(',', scopes.Each().Select(Single));

    /// <summary>The single scopes, in their order.</summary>
    public static IEnumerable<BudgetScope> Each(this BudgetScope scopes) => InOrder.Where(scope => (scopes & scope) != 0);

    /// <summary>Reads what <see cref="Word"/> writes, in any case; null: there is a word that is none.</summary>
    public static BudgetScope? Find(string words)
    {
        var scopes = BudgetScope.Global;
        foreach (var word in words.Split(',', StringSplitOptions.TrimEntries))
        {
            var at = Array.FindIndex(Words, known => known.Word.Equals(word, StringComparison.OrdinalIgnoreCase));
            if (at < 0 && !(word.Equals(Global, StringComparison.OrdinalIgnoreCase) && !words.Contains(',', StringComparison.Ordinal)))
            {
                return null;
            }

            scopes |= at < 0 ? BudgetScope.Global : Words[at].Scope;
        }

        return scopes;
    }

    /// <summary>The subject of these values, one for each scope of a limit, in the enum's order.</summary>
    public static string Subject(params ReadOnlySpan<string> values)
    {
        if (values.Length == 1)
        {
            return Encode(values[0]);
        }

        var text = new System.Text.StringBuilder();
        for (var i = 0; i < values.Length; i++)
        {
            text.Append(i == 0 ? "" : Separator).Append(Encode(values[i]));
        }

        return text.ToString();
    }

    /// <summary>The values of a subject.</summary>
    public static string[] Values(string subject) => subject.Length == 0 ? [] : [.. subject.Split(Separator).Select(Decode)];

    // Only what would make two subjects one.
    private static string Encode(string value) =>
        value.AsSpan().ContainsAny('%', Separator) ? value.Replace("%", "%25", StringComparison.Ordinal).Replace("/", "%2F", StringComparison.Ordinal) : value;

    private static string Decode(string value) =>
        value.Contains('%', StringComparison.Ordinal) ? value.Replace("%2F", "/", StringComparison.Ordinal).Replace("%25", "%", StringComparison.Ordinal) : value;

    private static string Single(BudgetScope scope) => Words.First(known => known.Scope == scope).Word;
}
