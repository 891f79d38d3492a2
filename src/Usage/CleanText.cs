using System.Text;

namespace LlmTelemetry.Usage;

/// <summary>Makes a value fit for a label and for a key of any store. What does not fit is cut, so that the money is still booked.</summary>
internal static class CleanText
{
    /// <inheritdoc cref="Attribution.Clean"/>
    public static string Of(string value, int maxLength) =>
        value.Length <= maxLength && (!value.AsSpan().ContainsAnyExceptInRange(' ', '~') || IsClean(value)) ? value : Rewrite(value, maxLength);

    // Names of people are seldom ASCII only: what is clean is not written anew.
    private static bool IsClean(ReadOnlySpan<char> value)
    {
        if (value.ContainsAnyInRange('\0', '\u001f') || value.ContainsAnyInRange('\u007f', '\u009f'))
        {
            return false;
        }

        for (var at = value.IndexOfAnyInRange('\ud800', '\udfff'); at >= 0; at = value.IndexOfAnyInRange('\ud800', '\udfff'))
        {
            if (at + 1 >= value.Length || !char.IsSurrogatePair(value[at], value[at + 1]))
            {
                return false;
            }

            value = value[(at + 2)..];
        }

        return true;
    }

    // Half a surrogate pair becomes U+FFFD here, because every store would turn it into that later: two keys that differ in memory would then be
    // one row, and one of them overwritten.
    private static string Rewrite(string value, int maxLength)
    {
        var cleaned = new StringBuilder(Math.Min(value.Length, maxLength));
        foreach (var rune in value.EnumerateRunes())
        {
            if (Rune.IsControl(rune))
            {
                continue;
            }

            if (cleaned.Length + rune.Utf16SequenceLength > maxLength)
            {
                break;
            }

            cleaned.Append(rune);
        }

        return cleaned.ToString();
    }
}
