using System.Diagnostics;

namespace LlmTelemetry.Demo;

/// <summary>Prometheus' own tool, from PATH.</summary>
internal static class Promtool
{
    /// <exception cref="IOException">It failed, or is not there; the message has what it said.</exception>
    public static async Task<string> RunAsync(IEnumerable<string> arguments, CancellationToken cancellationToken)
    {
        using var process = Start(arguments);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
            var errors = process.StandardError.ReadToEndAsync(cancellationToken);
            await process.WaitForExitAsync(cancellationToken);
            return process.ExitCode == 0 ? await output : throw new IOException($"promtool failed: {await errors}{await output}");
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }

    private static Process Start(IEnumerable<string> arguments)
    {
        try
        {
            return Process.Start(new ProcessStartInfo("promtool", arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        }
        catch (System.ComponentModel.Win32Exception cause)
        {
            throw new IOException("promtool is not on PATH: ./demo.sh gets it.", cause);
        }
    }
}
