using System.Text;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.Service.Tests;

/// <summary>Runs the command in process, at noon of 22 November 2026 unless told otherwise, with an environment of its own.</summary>
internal sealed class Cli(DateTimeOffset? now = null)
{
    private readonly ManualTime _time = now is { } at ? new(at) : new();

    public Dictionary<string, string> Environment { get; } = [];

    public DateOnly Today => DateOnly.FromDateTime(_time.GetUtcNow().UtcDateTime);

    /// <summary>What is on standard input.</summary>
    public string Input { set => InputBytes = Encoding.UTF8.GetBytes(value); }

    /// <summary>Whether somebody sits in front of it.</summary>
    public bool CanAsk { get; set; }

    /// <summary>Whether standard error is a terminal.</summary>
    public bool CanShowProgress { get; set; }

    public byte[] InputBytes { get; set; } = [];

    public async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var exitCode = await CommandLine.RunAsync(arguments, output, error, name => Environment.GetValueOrDefault(name), _time, () => new MemoryStream(InputBytes),
            new CommandSurroundings([.. Environment.Keys], CanAsk, CanShowProgress), TestContext.Current.CancellationToken);
        return (exitCode, output.ToString(), error.ToString());
    }
}
