using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace LlmTelemetry.TestKit;

/// <summary>A real redis-server of the test's own: on a free loopback port, in a folder of its own, with AOF on every write unless told otherwise.</summary>
public sealed class RedisServer : IAsyncDisposable
{
    private readonly string _program;
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("llmtelemetry-redis-");
    private readonly string[] _extra;
    private Server? _server;

    private RedisServer(string program, string[] extra)
    {
        _program = program;
        _extra = extra;
        Port = Server.FreePort();
    }

    public int Port { get; }

    public string Address => $"redis://127.0.0.1:{Port}";

    public Server Process => _server ?? throw new InvalidOperationException("Redis is down.");

    /// <summary>Starts one, or skips the running test where there is no redis-server.</summary>
    public static async Task<RedisServer> StartAsync(params string[] extraArguments)
    {
        var redis = new RedisServer(Server.Need("redis-server"), extraArguments);
        await redis.RestartAsync();
        return redis;
    }

    /// <summary>What its log of commands takes on disk.</summary>
    public long AofBytes => _folder.EnumerateFiles("*.aof", SearchOption.AllDirectories).Sum(file => file.Length);

    /// <summary>Starts it again on the same port and data, and waits until it answers.</summary>
    public async Task RestartAsync(params string[] arguments)
    {
        _server = Server.Start(
            _program,
            [
                "--port", Port.ToString(CultureInfo.InvariantCulture), "--bind", "127.0.0.1", "--dir", _folder.FullName,
                "--save", "", "--appendonly", "yes", "--appendfsync", "always", .. _extra, .. arguments,
            ],
            _folder.FullName);
        await Eventually.HoldsAsync(AnswersAsync, $"redis-server on port {Port} answers PING");
    }

    /// <summary>SIGKILL, and waits until the process is gone.</summary>
    public async Task KillAsync()
    {
        await Process.DisposeAsync();
        _server = null;
    }

    /// <summary>Runs one command over a plain socket, outside any client library, and returns the raw reply.</summary>
    public async Task<string> CommandAsync(params string[] words)
    {
        using var client = new TcpClient();
        await client.ConnectAsync("127.0.0.1", Port);
        var stream = client.GetStream();
        var request = new StringBuilder().Append(CultureInfo.InvariantCulture, $"*{words.Length}\r\n");
        foreach (var word in words)
        {
            request.Append(CultureInfo.InvariantCulture, $"${Encoding.UTF8.GetByteCount(word)}\r\n{word}\r\n");
        }

        await stream.WriteAsync(Encoding.UTF8.GetBytes(request.ToString() + "*1\r\n$4\r\nQUIT\r\n"));
        using var reader = new StreamReader(stream, Encoding.Latin1);
        var reply = await reader.ReadToEndAsync();
        return reply.EndsWith("+OK\r\n", StringComparison.Ordinal) ? reply[..^5] : reply;
    }

    /// <summary>Every key of a database, by SCAN.</summary>
    public async Task<IReadOnlyList<string>> KeysAsync()
    {
        var keys = new SortedSet<string>(StringComparer.Ordinal);
        var cursor = "0";
        do
        {
            // *2, the cursor and an array of keys, each as $length and text.
            var lines = (await CommandAsync("SCAN", cursor, "COUNT", "1000")).Split("\r\n");
            cursor = lines[2];
            keys.UnionWith(lines.Skip(4).Where((line, i) => i % 2 == 1 && line.Length > 0));
        }
        while (cursor != "0");

        return [.. keys];
    }

    /// <summary>The answer to a command whose answer is a number.</summary>
    public async Task<long> NumberAsync(params string[] words) => long.Parse((await CommandAsync(words)).Trim(':', '\r', '\n'), CultureInfo.InvariantCulture);

    /// <summary>Its clock, in milliseconds since 1970.</summary>
    public async Task<long> ClockAsync()
    {
        // *2, then seconds and microseconds, each as $length and text.
        var lines = (await CommandAsync("TIME")).Split("\r\n");
        return (long.Parse(lines[2], CultureInfo.InvariantCulture) * 1000) + (long.Parse(lines[4], CultureInfo.InvariantCulture) / 1000);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }

        _folder.Delete(recursive: true);
    }

    private async Task<bool> AnswersAsync()
    {
        if (Process.HasExited)
        {
            throw new InvalidOperationException($"redis-server ended: {Process.Output}");
        }

        try
        {
            // One that asks for a password is there too.
            return await CommandAsync("PING") is var answer && (answer.StartsWith("+PONG", StringComparison.Ordinal) || answer.StartsWith("-NOAUTH", StringComparison.Ordinal));
        }
        catch (Exception cause) when (cause is SocketException or IOException)
        {
            return false;
        }
    }
}
