using System.Collections.Concurrent;
using System.Net;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.CostExporter.Tests.Emitting;

/// <summary>What <see cref="LogsEndpoint"/> answers with.</summary>
internal sealed record LogsReply(int Status = 200, string? RetryAfter = null, byte[]? Body = null, Task? After = null);

/// <summary>A receiver of OTLP logs on a loopback port, which keeps what it takes and can be told to fail.</summary>
internal sealed class LogsEndpoint : IDisposable
{
    private readonly HttpListener _listener = new();

    public LogsEndpoint()
    {
        Address = new Uri($"http://127.0.0.1:{Server.FreePort()}");
        _listener.Prefixes.Add(Address.ToString());
        _listener.Start();
        _ = ServeAsync();
    }

    public Uri Address { get; }

    /// <summary>What to answer to the records of a request; null: that they are taken.</summary>
    public Func<IReadOnlyList<ReceivedLog>, LogsReply?> Answer { get; set; } = static _ => null;

    /// <summary>All requests, those that were not taken included, with how many records each held.</summary>
    public ConcurrentQueue<(string Path, WebHeaderCollection Headers, int Records)> Requests { get; } = new();

    /// <summary>The records that were answered with success.</summary>
    public ConcurrentQueue<ReceivedLog> Taken { get; } = new();

    public IEnumerable<UsageRecord> Events => Taken.Select(log => log.Event);

    public void Dispose() => _listener.Close();

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                _ = AnswerAsync(await _listener.GetContextAsync());
            }
        }
        catch (Exception cause) when (cause is HttpListenerException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        try
        {
            using var body = new MemoryStream();
            await context.Request.InputStream.CopyToAsync(body);
            var records = ReceivedLog.Read(body.ToArray());
            Requests.Enqueue((context.Request.Url!.AbsolutePath, new WebHeaderCollection { context.Request.Headers }, records.Count));
            var reply = Answer(records) ?? new LogsReply();
            if (reply.After is not null)
            {
                await reply.After;
            }

            if (reply.Status == 200)
            {
                records.ForEach(Taken.Enqueue);
            }

            context.Response.StatusCode = reply.Status;
            context.Response.ContentType = "application/x-protobuf";
            if (reply.RetryAfter is not null)
            {
                context.Response.Headers["Retry-After"] = reply.RetryAfter;
            }

            await context.Response.OutputStream.WriteAsync(reply.Body ?? []);
            context.Response.Close();
        }
        catch (Exception cause) when (cause is HttpListenerException or IOException or InvalidOperationException)
        {
            // The client gave up, as some tests want.
        }
    }
}
