using System.Diagnostics;

namespace LlmTelemetry.Service;

/// <summary>Fetches a package of prices with the user's own npm, from the registry that it is set up for.</summary>
internal static class NpmPackage
{
    /// <summary>The list of prices in the package, in the format that it has there.</summary>
    /// <param name="package">As npm takes it: a name, or a name@version.</param>
    /// <param name="path">The folders where programs are.</param>
    /// <param name="today">The date of a feed.</param>
    /// <param name="cancellationToken">Stops npm.</param>
    /// <exception cref="IOException">There is no npm, or it failed; the message says what to do.</exception>
    /// <exception cref="InvalidDataException">The package holds no list of prices.</exception>
    public static async Task<byte[]> FetchAsync(string package, string? path, DateOnly today, CancellationToken cancellationToken)
    {
        var npm = Find(path) ?? throw new IOException("npm is not on the PATH: install Node.js, or read a file with --from.");
        var folder = Directory.CreateTempSubdirectory("llmtelemetry-prices-");
        try
        {
            await PackAsync(npm, package, path, folder.FullName, cancellationToken).ConfigureAwait(false);
            var tarball = folder.EnumerateFiles("*.tgz").FirstOrDefault() ?? throw new IOException($"npm pack {package} made no package.");
            var stream = tarball.OpenRead();
            await using (stream.ConfigureAwait(false))
            {
                return Unpack(package, stream, today) ?? throw new InvalidDataException($"{package}: the package holds no list of prices in a format that is known");
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static byte[]? Unpack(string package, Stream tarball, DateOnly today)
    {
        try
        {
            return PackageData.Find(tarball, today);
        }
        catch (Exception cause) when (cause is InvalidDataException or EndOfStreamException or FormatException)
        {
            throw new InvalidDataException($"{package}: the package cannot be unpacked: {cause.Message}", cause);
        }
    }

    private static async Task PackAsync(string npm, string package, string? path, string folder, CancellationToken cancellationToken)
    {
        // Scripts of a package are not run, not even to pack it.
        var start = new ProcessStartInfo(npm, ["pack", "--loglevel=error", "--ignore-scripts", "--", package])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["PATH"] = path;
        using var process = Process.Start(start) ?? throw new IOException($"{npm} does not start.");
        try
        {
            var (output, errors) = (process.StandardOutput.ReadToEndAsync(cancellationToken), process.StandardError.ReadToEndAsync(cancellationToken));
            await Task.WhenAll(output, errors, process.WaitForExitAsync(cancellationToken)).ConfigureAwait(false);
            if (process.ExitCode != 0)
            {
                var said = $"{await errors.ConfigureAwait(false)}\n{await output.ConfigureAwait(false)}".Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
                throw new IOException($"npm pack {package} failed with exit code {process.ExitCode}: {string.Join("; ", said.Take(3))}");
            }
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    private static string? Find(string? path)
    {
        var name = OperatingSystem.IsWindows() ? "npm.cmd" : "npm";
        return path?.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries).Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);
    }
}
