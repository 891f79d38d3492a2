using System.Text.Json;
using Microsoft.AspNetCore.Http;

namespace LlmTelemetry.Quickstart;

/// <summary>Writes answers as Anthropic's Messages API does: one JSON object, a stream of server-sent events, or an error object with its status.</summary>
internal sealed class WireFormat(HttpResponse response, TimeProvider time, CancellationToken cancellationToken)
{
    // Slow enough to be watched, fast enough to be over soon.
    private static readonly TimeSpan Thinking = TimeSpan.FromMilliseconds(120);
    private static readonly TimeSpan BetweenWords = TimeSpan.FromMilliseconds(12);

    public async Task WriteErrorAsync(int status, string type, string message)
    {
        response.StatusCode = status;
        await response.WriteAsJsonAsync(new { type = "error", error = new { type, message }, request_id = NewId("req") }, cancellationToken);
    }

    public async Task WriteMessageAsync(string model, Answer answer, TokenCounts used)
    {
        await Task.Delay(Thinking, time, cancellationToken);
        object[] content = answer.Tool is { } tool
            ? [Text(answer.Text), new { type = "tool_use", id = NewId("toolu"), name = tool.Name, input = tool.Arguments }]
            : [Text(answer.Text)];
        await response.WriteAsJsonAsync(Message(model, content, answer.Tool is null ? "end_turn" : "tool_use", used.ForMessage(used.Output)), cancellationToken);
    }

    public async Task WriteStreamAsync(string model, Answer answer, TokenCounts used)
    {
        response.ContentType = "text/event-stream; charset=utf-8";
        await Task.Delay(Thinking, time, cancellationToken);

        // The first count of output tokens is a small one; message_delta brings the real one.
        await SendAsync("message_start", new { type = "message_start", message = Message(model, [], null, used.ForMessage(output: 1)) });
        await SendAsync("content_block_start", new { type = "content_block_start", index = 0, content_block = Text("") });
        await SendAsync("ping", new { type = "ping" });
        foreach (var word in answer.Text.Split(' '))
        {
            await Task.Delay(BetweenWords, time, cancellationToken);
            await SendAsync("content_block_delta", new { type = "content_block_delta", index = 0, delta = new { type = "text_delta", text = word + " " } });
        }

        await SendAsync("content_block_stop", new { type = "content_block_stop", index = 0 });
        await SendAsync("message_delta", new { type = "message_delta", delta = new { stop_reason = "end_turn", stop_sequence = (string?)null }, usage = used.ForDelta() });
        await SendAsync("message_stop", new { type = "message_stop" });
    }

    private static object Text(string text) => new { type = "text", text };

    private static object Message(string model, object[] content, string? stopReason, object usage) =>
        new { id = NewId("msg"), type = "message", role = "assistant", model, content, stop_reason = stopReason, stop_sequence = (string?)null, usage };

    // Never the same twice, as at the provider: an answer's id identifies the call.
    private static string NewId(string prefix) => $"{prefix}_{Guid.NewGuid():N}";

    private async Task SendAsync(string name, object data)
    {
        await response.WriteAsync($"event: {name}\ndata: {JsonSerializer.Serialize(data)}\n\n", cancellationToken);
        await response.Body.FlushAsync(cancellationToken);
    }
}
