using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace LlmTelemetry.TestKit;

/// <summary>A real Redis Cluster of three masters on loopback. A class fixture that starts when it is first asked to: a fixture that is made cannot skip a test.</summary>
public sealed class RedisCluster : IAsyncDisposable
{
    private const int BusOffset = 10_000;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-cluster-");
    private readonly Dictionary<int, Server> _nodes = [];
    private bool _durable;

    public List<int> Ports { get; } = [];

    public string Address => $"redis://127.0.0.1:{Ports[0]}";

    /// <summary>Starts it, the first time; skips the running test where there is no Redis.</summary>
    /// <param name="durable">Whether its nodes keep what they acknowledge when they are killed.</param>
    public async Task StartAsync(bool durable = false)
    {
        var (_, client) = (Server.Need("redis-server"), Server.Need("redis-cli"));
        if (_nodes.Count > 0)
        {
            return;
        }

        _durable = durable;
        for (var i = 0; i < 3; i++)
        {
            var port = FreePort();
            Ports.Add(port);
            Restart(port);
        }

        await EverywhereAsync(client, "PONG", "PING");
        await RunAsync(client, ["--cluster", "create", .. Ports.Select(p => $"127.0.0.1:{p}"), "--cluster-replicas", "0", "--cluster-yes"]);
        await AgreesAsync();
    }

    /// <summary>Ends when every node says that the cluster can be written to.</summary>
    public Task AgreesAsync() => EverywhereAsync(Server.Need("redis-cli"), "cluster_state:ok", "CLUSTER", "INFO");

    /// <summary>SIGKILL.</summary>
    public async Task KillAsync(int port) => await _nodes[port].DisposeAsync();

    public void Restart(int port) => _nodes[port] = Server.Start(
        Server.Need("redis-server"),
        [
            "--port", Text(port), "--bind", "127.0.0.1", "--dir", _folder.CreateSubdirectory($"n{port}").FullName, "--cluster-enabled", "yes",
            "--cluster-config-file", "nodes.conf", "--cluster-node-timeout", "2000", "--save", "", "--appendonly", _durable ? "yes" : "no", "--appendfsync", "always",
        ]);

    /// <summary>The master that has the slot of a key, as all see it.</summary>
    public async Task<int> OwnerAsync(string key)
    {
        foreach (var port in Ports)
        {
            if (!(await CommandAsync(port, "EXISTS", key)).Contains("MOVED", StringComparison.Ordinal))
            {
                return port;
            }
        }

        throw new InvalidOperationException($"Nobody has the slot of {key}.");
    }

    /// <summary>Moves the slot of a key to another master while it is in use, as redis-cli --cluster reshard does, a few keys at a time.</summary>
    public async Task MoveSlotAsync(string key, int to)
    {
        var (from, slot) = (await OwnerAsync(key), (await CommandAsync(Ports[0], "CLUSTER", "KEYSLOT", key)).Trim());
        var (fromId, toId) = ((await CommandAsync(from, "CLUSTER", "MYID")).Trim(), (await CommandAsync(to, "CLUSTER", "MYID")).Trim());
        Assert.Contains("OK", await CommandAsync(to, "CLUSTER", "SETSLOT", slot, "IMPORTING", fromId), StringComparison.Ordinal);
        Assert.Contains("OK", await CommandAsync(from, "CLUSTER", "SETSLOT", slot, "MIGRATING", toId), StringComparison.Ordinal);
        while ((await CommandAsync(from, "CLUSTER", "GETKEYSINSLOT", slot, "3")).Split('\n', StringSplitOptions.RemoveEmptyEntries) is { Length: > 0 } keys)
        {
            Assert.Contains("OK", await CommandAsync(from, ["MIGRATE", "127.0.0.1", Text(to), "", "0", "5000", "KEYS", .. keys]), StringComparison.Ordinal);
        }

        foreach (var port in new[] { to, from }.Concat(Ports).Distinct())
        {
            Assert.Contains("OK", await CommandAsync(port, "CLUSTER", "SETSLOT", slot, "NODE", toId), StringComparison.Ordinal);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var node in _nodes.Values)
        {
            await node.DisposeAsync();
        }

        _folder.Delete(recursive: true);
    }

    public static async Task<long> CountKeysAsync(int port) =>
        long.Parse(await RunAsync(Server.Need("redis-cli"), "-p", Text(port), "DBSIZE"), CultureInfo.InvariantCulture);

    /// <summary>The keys of one server that begin so, of any Redis: by redis-cli, because the client's own scan waits on a thread by which it may have to hear the answer.</summary>
    public static async Task<string[]> KeysAsync(int port, string prefix) =>
        (await RunAsync(Server.Need("redis-cli"), "-p", Text(port), "--scan", "--pattern", prefix + "*")).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static Task<string> CommandAsync(int port, params string[] command) => RunAsync(Server.Need("redis-cli"), ["-p", Text(port), .. command]);

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
