using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace LlmTelemetry.Usage;

/// <summary>Versions of price books: a date and a hash; after a plus one hash of all that was laid over, however much it is.</summary>
internal static class PriceVersion
{
    /// <summary>Of a file's text.</summary>
    public static string Of(DateOnly date, ReadOnlySpan<byte> text) =>
        string.Create(CultureInfo.InvariantCulture, $"{date:yyyy-MM-dd}.{Hash(text)}"); // Elsewhere it is the year 2569, or 1448.

    /// <summary>Of the book with the lower version when that with the upper one is laid over it.</summary>
    public static string Over(string upper, string lower)
    {
        var laid = upper[(upper.IndexOf('.', StringComparison.Ordinal) + 1)..];
        var plus = lower.IndexOf('+', StringComparison.Ordinal);
        var single = plus < 0 && !laid.Contains('+', StringComparison.Ordinal);
        var book = plus < 0 ? lower : lower[..plus];
        return single ? $"{book}+{laid}" : $"{book}+{Hash(Encoding.UTF8.GetBytes(lower[(book.Length)..] + "+" + laid))}";
    }

    private static string Hash(ReadOnlySpan<byte> text) => Convert.ToHexStringLower(SHA256.HashData(text).AsSpan(0, 4));
}
