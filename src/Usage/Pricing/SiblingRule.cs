using System.Text.RegularExpressions;

namespace LlmTelemetry.Usage;

/// <summary>
/// Tells a model's own suffixes (a date, a build, <c>-latest</c>, <c>-preview</c>, <c>-v1:0</c>) from those that make it another model: a newer version
/// or a variant with prices of its own. The one place that decides it, for every pattern of the price file that is open at its end.
/// </summary>
internal static partial class SiblingRule
{
    /// <summary>Whether a name is another model than the open pattern's, by what follows the pattern in it.</summary>
    /// <param name="text">The pattern's text.</param>
    /// <param name="rest">What follows it in the name.</param>
    /// <remarks>A pattern without a digit, <c>acme-*</c>, means all that begins so. What follows <c>.ft-</c> is a fine-tune's number, in which anything may stand.</remarks>
    public static bool IsOther(string text, ReadOnlySpan<char> rest) =>
        rest.Length != 0 && text.AsSpan().ContainsAnyInRange('0', '9') && !text.EndsWith(".ft-", StringComparison.Ordinal) && (IsNewer(text, rest) || IsVariant(text, rest));

    /// <summary>Whether another version number follows: <c>-5</c> and <c>.5</c>, not <c>-20250929</c>, <c>-0324</c>, <c>-001</c>, <c>-09-2025</c> or <c>.0</c>.</summary>
    public static bool IsNewerVersion(ReadOnlySpan<char> rest) => NewerVersion().IsMatch(rest);

    private static bool IsNewer(string text, ReadOnlySpan<char> rest)
    {
        if (text[^1] is '-' or '.')
        {
            return OpenVersion().IsMatch(text) && MinorVersion().IsMatch(rest); // gemma-3- is followed by a size, not by 4
        }

        if (!char.IsAsciiDigit(text[^1]))
        {
            return false;
        }

        // 4-1 followed by 0 is 4-10; one digit of three and more is part of a build or a day: flash-0 followed by 01, 4-2025 followed by 0514.
        var number = Digits(rest);
        return number == 0 ? IsNewerVersion(rest) : TrailingDigits(text) + number <= 2;
    }

    // What follows a colon or an @ is a revision, a context size or a fine-tune's owner.
    private static bool IsVariant(string text, ReadOnlySpan<char> rest)
    {
        var end = rest.IndexOfAny(':', '@');
        rest = end < 0 ? rest : rest[..end];
        return VariantWord().IsMatch(rest) || (char.IsAsciiLetterOrDigit(text[^1]) && Size().IsMatch(rest));
    }

    private static int Digits(ReadOnlySpan<char> text) => text.IndexOfAnyExceptInRange('0', '9') is >= 0 and var end ? end : text.Length;

    private static int TrailingDigits(string text) => text.Length - 1 - text.AsSpan().LastIndexOfAnyExceptInRange('0', '9');

    // No expression for names has a time-out: none can go back far, names are short, and a match must not fail because its thread waits for a processor.
    // One or two digits are a minor version, more are a date or a build. A month with its year is a date, too, and 5.0 is 5.
    [GeneratedRegex(@"^(?!-(?:0[1-9]|1[0-2])-20[0-9]{2}(?![0-9]))(?![-.]0(?![0-9a-z.]|-[0-9]{1,2}(?![0-9])))[-.][0-9]{1,2}(?![0-9])", RegexOptions.CultureInvariant)]
    private static partial Regex NewerVersion();

    // Not a month: 2025-01-.
    [GeneratedRegex("(?<![0-9]{4}-)(?<![0-9])[0-9]{1,2}[-.]$", RegexOptions.CultureInvariant)]
    private static partial Regex OpenVersion();

    [GeneratedRegex(@"^[0-9]{1,2}(?![0-9a-z])", RegexOptions.CultureInvariant)]
    private static partial Regex MinorVersion();

    // Providers sell what these words name under other prices than the model without them.
    [GeneratedRegex(
        @"(?<![a-z])(?:mini|nano|micro|lite|pro|max|plus|ultra|flash|turbo|fast|highspeed|tts|audio|speech|voice|sonic|realtime|live|transcribe|translate|diarize|"
        + @"images?|videos?|vision|embed|embeddings?|codex|code|coder|search|research|distill|computer|robotics|guard|safeguard)(?![a-z])",
        RegexOptions.CultureInvariant)]
    private static partial Regex VariantWord();

    [GeneratedRegex(@"(?<![a-z0-9])[0-9]+b(?![a-z0-9])", RegexOptions.CultureInvariant)]
    private static partial Regex Size();
}
