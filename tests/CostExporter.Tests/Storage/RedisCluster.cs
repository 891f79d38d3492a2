using System.Globalization;
using System.Net;
using System.Net.Sockets;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.CostExporter.Tests.Storage;

/// <summary>A real Redis Cluster of three masters on loopback. A class fixture that starts when it is first asked to: a fixture that is made cannot skip a test.</summary>
public sealed class RedisCluster : IAsyncDisposable
{
    private const int BusOffset = 10_000;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-cluster-");
    private readonly List<Server> _nodes = [];

    public List<int> Ports { get; } = [];

    public string Address => $"redis://127.0.0.1:{Ports[0]}";

    /// <summary>Starts it, the first time; skips the running test where there is no Redis.</summary>
    public async Task StartAsync()
    {
        var (server, client) = (Server.Need("redis-server"), Server.Need("redis-cli"));
        if (_nodes.Count > 0)
        {
            return;
        }

        for (var i = 0; i < 3; i++)
        {
            var port = FreePort();
            var folder = _folder.CreateSubdirectory($"n{port}").FullName;
            Ports.Add(port);
            _nodes.Add(Server.Start(
                server,
                [
                    "--port", Text(port), "--bind", "127.0.0.1", "--dir", folder, "--cluster-enabled", "yes", "--cluster-config-file", "nodes.conf",
                    "--cluster-node-timeout", "2000", "--save", "", "--appendonly", "no",
                ]));
        }

        await EverywhereAsync(client, "PONG", "PING");
        await RunAsync(client, ["--cluster", "create", .. Ports.Select(p => $"127.0.0.1:{p}"), "--cluster-replicas", "0", "--cluster-yes"]);
        await EverywhereAsync(client, "cluster_state:ok", "CLUSTER", "INFO");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes)
        {
            await node.DisposeAsync();
        }

        _folder.Delete(recursive: true);
    }

    public static async Task<long> CountKeysAsync(int port) =>
        long.Parse(await RunAsync(Server.Need("redis-cli"), "-p", Text(port), "DBSIZE"), CultureInfo.InvariantCulture);

    private Task EverywhereAsync(string client, string answer, params string[] command) => Eventually.HoldsAsync(
        async () => (await Task.WhenAll(Ports.Select(port => RunAsync(client, ["-p", Text(port), .. command])))).All(text => text.Contains(answer, StringComparison.Ordinal)),
        $"every node answers {answer}");

    private static async Task<string> RunAsync(string program, params string[] arguments)
    {
        var start = new System.Diagnostics.ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        using var process = System.Diagnostics.Process.Start(start)!;
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return output;
    }

    // The nodes talk to each other on a second port.
    private static int FreePort()
    {
        while (true)
        {
            var port = Server.FreePort();
            try
            {
                using var bus = new TcpListener(IPAddress.Loopback, port + BusOffset);
                bus.Start();
                return port;
            }
            catch (Exception cause) when (cause is SocketException or ArgumentOutOfRangeException)
            {
                // Taken, or past the last port: another one.
            }
        }
    }

    private static string Text(int port) => port.ToString(CultureInfo.InvariantCulture);
}
