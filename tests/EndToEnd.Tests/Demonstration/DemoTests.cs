using System.Diagnostics;
using LlmTelemetry.Demo;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.EndToEnd.Tests.Demonstration;

/// <summary>./demo.sh as its user runs it.</summary>
public sealed class DemoTests
{
    [Fact]
    public async Task One_command_shows_panels_and_an_alert_in_alertmanager_and_leaves_nothing_behind()
    {
        foreach (var server in new[] { "redis-server", "redis-cli", "prometheus", "promtool", "alertmanager" })
        {
            Server.Need(server);
        }

        var temporary = Directory.CreateTempSubdirectory("llmtelemetry-demo-test-");
        try
        {
            var (code, output) = await RunAsync(temporary, "--check", "--no-build", "--days", "1.2");
            Assert.True(code == 0, output);
            Assert.Contains($"panels have data, {Check.Alert} fires, and Alertmanager has it.", output, StringComparison.Ordinal);
            Assert.Empty(temporary.EnumerateFileSystemInfos());
            Assert.Empty(ProcessesThatName(temporary.FullName));
        }
        finally
        {
            temporary.Delete(recursive: true);
        }
    }

    [Theory]
    [InlineData("--days")]
    [InlineData("--days", "0")]
    [InlineData("--days", "two")]
    [InlineData("--minutes", "-1")]
    [InlineData("--keep")]
    [InlineData("--else")]
    public async Task Wrong_arguments_start_nothing(params string[] arguments)
    {
        var temporary = Directory.CreateTempSubdirectory("llmtelemetry-demo-test-");
        try
        {
            var (code, output) = await RunAsync(temporary, arguments);
            Assert.Equal(2, code);
            Assert.NotEmpty(output);
            Assert.Empty(temporary.EnumerateFileSystemInfos());
        }
        finally
        {
            temporary.Delete(recursive: true);
        }
    }

    private static async Task<(int Code, string Output)> RunAsync(DirectoryInfo temporary, params string[] arguments)
    {
        var start = new ProcessStartInfo(Server.Need("bash"), [Repository.PathOf("demo.sh"), .. arguments]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["TMPDIR"] = temporary.FullName;
        start.Environment["LLMTELEMETRY_BUILD"] = new DirectoryInfo(AppContext.BaseDirectory).Name;

        // A demo that spends somebody's money would be a bad one.
        start.Environment["ANTHROPIC_API_KEY"] = "a-key";
        using var process = Process.Start(start) ?? throw new InvalidOperationException("bash did not start.");
        try
        {
            var stop = TestContext.Current.CancellationToken;
            var output = process.StandardOutput.ReadToEndAsync(stop);
            var errors = process.StandardError.ReadToEndAsync(stop);
            await process.WaitForExitAsync(stop);
            return (process.ExitCode, await output + await errors);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    // Of Prometheus and Alertmanager the folder stands on the command line. Linux only, as is what ./demo.sh gets from apt.
    private static IEnumerable<string> ProcessesThatName(string folder) => Directory.Exists("/proc")
        ? Directory.EnumerateDirectories("/proc").Where(process => int.TryParse(Path.GetFileName(process), out _)).Select(CommandOf).Where(command => command.Contains(folder, StringComparison.Ordinal))
        : [];

    private static string CommandOf(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "cmdline"));
        }
        catch (IOException) // It ended meanwhile.
        {
            return "";
        }
    }
}
