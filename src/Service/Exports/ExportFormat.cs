namespace LlmTelemetry.Service;

/// <summary>The forms of an export, by the word of the option and the end of a file's name.</summary>
internal static class ExportFormat
{
    public const string Json = "json";
    public const string JsonLines = "jsonl";
    public const string Csv = "csv";

    private const string Compressed = ".gz";

    public static readonly string[] All = [JsonLines, Json, Csv];

    /// <summary>Whether what is written to a file of this name is compressed.</summary>
    public static bool IsCompressed(string path) => path.EndsWith(Compressed, StringComparison.OrdinalIgnoreCase);

    /// <summary>The form that the end of a file's name says; null where it says none.</summary>
    public static string? Of(string path)
    {
        var name = IsCompressed(path) ? path[..^Compressed.Length] : path;
        return Array.Find(All, form => name.EndsWith("." + form, StringComparison.OrdinalIgnoreCase));
    }
}
