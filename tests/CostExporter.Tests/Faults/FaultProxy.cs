using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace LlmTelemetry.CostExporter.Tests;

/// <summary>Stands between one exporter and its Redis: passes on request by request and answer by answer, and tells the watch.</summary>
internal sealed class FaultProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stopping = new();
    private readonly ConcurrentDictionary<Task, bool> _connections = [];
    private readonly FaultWatch _watch;
    private readonly int _target;
    private readonly Task _accepting;

    public FaultProxy(int target, FaultWatch watch)
    {
        _target = target;
        _watch = watch;
        _listener.Start();
        _accepting = Task.Run(AcceptAsync);
    }

    public string Address => string.Create(CultureInfo.InvariantCulture, $"redis://127.0.0.1:{((IPEndPoint)_listener.LocalEndpoint).Port}");

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Stop();
        await Task.WhenAll([_accepting, .. _connections.Keys]);
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stopping.Token);
                var connection = Task.Run(() => ServeAsync(client));
                _connections.TryAdd(connection, true);
                _ = connection.ContinueWith(done => _connections.TryRemove(done, out _), TaskScheduler.Default);
            }
        }
        catch (Exception cause) when (cause is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task ServeAsync(TcpClient client)
    {
        var underWay = new ConcurrentQueue<WatchedRequest>();
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token);
        using var server = new TcpClient { NoDelay = true };
        using (client)
        {
            client.NoDelay = true;
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, _target, ended.Token);
                Task[] both = [RequestsAsync(client, server, underWay, ended.Token), AnswersAsync(server, client, underWay, ended.Token)];
                await Task.WhenAny(both);
                await ended.CancelAsync();
                await Task.WhenAll(both);
            }
            catch (Exception cause) when (cause is OperationCanceledException or SocketException or IOException or ObjectDisposedException)
            {
                // Either side is gone, and then so is the other.
            }
        }

        foreach (var request in underWay)
        {
            _watch.Lost(request);
        }
    }

    private async Task RequestsAsync(TcpClient from, TcpClient to, ConcurrentQueue<WatchedRequest> underWay, CancellationToken ended)
    {
        await foreach (var request in WholeAsync(from.GetStream(), ended))
        {
            underWay.Enqueue(_watch.Sent(this, Resp.IsApply(request.Span)));
            await to.GetStream().WriteAsync(request, ended);
        }
    }

    private async Task AnswersAsync(TcpClient from, TcpClient to, ConcurrentQueue<WatchedRequest> underWay, CancellationToken ended)
    {
        await foreach (var answer in WholeAsync(from.GetStream(), ended))
        {
            underWay.TryPeek(out var request);
            if (!await _watch.KeepBackAsync(request, ended) || !_watch.Answered(request, answer.Span))
            {
                return;
            }

            underWay.TryDequeue(out _);
            await to.GetStream().WriteAsync(answer, ended);
        }
    }

    private static async IAsyncEnumerable<ReadOnlyMemory<byte>> WholeAsync(NetworkStream stream, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ended)
    {
        var buffer = new byte[64 * 1024];
        var filled = 0;
        while (await stream.ReadAsync(buffer.AsMemory(filled), ended) is var read and > 0)
        {
            filled += read;
            var start = 0;
            while (Resp.FirstLength(buffer.AsSpan(start, filled - start)) is var length and > 0)
            {
                yield return buffer.AsMemory(start, length);
                start += length;
            }

            buffer.AsSpan(start, filled - start).CopyTo(buffer);
            filled -= start;
            if (filled == buffer.Length)
            {
                Array.Resize(ref buffer, 2 * buffer.Length);
            }
        }
    }
}
