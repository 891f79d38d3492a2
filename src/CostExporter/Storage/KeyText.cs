using System.Globalization;
using System.Text;

namespace LlmTelemetry.CostExporter;

/// <summary>
/// Writes the strings of a <see cref="SpendKey"/> so that different keys never become the same text, whatever is in them: null is
/// empty, anything else starts with <c>=</c>; separators, braces (Redis hash tags), control characters and lone surrogates (which
/// UTF-8 would turn into one and the same character) are escaped.
/// </summary>
internal static class KeyText
{
    public const char Separator = '|';
    private const char Present = '=';
    private const char Escape = '%';
    private const char FirstSurrogate = '\uD800';

    public static string Encode(string? part)
    {
        if (part is null)
        {
            return "";
        }

        if (!NeedsEscape(part))
        {
            return Present + part;
        }

        var text = new StringBuilder(part.Length + 1).Append(Present);
        for (var i = 0; i < part.Length; i++)
        {
            var c = part[i];
            if (char.IsHighSurrogate(c) && i + 1 < part.Length && char.IsLowSurrogate(part[i + 1]))
            {
                text.Append(c).Append(part[++i]);
            }
            else if (NeedsEscape(c))
            {
                text.Append(Escape).Append(((int)c).ToString("X4", CultureInfo.InvariantCulture));
            }
            else
            {
                text.Append(c);
            }
        }

        return text.ToString();
    }

    public static string? Decode(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty)
        {
            return null;
        }

        text = text[1..];
        if (!text.Contains(Escape))
        {
            return text.ToString();
        }

        var part = new StringBuilder(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == Escape)
            {
                part.Append((char)ushort.Parse(text.Slice(i + 1, 4), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
                i += 4;
            }
            else
            {
                part.Append(text[i]);
            }
        }

        return part.ToString();
    }

    /// <summary>
    /// Whether every text that stands behind this one, byte by byte in UTF-8, is of a name that stands behind its name (ordinal). Where something is
    /// escaped, or sorts below an escape, or where UTF-8 and UTF-16 sort otherwise, that need not be so.
    /// </summary>
    public static bool SortsAsItReads(string text)
    {
        for (var i = text.Length == 0 ? 0 : 1; i < text.Length; i++)
        {
            if (text[i] <= Escape || text[i] >= FirstSurrogate)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Several parts as one text; none of them can pass for two.</summary>
    public static string Join(params ReadOnlySpan<string?> parts)
    {
        var text = new StringBuilder();
        for (var i = 0; i < parts.Length; i++)
        {
            text.Append(i == 0 ? "" : Separator).Append(Encode(parts[i]));
        }

        return text.ToString();
    }

    /// <summary>Takes the first parts off a text; those that it has not are null.</summary>
    /// <returns>What is behind them.</returns>
    public static ReadOnlySpan<char> Split(ReadOnlySpan<char> text, Span<string?> parts)
    {
        var rest = text;
        for (var i = 0; i < parts.Length; i++)
        {
            var end = rest.IndexOf(Separator);
            parts[i] = Decode(end < 0 ? rest : rest[..end]);
            rest = end < 0 ? [] : rest[(end + 1)..];
        }

        return rest;
    }

    // A surrogate needs a second look: in a pair it stays.
    private static bool NeedsEscape(char c) => c is Escape or Separator or ':' or '{' or '}' || char.IsControl(c) || char.IsSurrogate(c);

    private static bool NeedsEscape(string part)
    {
        foreach (var c in part)
        {
            if (NeedsEscape(c))
            {
                return true;
            }
        }

        return false;
    }
}
