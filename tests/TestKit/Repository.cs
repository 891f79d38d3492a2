namespace LlmTelemetry.TestKit;

/// <summary>The source tree that the running test was built from.</summary>
public static class Repository
{
    private static readonly Lazy<string> Folder = new(() =>
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "Telemetry.sln")))
            {
                return folder;
            }
        }

        throw new InvalidOperationException($"No Telemetry.sln above {AppContext.BaseDirectory}.");
    });

    public static string Root => Folder.Value;

    public static string PathOf(string relative) => Path.Combine(Root, relative);

    public static string Read(string relative) => File.ReadAllText(PathOf(relative));

    /// <summary>The files below a folder that match, relative to the root, with / between folders; what a build makes is left out.</summary>
    public static IEnumerable<string> Files(string folder, string pattern)
    {
        var path = PathOf(folder);
        return !Directory.Exists(path) ? [] : Directory.EnumerateFiles(path, pattern, SearchOption.AllDirectories)
            .Select(file => Path.GetRelativePath(Root, file).Replace('\\', '/'))
            .Where(file => !file.Split('/').Any(part => part is "bin" or "obj" or "artifacts" or "node_modules" or ".git"))
            .Order(StringComparer.Ordinal);
    }
}
