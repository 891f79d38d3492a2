using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace LlmTelemetry.TestKit;

/// <summary>A real server process on a loopback port, started by the test and stopped by its process id.</summary>
public sealed class Server : IAsyncDisposable
{
    private readonly StringBuilder _output = new();
    private readonly Process _process;

    // Of its two outputs, those whose end was not read yet.
    private int _open = 2;

    private Server(Process process) => _process = process;

    public int Id => _process.Id;

    /// <summary>Whether it has ended and everything that it wrote is in <see cref="Output"/>.</summary>
    public bool HasExited => _process.HasExited && Volatile.Read(ref _open) <= 0;

    public string Output
    {
        get
        {
            lock (_output)
            {
                return _output.ToString();
            }
        }
    }

    /// <summary>
    /// The program's full path: from the environment variable LLMTELEMETRY_NAME (upper case, - as _), then PATH; null when it is not there.
    /// </summary>
    public static string? Find(string program)
    {
        var named = Environment.GetEnvironmentVariable("LLMTELEMETRY_" + program.ToUpperInvariant().Replace('-', '_'));
        if (!string.IsNullOrEmpty(named) && File.Exists(named))
        {
            return named;
        }

        return (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => Path.Combine(folder, program)).FirstOrDefault(File.Exists);
    }

    /// <summary>The program's full path, or the running test is skipped, saying why. In CI (CI=true) its absence fails the test.</summary>
    public static string Need(string program) => Find(program) ?? Missing($"{program} is not on PATH");

    /// <summary>Skips the running test because a server is not there, or not one that can be used; in CI (CI=true) fails it.</summary>
    public static string Missing(string why)
    {
        if (Environment.GetEnvironmentVariable("CI") == "true" && Environment.GetEnvironmentVariable("LLMTELEMETRY_SERVERS_MISSING") != "true")
        {
            Assert.Fail(why + ": in CI nothing may be skipped.");
        }

        Assert.Skip(why);
        return "";
    }

    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    public static Server Start(string path, IEnumerable<string> arguments, string? workingDirectory = null)
    {
        var start = new ProcessStartInfo(path, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = workingDirectory ?? Path.GetTempPath(),
        };
        var process = Process.Start(start) ?? throw new InvalidOperationException($"{path} did not start.");
        var server = new Server(process);
        process.OutputDataReceived += (_, line) => server.Keep(line.Data);
        process.ErrorDataReceived += (_, line) => server.Keep(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return server;
    }

    /// <summary>Sends a signal by name: KILL, STOP, CONT, TERM. At once, so that it hits what is under way.</summary>
    public void Signal(string name)
    {
        var number = name switch { "KILL" => 9, "TERM" => 15, "STOP" => OperatingSystem.IsMacOS() ? 17 : 19, "CONT" => OperatingSystem.IsMacOS() ? 19 : 18, _ => throw new ArgumentException(name, nameof(name)) };
        var isSent = Kill(Id, number) == 0;

        // One that has just ended by itself needs no kill.
        Assert.True(isSent || (name == "KILL" && _process.HasExited), $"{name} was not sent.");
    }

    public async Task KillAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
    }

    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int process, int signal);

    private void Keep(string? line)
    {
        if (line is null)
        {
            Interlocked.Decrement(ref _open);
            return;
        }

        lock (_output)
        {
            _output.AppendLine(line);
        }
    }
}
