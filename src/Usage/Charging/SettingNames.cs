using System.Collections.Frozen;

namespace LlmTelemetry.Usage;

/// <summary>
/// Names as settings write them: in upper case, with <c>_</c> for a space and <c>-</c>, so that an environment variable can hold them. Compared
/// letter by letter where they stand: looking a name up allocates nothing.
/// </summary>
internal sealed class SettingNames : IEqualityComparer<string>
{
    public static readonly SettingNames Comparer = new();

    public static string Of(string name) => string.Create(name.Length, name, static (text, name) =>
    {
        for (var i = 0; i < text.Length; i++)
        {
            text[i] = Fold(name[i]);
        }
    });

    /// <summary>Copies a table of rules, so that nobody can change it later.</summary>
    /// <param name="what">The table's name, for what is wrong with it.</param>
    /// <param name="rules">The rules by name.</param>
    /// <param name="check">Throws when the rule under this name is none.</param>
    /// <exception cref="ArgumentException">A name is empty, or two are the same.</exception>
    public static FrozenDictionary<string, T> Table<T>(string what, IReadOnlyDictionary<string, T> rules, Action<string, T> check)
    {
        ArgumentNullException.ThrowIfNull(rules, what);
        var table = new Dictionary<string, T>(Comparer);
        foreach (var (name, rule) in rules)
        {
            if (string.IsNullOrWhiteSpace(name))
            {
                throw new ArgumentException($"A name in {what} is empty.", what);
            }

            check($"{what} '{name}'", rule);
            if (!table.TryAdd(name, rule))
            {
                throw new ArgumentException($"{what} names '{name}' twice: upper and lower case, '-', ' ' and '_' are the same there.", what);
            }
        }

        return table.ToFrozenDictionary(Comparer);
    }

    public bool Equals(string? x, string? y)
    {
        if (x is null || y is null || x.Length != y.Length)
        {
            return ReferenceEquals(x, y);
        }

        for (var i = 0; i < x.Length; i++)
        {
            if (x[i] != y[i] && Fold(x[i]) != Fold(y[i]))
            {
                return false;
            }
        }

        return true;
    }

    // FNV-1a. Nobody but who writes the settings adds to a table, so hostile names cannot make it slow.
    public int GetHashCode(string obj)
    {
        var hash = 2_166_136_261;
        foreach (var letter in obj)
        {
            hash = unchecked((hash ^ Fold(letter)) * 16_777_619);
        }

        return unchecked((int)hash);
    }

    private static char Fold(char letter) => letter is '-' or ' ' ? '_' : char.ToUpperInvariant(letter);
}
