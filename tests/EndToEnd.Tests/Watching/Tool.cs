using System.Diagnostics;

namespace LlmTelemetry.EndToEnd.Tests.Watching;

/// <summary>A program that checks something and ends: promtool, otelcol validate.</summary>
internal static class Tool
{
    /// <summary>Runs it in the repository's root and returns its exit code and all that it printed.</summary>
    public static async Task<(int ExitCode, string Output)> RunAsync(string path, IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(path, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = TestKit.Repository.Root,
        };
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{path} did not start.");
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var errors = process.StandardError.ReadToEndAsync(cancellationToken);
        await process.WaitForExitAsync(cancellationToken);
        return (process.ExitCode, await output + await errors);
    }
}
