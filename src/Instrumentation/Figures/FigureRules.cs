using System.Buffers;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Instrumentation;

/// <summary>What may stand in a further figure: the rules, each with the message that says them.</summary>
internal static class FigureRules
{
    public const int MaxName = 64;
    public const int MaxUnit = 32;

    /// <summary>What is larger, a ledger could not add up.</summary>
    public const double Bound = 1e15;

    private static readonly SearchValues<char> NameCharacters = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-");

    /// <exception cref="ArgumentException">It is no name, or one of ours.</exception>
    public static void CheckName(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (name.Length > MaxName || name.AsSpan().ContainsAnyExcept(NameCharacters))
        {
            throw new ArgumentException($"'{name}' is not the name of a metric: it has at most {MaxName} letters of ASCII, digits, dots, underscores and hyphens.", nameof(name));
        }

        if (IsReserved(name))
        {
            throw new ArgumentException($"'{name}' is not free: names that begin with {Vocabulary.Figures.OwnPrefix} or {Vocabulary.Figures.StandardPrefix} are those of this library and of the conventions.", nameof(name));
        }
    }

    /// <exception cref="ArgumentOutOfRangeException">It is not finite, or too large.</exception>
    public static void CheckValue(double value)
    {
        if (!double.IsFinite(value) || Math.Abs(value) >= Bound)
        {
            throw new ArgumentOutOfRangeException(nameof(value), value, "Must be finite, and between -10^15 and 10^15.");
        }
    }

    /// <returns>The unit; null for none.</returns>
    /// <exception cref="ArgumentException">It is too long, or has what is no text.</exception>
    public static string? Unit(string? unit)
    {
        var text = MeteredValues.Text(unit);
        return text is null || ReferenceEquals(Attribution.Clean(text, MaxUnit), text)
            ? text : throw new ArgumentException($"A unit has at most {MaxUnit} characters, and no control characters.", nameof(unit));
    }

    /// <returns>The tags that say something, as they were given; null for none.</returns>
    /// <exception cref="ArgumentException">The name of one is one of ours.</exception>
    public static List<KeyValuePair<string, string>>? Tags(IEnumerable<KeyValuePair<string, string>>? tags)
    {
        if (tags is null)
        {
            return null;
        }

        var said = new List<KeyValuePair<string, string>>();
        foreach (var tag in tags)
        {
            if (string.IsNullOrWhiteSpace(tag.Key) || string.IsNullOrEmpty(tag.Value))
            {
                continue;
            }

            if (IsReserved(tag.Key))
            {
                throw new ArgumentException($"The tag '{tag.Key}' is not free: names that begin with {Vocabulary.Figures.OwnPrefix} or {Vocabulary.Figures.StandardPrefix} are those of this library and of the conventions.", nameof(tags));
            }

            said.Add(tag);
        }

        return said;
    }

    // OpenTelemetry's names are the same in any case.
    private static bool IsReserved(string name) =>
        name.StartsWith(Vocabulary.Figures.OwnPrefix, StringComparison.OrdinalIgnoreCase) || name.StartsWith(Vocabulary.Figures.StandardPrefix, StringComparison.OrdinalIgnoreCase);
}
