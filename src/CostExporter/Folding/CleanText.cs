using System.Text;

namespace LlmTelemetry.CostExporter;

/// <summary>Makes a value fit for a key of any store. What does not fit is cut, so that the money is still booked.</summary>
internal static class CleanText
{
    public const int MaxLength = 256;

    /// <summary>
    /// The value without control characters and no longer than <see cref="MaxLength"/>. Half a surrogate pair becomes U+FFFD here, because
    /// every store would turn it into that later: two keys that differ in memory would then be one row, and one of them overwritten.
    /// </summary>
    public static string? Of(string? value) =>
        value is null || (value.Length <= MaxLength && !value.AsSpan().ContainsAnyExceptInRange(' ', '~')) ? value : CleanSlowly(value);

    private static string CleanSlowly(string value)
    {
        var cleaned = new StringBuilder(Math.Min(value.Length, MaxLength));
        foreach (var rune in value.EnumerateRunes())
        {
            if (Rune.IsControl(rune))
            {
                continue;
            }

            if (cleaned.Length + rune.Utf16SequenceLength > MaxLength)
            {
                break;
            }

            cleaned.Append(rune);
        }

        return cleaned.Equals(value) ? value : cleaned.ToString();
    }
}
