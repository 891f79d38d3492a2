using System.Security.Cryptography;
using LlmTelemetry.EndToEnd.Tests.Watching;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.EndToEnd.Tests;

/// <summary>A folder of ours with a package.json and scripts, with its packages from the npm registry, in the cache folder that the servers are in.</summary>
internal static class NpmFolder
{
    private static readonly SemaphoreSlim Installing = new(1);

    /// <summary>Installs it once for each state of its files, or skips the running test where the packages cannot be had.</summary>
    public static async Task<string> InstalledAsync(string source, CancellationToken cancellationToken)
    {
        string[] files = [.. Directory.GetFiles(Repository.PathOf(source)).Order(StringComparer.Ordinal)];
        var hash = Convert.ToHexStringLower(SHA256.HashData([.. files.SelectMany(File.ReadAllBytes)]))[..12];
        var cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } said ? said : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        var folder = Path.Combine(cache, "llmtelemetry", "npm", hash);
        await Installing.WaitAsync(cancellationToken);
        try
        {
            if (Directory.Exists(folder))
            {
                return folder;
            }

            var attempt = Directory.CreateDirectory($"{folder}.{Environment.ProcessId}").FullName;
            foreach (var file in files)
            {
                File.Copy(file, Path.Combine(attempt, Path.GetFileName(file)), overwrite: true);
            }

            var (code, output) = await Tool.RunAsync(Server.Need("npm"), ["install", "--prefix", attempt, "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts"], cancellationToken);
            if (code != 0)
            {
                Directory.Delete(attempt, recursive: true);
                Server.Missing($"the packages of {source} cannot be had: {output}");
            }

            Publish(attempt, folder);
            return folder;
        }
        finally
        {
            Installing.Release();
        }
    }

    // Another process may have been faster.
    private static void Publish(string attempt, string folder)
    {
        try
        {
            Directory.Move(attempt, folder);
        }
        catch (IOException) when (Directory.Exists(folder))
        {
            Directory.Delete(attempt, recursive: true);
        }
    }
}
