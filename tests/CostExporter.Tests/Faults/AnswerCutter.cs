using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace LlmTelemetry.CostExporter.Tests;

/// <summary>Stands before a Redis and, when told, keeps back the next answer that says that a receipt was booked, and ends the connection: so nobody hears of it.</summary>
internal sealed class AnswerCutter : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly List<Task> _connections = [];
    private readonly int _target;
    private readonly Task _accepting;
    private int _cuts;
    private int _left;

    // Seven parts, the first of them 1 (receive.lua).
    private static ReadOnlySpan<byte> Booked => "*7\r\n:1\r\n"u8;

    public AnswerCutter(int target)
    {
        _target = target;
        _listener.Start();
        _accepting = Task.Run(AcceptAsync);
    }

    public string Address => string.Create(CultureInfo.InvariantCulture, $"redis://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    /// <summary>How many answers were kept back.</summary>
    public int Cuts => Volatile.Read(ref _cuts);

    /// <summary>Cuts the next so many connections that such an answer is about to go through.</summary>
    public void CutNext(int connections = 1) => Volatile.Write(ref _left, connections);

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Stop();
        await _accepting;
        await Task.WhenAll(_connections);
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                _connections.Add(ServeAsync(await _listener.AcceptTcpClientAsync(_stopping.Token)));
            }
        }
        catch (Exception cause) when (cause is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        using var server = new TcpClient { NoDelay = true };
        using (client)
        {
            client.NoDelay = true;
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, _target, ended.Token);
                await Task.WhenAny(PassAsync(client, server, isAnswer: false, ended.Token), PassAsync(server, client, isAnswer: true, ended.Token));
            }
            catch (Exception cause) when (cause is OperationCanceledException or SocketException)
            {
                // The server is down, or the test is over.
            }

            await ended.CancelAsync();
        }
    }

    private async Task PassAsync(TcpClient from, TcpClient to, bool isAnswer, CancellationToken ended)
    {
        var buffer = new byte[256 * 1024];
        try
        {
            while (await from.GetStream().ReadAsync(buffer, ended) is var read and > 0)
            {
                if (isAnswer && buffer.AsSpan(0, read).IndexOf(Booked) >= 0 && Interlocked.Decrement(ref _left) >= 0)
                {
                    Interlocked.Increment(ref _cuts);
                    return;
                }

                await to.GetStream().WriteAsync(buffer.AsMemory(0, read), ended);
            }
        }
        catch (Exception cause) when (cause is OperationCanceledException or SocketException or IOException or ObjectDisposedException)
        {
            // Either side is gone, and then so is the other.
        }
    }
}
