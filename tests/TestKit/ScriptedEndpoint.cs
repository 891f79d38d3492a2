using System.Collections.Concurrent;
using System.Net;
using System.Text;

namespace LlmTelemetry.TestKit;

/// <summary>A provider on a loopback port: answers real HTTP requests, one after the other, with what the test scripted.</summary>
public sealed class ScriptedEndpoint : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly ConcurrentQueue<Reply> _replies = new();

    public ScriptedEndpoint()
    {
        Address = new Uri($"http://127.0.0.1:{Server.FreePort()}/");
        _listener.Prefixes.Add(Address.ToString());
        _listener.Start();
        _ = ServeAsync();
    }

    public Uri Address { get; }

    /// <summary>The bodies of the requests, in their order.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    /// <summary>The headers of the requests, in their order.</summary>
    public ConcurrentQueue<WebHeaderCollection> Headers { get; } = new();

    /// <summary>An answer that sends the client elsewhere.</summary>
    public ScriptedEndpoint Redirect(string location)
    {
        _replies.Enqueue(new Reply(302, "text/plain", location, IsCut: false));
        return this;
    }

    public ScriptedEndpoint Json(string body, int status = 200)
    {
        _replies.Enqueue(new Reply(status, "application/json", body, IsCut: false));
        return this;
    }

    /// <summary>Server-sent events: each gets its <c>data:</c> line, and an <c>event:</c> line where its JSON names a type.</summary>
    public ScriptedEndpoint Sse(params string[] events) => Sse(isCut: false, events);

    /// <summary>The same, and then the connection breaks.</summary>
    public ScriptedEndpoint CutSse(params string[] events) => Sse(isCut: true, events);

    public void Dispose() => _listener.Close();

    private ScriptedEndpoint Sse(bool isCut, string[] events)
    {
        var body = new StringBuilder();
        foreach (var data in events)
        {
            const string Marker = "{\"type\":\"";
            if (data.StartsWith(Marker, StringComparison.Ordinal))
            {
                body.Append("event: ").Append(data.AsSpan(Marker.Length, data.IndexOf('"', Marker.Length) - Marker.Length)).Append('\n');
            }

            body.Append("data: ").Append(data).Append("\n\n");
        }

        _replies.Enqueue(new Reply(200, "text/event-stream", body.ToString(), isCut));
        return this;
    }

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                await AnswerAsync(await _listener.GetContextAsync());
            }
        }
        catch (Exception cause) when (cause is HttpListenerException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        using var reader = new StreamReader(context.Request.InputStream);
        Headers.Enqueue(new WebHeaderCollection { context.Request.Headers });
        Requests.Enqueue(await reader.ReadToEndAsync());
        if (!_replies.TryDequeue(out var reply))
        {
            reply = new Reply(500, "text/plain", "Nothing is scripted.", IsCut: false);
        }

        var body = Encoding.UTF8.GetBytes(reply.Body);
        context.Response.StatusCode = reply.Status;
        context.Response.ContentType = reply.ContentType;
        if (reply.Status == 302)
        {
            context.Response.RedirectLocation = reply.Body;
        }

        if (reply.IsCut)
        {
            // More is promised than comes.
            context.Response.ContentLength64 = body.Length + 1;
            await context.Response.OutputStream.WriteAsync(body);
            await context.Response.OutputStream.FlushAsync();
            context.Response.Abort();
            return;
        }

        try
        {
            await context.Response.OutputStream.WriteAsync(body);
            context.Response.Close();
        }
        catch (Exception cause) when (cause is HttpListenerException or IOException or InvalidOperationException)
        {
            // The client left before the end, as some tests want.
        }
    }

    private sealed record Reply(int Status, string ContentType, string Body, bool IsCut);
}
