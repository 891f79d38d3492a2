namespace LlmTelemetry.Usage;

/// <summary>What the usage says of tools that the provider ran.</summary>
internal static class ServerTools
{
    // OpenRouter's counts, and xAI's. Fetches and calls of remote tools are free.
    private static readonly (string Under, string Name, UsageBucket Bucket, string? Kind)[] Known =
    [
        ("server_tool_use", "web_search_requests", UsageBucket.WebSearch, null),
        ("server_side_tool_usage_details", "web_search_calls", UsageBucket.WebSearch, null),
        ("server_side_tool_usage_details", "x_search_calls", UsageBucket.ToolCall, "x_search"),
        ("server_side_tool_usage_details", "code_interpreter_calls", UsageBucket.CodeExecution, null),
        ("server_side_tool_usage_details", "file_search_calls", UsageBucket.FileSearch, null),
        ("server_side_tool_usage_details", "document_search_calls", UsageBucket.ToolCall, "attachment_search"),
    ];

    public static void Read(BodyNode usage, BodyReport report)
    {
        foreach (var (under, name, bucket, kind) in Known)
        {
            report.Count(bucket, usage[under].Count(name), kind);
        }
    }
}
