using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace LlmTelemetry.Demo;

/// <summary>A Prometheus of our own over a folder of data, on a free loopback port, to work rules out. It scrapes nothing and leaves the blocks as they are.</summary>
internal sealed class LocalPrometheus : IAsyncDisposable
{
    private static readonly TimeSpan Ready = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly Process _process;
    private readonly HttpClient _http;
    private readonly string _settings;

    private LocalPrometheus(Process process, Uri address, string settings)
    {
        _process = process;
        _settings = settings;
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = address, Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <exception cref="IOException">It is not on PATH, or does not start.</exception>
    public static async Task<LocalPrometheus> StartAsync(string folder, TimeSpan lookback, CancellationToken cancellationToken)
    {
        var settings = Path.GetTempFileName();
        var port = FreePort();
        string[] arguments =
        [
            $"--config.file={settings}", $"--storage.tsdb.path={folder}", $"--web.listen-address=127.0.0.1:{port}", "--storage.tsdb.retention.time=10y",
            "--storage.tsdb.min-block-duration=2h", "--storage.tsdb.max-block-duration=2h", "--log.level=error",
            string.Create(CultureInfo.InvariantCulture, $"--query.lookback-delta={lookback.TotalSeconds}s"),
        ];
        var started = new LocalPrometheus(Start(arguments), new Uri($"http://127.0.0.1:{port}/"), settings);
        try
        {
            await started.IsReadyAsync(cancellationToken);
            return started;
        }
        catch
        {
            await started.DisposeAsync();
            throw;
        }
    }

    /// <summary>What an expression would have been at each of many moments.</summary>
    /// <exception cref="IOException">It cannot be worked out; the message says why.</exception>
    public async Task<JsonDocument> RangeAsync(string expression, DateTimeOffset begin, DateTimeOffset end, TimeSpan step, CancellationToken cancellationToken)
    {
        using var form = new FormUrlEncodedContent(
        [
            new("query", expression), new("start", Seconds(begin)), new("end", Seconds(end)), new("step", step.TotalSeconds.ToString(CultureInfo.InvariantCulture)),
        ]);
        using var response = await _http.PostAsync(new Uri("api/v1/query_range", UriKind.Relative), form, cancellationToken);
        var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync(cancellationToken));
        return response.IsSuccessStatusCode ? answer : throw new IOException($"Prometheus cannot work out {expression}: {answer.RootElement.GetProperty("error")}");
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
        File.Delete(_settings);
    }

    private static string Seconds(DateTimeOffset at) => at.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);

    private static Process Start(string[] arguments)
    {
        try
        {
            return Process.Start("prometheus", arguments);
        }
        catch (System.ComponentModel.Win32Exception cause)
        {
            throw new IOException("prometheus is not on PATH: ./demo.sh gets it.", cause);
        }
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task IsReadyAsync(CancellationToken cancellationToken)
    {
        var begun = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(begun) < Ready)
        {
            if (_process.HasExited)
            {
                throw new IOException($"prometheus ended with code {_process.ExitCode}.");
            }

            try
            {
                using var response = await _http.GetAsync(new Uri("-/ready", UriKind.Relative), cancellationToken);
                if (response.IsSuccessStatusCode)
                {
                    return;
                }
            }
            catch (HttpRequestException)
            {
                // It does not listen yet.
            }

            await Task.Delay(Pause, cancellationToken);
        }

        throw new IOException($"prometheus was not ready within {Ready}.");
    }
}
