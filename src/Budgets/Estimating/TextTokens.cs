namespace LlmTelemetry.Budgets;

/// <summary>
/// Estimates the tokens of a text without a tokenizer, by what tokenizers split text into before they look words up: words with the space before them, parts of
/// names like ThisOne, digits by three, runs of punctuation, line breaks with their indentation. One pass, no memory. The weights are fitted to true counts.
/// </summary>
internal static class TextTokens
{
    // In hundredths of a token.
    private const long Token = 100;

    // Words up to so many letters are mostly one token; what is longer takes one for each 4.5 letters more; and what no language has, for each two.
    private const int WholeWord = 8;
    private const int LetterBeyond = 22;
    private const int LongestWord = 20;
    private const int LetterOfNoWord = 50;

    // Of abbreviations and names of constants.
    private const int Capital = 33;

    // Two marks of punctuation are mostly one token, more take this much each, but a line of the same hardly any; the last before a line break is mostly one with it.
    private const int WholeMarks = 2;
    private const int MarkBeyond = 40;
    private const int SameMark = 5;
    private const int MarkBeforeBreak = 60;

    // Half of the tokenizers, or of the cases, take a space before a digit for a token.
    private const int SpaceBeforeDigit = 50;

    // The longest run of blanks that is one.
    private const int LongestSpace = 80;

    /// <summary>The tokens, rounded up; 0 of nothing.</summary>
    public static long Of(ReadOnlySpan<char> text, string? model = null)
    {
        var weights = ScriptWeights.Of(model);
        var sum = 0L;
        for (var i = 0; i < text.Length;)
        {
            var first = text[i];
            sum += char.IsAsciiDigit(first) ? Digits(text, ref i)
                : IsLatin(first) ? Word(text, ref i, weights)
                : char.IsWhiteSpace(first) ? Space(text, ref i)
                : char.IsAscii(first) ? Marks(text, ref i)
                : weights.Of(text[i++]);
        }

        return (sum + Token - 1) / Token;
    }

    private static long Word(ReadOnlySpan<char> text, ref int at, ScriptWeights weights)
    {
        var start = at;
        while (at < text.Length && char.IsAsciiLetterUpper(text[at]))
        {
            at++;
        }

        var capitals = at - start;
        var goesOn = at < text.Length && IsLatin(text[at]);
        if (capitals > 1)
        {
            // The last capital before a small letter begins the next word.
            at -= goesOn ? 1 : 0;
            return Math.Max(Token, (at - start) * Capital);
        }

        var isAccented = false;
        for (; at < text.Length && IsLatin(text[at]) && !char.IsAsciiLetterUpper(text[at]); at++)
        {
            isAccented |= !char.IsAscii(text[at]);
        }

        var letters = (long)at - start;
        return isAccented
            ? Math.Max(Token, letters * weights.AccentedWord)
            : Token + (Math.Clamp(letters - WholeWord, 0, LongestWord - WholeWord) * LetterBeyond) + (Math.Max(0, letters - LongestWord) * LetterOfNoWord);
    }

    private static long Digits(ReadOnlySpan<char> text, ref int at)
    {
        var start = at;
        while (at < text.Length && char.IsAsciiDigit(text[at]))
        {
            at++;
        }

        return (at - start + 2) / 3 * Token;
    }

    private static long Space(ReadOnlySpan<char> text, ref int at)
    {
        var start = at;
        var isBreak = false;
        for (; at < text.Length && char.IsWhiteSpace(text[at]); at++)
        {
            isBreak |= text[at] == '\n';
        }

        return isBreak || at - start > 1 ? Token + ((at - start) / LongestSpace * Token) : at < text.Length && char.IsAsciiDigit(text[at]) ? SpaceBeforeDigit : 0;
    }

    private static long Marks(ReadOnlySpan<char> text, ref int at)
    {
        var start = at;
        var sum = Token;
        for (; at < text.Length && char.IsAscii(text[at]) && !char.IsAsciiLetterOrDigit(text[at]) && !char.IsWhiteSpace(text[at]); at++)
        {
            sum += at - start < WholeMarks ? 0 : text[at] == text[at - 1] ? SameMark : MarkBeyond;
        }

        return sum - (at < text.Length && (text[at] is '\n' or '\r') ? MarkBeforeBreak : 0);
    }

    private static bool IsLatin(char character) => char.IsAsciiLetter(character) || (character is > '\u007f' and < '\u0250' && char.IsLetter(character));
}
