using System.Collections.Concurrent;
using System.Net;
using System.Text.Json;
using LlmTelemetry.TestKit;

namespace LlmTelemetry.EndToEnd.Tests.Watching;

/// <summary>One alert of a notification.</summary>
/// <param name="Path">Where it was sent: the receiver.</param>
/// <param name="Status">firing, resolved.</param>
/// <param name="Labels">Its labels.</param>
/// <param name="Annotations">What it says.</param>
/// <param name="Authorization">With what the notification came.</param>
internal sealed record Notified(string Path, string Status, IReadOnlyDictionary<string, string> Labels, IReadOnlyDictionary<string, string> Annotations, string? Authorization)
{
    public string Alert => Labels["alertname"];
}

/// <summary>Somebody's webhook on a loopback port: keeps what Alertmanager tells it.</summary>
internal sealed class WebhookReceiver : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly ConcurrentQueue<Notified> _notified = new();

    public WebhookReceiver()
    {
        Address = $"http://127.0.0.1:{Server.FreePort()}/";
        _listener.Prefixes.Add(Address);
        _listener.Start();
        _ = ServeAsync();
    }

    public string Address { get; }

    /// <summary>Everything it was told so far, in that order.</summary>
    public IReadOnlyList<Notified> Notified => [.. _notified];

    public void Dispose() => _listener.Close();

    private async Task ServeAsync()
    {
        try
        {
            while (true)
            {
                var context = await _listener.GetContextAsync();
                using var body = await JsonDocument.ParseAsync(context.Request.InputStream);
                foreach (var alert in body.RootElement.GetProperty("alerts").EnumerateArray())
                {
                    _notified.Enqueue(new(
                        context.Request.Url!.AbsolutePath, alert.GetProperty("status").GetString()!, Texts(alert.GetProperty("labels")), Texts(alert.GetProperty("annotations")), context.Request.Headers["Authorization"]));
                }

                context.Response.Close();
            }
        }
        catch (Exception cause) when (cause is HttpListenerException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private static Dictionary<string, string> Texts(JsonElement map) => map.EnumerateObject().ToDictionary(text => text.Name, text => text.Value.GetString()!);
}
