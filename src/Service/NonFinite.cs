namespace LlmTelemetry.Service;

/// <summary>Numbers that are none, as Python and others write them into what is then no JSON: a usage with one is invalid, but its line can be read.</summary>
internal static class NonFinite
{
    private static ReadOnlySpan<byte> Spelled => "NaN"u8;

    /// <summary>The line with each <c>NaN</c>, <c>Infinity</c> and <c>-Infinity</c> as text; null where there is none.</summary>
    public static byte[]? Quoted(ReadOnlySpan<byte> line)
    {
        if (line.IndexOf("NaN"u8) < 0 && line.IndexOf("Infinity"u8) < 0)
        {
            return null;
        }

        List<byte> quoted = new(line.Length + 16);
        for (var inText = false; !line.IsEmpty;)
        {
            var length = inText && line[0] == '\\' && line.Length > 1 ? 2 : 1;
            if (!inText && LengthOf(line) is > 0 and var spelled)
            {
                quoted.AddRange([(byte)'"', .. Spelled, (byte)'"']);
                length = spelled;
            }
            else
            {
                inText ^= line[0] == '"';
                quoted.AddRange(line[..length]);
            }

            line = line[length..];
        }

        return [.. quoted];
    }

    private static int LengthOf(ReadOnlySpan<byte> text) =>
        text.StartsWith("NaN"u8) ? 3 : text.StartsWith("Infinity"u8) ? 8 : text.StartsWith("-Infinity"u8) ? 9 : 0;
}
