using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace LlmTelemetry.Service;

/// <summary>Finds the line of an entry in a price file, which has one line a model.</summary>
internal static class EntryLines
{
    /// <summary>The line, from 1 on, of a provider or of a model that is called provider/id; null where there is none.</summary>
    public static int? LineOf(byte[] file, string entry)
    {
        var slash = entry.IndexOf('/', StringComparison.Ordinal);
        var lines = Encoding.UTF8.GetString(file).Split('\n');
        var provider = Find(lines, slash < 0 ? entry : entry[..slash], 0);
        return slash < 0 || provider is null ? provider : Find(lines, entry[(slash + 1)..], provider.Value - 1);
    }

    private static int? Find(string[] lines, string id, int from)
    {
        var found = Array.FindIndex(lines, from, line => Regex.IsMatch(line, $"\"id\"\\s*:\\s*{Regex.Escape(JsonSerializer.Serialize(id))}", RegexOptions.CultureInvariant));
        return found < 0 ? null : found + 1;
    }
}
