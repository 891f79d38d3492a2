using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using LlmTelemetry.EndToEnd.Tests.Watching;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.EndToEnd.Tests.Receiving;

/// <summary>js/client.mjs, a service with OpenTelemetry's own JavaScript SDK, in a process of its own.</summary>
internal sealed class JavaScriptClient : IAsyncDisposable
{
    private static readonly SemaphoreSlim Installing = new(1);

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
        var folder = await InstalledAsync(cancellationToken);
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

    // Once for each list of packages and each client, in the cache folder that the other servers are in.
    private static async Task<string> InstalledAsync(CancellationToken cancellationToken)
    {
        var source = Repository.PathOf("tests/EndToEnd.Tests/Receiving/js");
        string[] files = ["package.json", "client.mjs"];
        var hash = Convert.ToHexStringLower(SHA256.HashData([.. files.SelectMany(file => File.ReadAllBytes(Path.Combine(source, file)))]))[..12];
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
                File.Copy(Path.Combine(source, file), Path.Combine(attempt, file), overwrite: true);
            }

            var (code, output) = await Tool.RunAsync(Server.Need("npm"), ["install", "--prefix", attempt, "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts"], cancellationToken);
            if (code != 0)
            {
                Directory.Delete(attempt, recursive: true);
                Server.Missing($"the packages of the JavaScript client cannot be had: {output}");
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
