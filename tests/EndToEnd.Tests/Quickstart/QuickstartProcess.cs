using System.Diagnostics;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.EndToEnd.Tests.Quickstart;

/// <summary>The sample as its user runs it: a process of its own, in a folder of its own, with its output redirected.</summary>
internal static class QuickstartProcess
{
    // "Well under a minute", on a machine that is busy with other tests.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(55);

    /// <summary>Runs it to its end.</summary>
    /// <param name="folder">The current folder.</param>
    /// <param name="arguments">What stands after <c>--</c>.</param>
    /// <param name="provider">The address that stands in for the provider's, as if there were an API key; null: there is no key.</param>
    /// <param name="cancellationToken">The test's.</param>
    public static async Task<Ended> RunAsync(string folder, string[] arguments, string? provider, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(Server.Need("dotnet"), [Path.Combine(AppContext.BaseDirectory, "LlmTelemetry.Quickstart.dll"), .. arguments])
        {
            WorkingDirectory = folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Remove("ANTHROPIC_API_KEY");
        start.Environment.Remove("ANTHROPIC_BASE_URL");
        if (provider is not null)
        {
            start.Environment["ANTHROPIC_API_KEY"] = "a-key";
            start.Environment["ANTHROPIC_BASE_URL"] = provider;
            start.Environment["NO_PROXY"] = "127.0.0.1";
        }

        using var process = Process.Start(start) ?? throw new InvalidOperationException("The Quickstart did not start.");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Limit);
        try
        {
            var output = process.StandardOutput.ReadToEndAsync(limit.Token);
            var error = process.StandardError.ReadToEndAsync(limit.Token);
            await process.WaitForExitAsync(limit.Token);
            return new(process.ExitCode, await output, await error);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill();
            }
        }
    }

    internal sealed record Ended(int ExitCode, string Output, string Error);
}
