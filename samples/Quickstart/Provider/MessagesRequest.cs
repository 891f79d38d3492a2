using System.Text.Json;

namespace LlmTelemetry.Quickstart;

/// <summary>The part of a Messages API request that decides the answer.</summary>
/// <param name="Model">The model asked for.</param>
/// <param name="Stream">Whether the answer is wanted as server-sent events.</param>
/// <param name="Question">The last text that the user wrote.</param>
/// <param name="HasToolResult">Whether the last message brings the result of a tool.</param>
/// <param name="CachedPrefix">The prompt's beginning that is marked for the prompt cache; null for none.</param>
/// <param name="CacheForOneHour">Whether it is to be kept for an hour rather than for five minutes.</param>
internal sealed record MessagesRequest(string Model, bool Stream, string Question, bool HasToolResult, string? CachedPrefix, bool CacheForOneHour)
{
    public static MessagesRequest Parse(string body)
    {
        using var json = JsonDocument.Parse(body);
        var root = json.RootElement;
        var userTurns = root.GetProperty("messages").EnumerateArray()
            .Where(message => message.GetProperty("role").ValueEquals("user"))
            .Select(message => BlocksOf(message, "content"))
            .ToList();
        var marked = Array.FindLast(BlocksOf(root, "system"), block => CacheMarkOf(block) is not null);

        return new(
            root.GetProperty("model").GetString()!,
            root.TryGetProperty("stream", out var stream) && stream.ValueKind == JsonValueKind.True,
            userTurns.SelectMany(blocks => blocks).Select(TextOf).LastOrDefault(text => text is not null) ?? "",
            userTurns.Count > 0 && Array.Exists(userTurns[^1], block => TypeOf(block) == "tool_result"),
            TextOf(marked),
            CacheMarkOf(marked) is { } mark && mark.TryGetProperty("ttl", out var ttl) && ttl.ValueEquals("1h"));
    }

    // Both a message's content and the system prompt are a plain text or a list of blocks.
    private static JsonElement[] BlocksOf(JsonElement owner, string name) =>
        !owner.TryGetProperty(name, out var content) ? []
        : content.ValueKind == JsonValueKind.Array ? [.. content.EnumerateArray()]
        : [content];

    private static string? TypeOf(JsonElement block) => block.ValueKind == JsonValueKind.Object ? block.GetProperty("type").GetString() : null;

    private static string? TextOf(JsonElement block) =>
        block.ValueKind == JsonValueKind.String ? block.GetString()
        : TypeOf(block) == "text" ? block.GetProperty("text").GetString()
        : null;

    private static JsonElement? CacheMarkOf(JsonElement block) =>
        block.ValueKind == JsonValueKind.Object && block.TryGetProperty("cache_control", out var mark) && mark.ValueKind == JsonValueKind.Object ? mark : null;
}
