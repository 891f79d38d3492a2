using System.Diagnostics;
using System.Globalization;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.EndToEnd.Tests.Receiving;

/// <summary>js/client.mjs, a service with OpenTelemetry's own JavaScript SDK, in a process of its own.</summary>
internal sealed class JavaScriptClient : IAsyncDisposable
{
    private readonly Process _process;

    private JavaScriptClient(Process process, string model)
    {
        _process = process;
        Model = model;
    }

    /// <summary>Its calls are all of this model.</summary>
    public string Model { get; }

    public long Calls { get; private set; }

    public long InputTokens { get; private set; }

    public long OutputTokens { get; private set; }

    /// <summary>Starts one, or skips the running test where there is no Node.js, or its packages cannot be had.</summary>
    public static async Task<JavaScriptClient> StartAsync(Uri endpoint, string encoding, string temporality, string model, CancellationToken cancellationToken)
    {
        var program = Server.Need("node");
        var folder = await NpmFolder.InstalledAsync("tests/EndToEnd.Tests/Receiving/js", cancellationToken);
        var start = new ProcessStartInfo(program, [Path.Combine(folder, "client.mjs"), endpoint.ToString().TrimEnd('/'), encoding, temporality, model])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        return new JavaScriptClient(Process.Start(start) ?? throw new InvalidOperationException("node did not start."), model);
    }

    /// <summary>Makes calls and exports them.</summary>
    /// <returns>Whether what it exported was taken.</returns>
    public async Task<bool> CallAsync(int count, CancellationToken cancellationToken)
    {
        for (var n = Calls; n < Calls + count; n++)
        {
            InputTokens += 1_000 + n;
            OutputTokens += 7 * n;
        }

        await _process.StandardInput.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"{Calls} {count}"));
        Calls += count;
        return await _process.StandardOutput.ReadLineAsync(cancellationToken) == "done";
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
    }
}
