using System.Text;

namespace LlmTelemetry.CostExporter.Tests;

/// <summary>As much of Redis' protocol as is needed to tell one request or answer from the next.</summary>
internal static class Resp
{
    /// <summary>The length of the first whole request or answer; 0: it is not whole yet.</summary>
    public static int FirstLength(ReadOnlySpan<byte> bytes) => Math.Max(0, End(bytes, 0));

    /// <summary>Whether a request runs the script that applies a batch: its first key is that of the batches' numbers.</summary>
    public static bool IsApply(ReadOnlySpan<byte> request)
    {
        var start = Encoding.Latin1.GetString(request[..Math.Min(request.Length, 20)]);
        if (!start.Contains("EVAL", StringComparison.OrdinalIgnoreCase))
        {
            return false;
        }

        // The script (or its hash), the number of keys, the first key.
        var at = request.IndexOf("\r\n"u8) + 2;
        for (var skip = 0; skip < 3; skip++)
        {
            at = End(request, at);
        }

        return request[at..End(request, at)].IndexOf(":batch:"u8) >= 0;
    }

    private static int End(ReadOnlySpan<byte> bytes, int at)
    {
        var line = at < bytes.Length ? bytes[at..].IndexOf("\r\n"u8) : -1;
        if (line < 0)
        {
            return -1;
        }

        var end = at + line + 2;
        if (bytes[at] is not ((byte)'$' or (byte)'*'))
        {
            return end;
        }

        var count = int.Parse(bytes.Slice(at + 1, line - 1), System.Globalization.CultureInfo.InvariantCulture);
        if (bytes[at] == '$')
        {
            end += count < 0 ? 0 : count + 2;
            return end <= bytes.Length ? end : -1;
        }

        for (var i = 0; i < count && end >= 0; i++)
        {
            end = End(bytes, end);
        }

        return end;
    }
}
