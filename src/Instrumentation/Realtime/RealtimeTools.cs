using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.Instrumentation;

/// <summary>Counts the tools that a session's model calls: once each, although an item and its response both tell of them. Not thread-safe.</summary>
[Experimental("MEAI001")]
internal sealed class RealtimeTools(UsageSession session)
{
    private const int MaxSeen = 256;

    private readonly Recent<bool> _seen = new(MaxSeen);

    public void See(RealtimeConversationItem? item)
    {
        foreach (var content in item?.Contents ?? [])
        {
            var (id, name) = content switch
            {
                FunctionCallContent call => (call.CallId, call.Name),
                McpServerToolCallContent call => (call.CallId, call.Name),
                _ => default,
            };
            if (name is { Length: > 0 } && (id is not { Length: > 0 } || !_seen.Contains(id)))
            {
                if (id is { Length: > 0 })
                {
                    _seen.Add(id, true);
                }

                session.NoteTool(name);
            }
        }
    }

    /// <summary>Whether a response asks for tools of the application's.</summary>
    public static bool IsIn(IEnumerable<RealtimeConversationItem>? items) => items?.Any(item => item?.Contents?.Any(content => content is FunctionCallContent) == true) == true;
}
