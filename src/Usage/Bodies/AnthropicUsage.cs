using System.Text.Json;

namespace LlmTelemetry.Usage;

/// <summary>
/// Anthropic's messages, there and on Bedrock, Vertex and Azure. Input leaves out what is read from the cache and written to it. In a stream
/// each count is that of the answer so far and takes the place of the one before; one that is missing or null leaves it as it was.
/// </summary>
internal static class AnthropicUsage
{
    private static readonly string[] Own =
        ["cache_creation_input_tokens", "cache_read_input_tokens", "cache_creation", "server_tool_use", "inference_geo", "speed", "iterations"];

    public static bool IsIts(JsonElement usage, BodyEnvelope body)
    {
        var node = new BodyNode(usage);
        return !node.HasAny("input_tokens_details", "input_token_details")
            && (node.HasAny(Own) || body.Kind is "message" or "message_start" or "message_delta" || IsAnthropic(body.Provider));
    }

    public static void Read(BodyNode usage, BodyEnvelope body, BodyReport report)
    {
        var counts = report.Anthropic ??= new AnthropicCounts();
        counts.Take(usage, report);
        if (usage["iterations"] is { IsArray: true } iterations)
        {
            counts.Compaction = Compactions(iterations, report);
        }

        report.Tokens = counts.ToInclusive(report);
        report.Region = BodyEnvelope.RegionIn(usage) ?? report.Region;
        if (usage.Text("speed") is { } speed)
        {
            counts.IsFast = speed == ServiceTierNames.Fast;
        }

        // Fast is a mode and no tier to Anthropic, but it has its prices as a tier has.
        report.ServiceTier = counts.IsFast ? ServiceTierNames.Fast : report.ServiceTier;
        if (usage["server_tool_use"].Count("web_search_requests") is { } searches)
        {
            report.Set(UsageBucket.WebSearch, searches);
        }
    }

    private static bool IsAnthropic(string provider) => provider.Contains("anthropic", StringComparison.OrdinalIgnoreCase);

    // The counts above leave out what summing up a long conversation took.
    private static AnthropicCounts Compactions(BodyNode iterations, BodyReport report)
    {
        var sum = new AnthropicCounts();
        foreach (var iteration in iterations.Items())
        {
            if (iteration.Text("type") == "compaction")
            {
                var one = new AnthropicCounts();
                one.Take(iteration, report);
                sum.Add(one, report);
            }
        }

        return sum;
    }
}
