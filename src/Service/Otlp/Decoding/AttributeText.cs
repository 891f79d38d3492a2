using System.Text;

namespace LlmTelemetry.Service;

/// <summary>Texts of attributes, no longer than they may be.</summary>
internal static class AttributeText
{
    /// <summary>Reads UTF-8, what is none as U+FFFD; of a longer text its first bytes, up to a whole character.</summary>
    public static string Read(ReadOnlySpan<byte> text, int maxBytes)
    {
        if (text.Length > maxBytes)
        {
            var end = maxBytes;
            for (; end > maxBytes - 4 && (text[end] & 0xC0) == 0x80; end--)
            {
            }

            text = text[..end];
        }

        return Encoding.UTF8.GetString(text);
    }
}
