using System.Text.Json;

namespace LlmTelemetry.Usage;

/// <summary>What the answer itself shows of tools that the provider ran and charges for, where the usage does not say.</summary>
internal static class AnswerItems
{
    public static void Read(BodyEnvelope body, BodyReport report)
    {
        foreach (var answer in body.Parts)
        {
            if (new BodyNode(answer.Json)["output"] is { IsArray: true } items)
            {
                ReadItems(items, MemoryOf(answer), report);
            }

            if (new BodyNode(answer.Json)["candidates"] is { IsArray: true } candidates)
            {
                ReadGrounding(candidates, answer.Text("modelVersion") ?? "", report);
            }
        }
    }

    /// <summary>Images that are charged by the piece: their answer has no usage, and is the usage.</summary>
    public static BodyReport? ReadImages(BodyEnvelope body)
    {
        var root = body.Parts[0];
        long images = 0;
        foreach (var item in new BodyNode(root.Json)["data"].Items())
        {
            images += item.HasAny("url", "b64_json") ? 1 : 0;
        }

        if (images == 0)
        {
            return null;
        }

        var report = new BodyReport();
        report.Count(UsageBucket.Image, images, root.Text("quality") is { } quality ? $"{root.Text("size")}/{quality}".TrimStart('/') : root.Text("size"));
        return report;
    }

    // The Responses API. Opening a page or looking for something on it is free; all calls in one container are one session.
    private static void ReadItems(BodyNode items, string? memory, BodyReport report)
    {
        long web = 0, file = 0;
        var containers = new HashSet<string>();
        foreach (var item in items.Items())
        {
            switch (item.Text("type"))
            {
                case "web_search_call" when item["action"].Text("type") is null or "search":
                    web++;
                    break;
                case "file_search_call":
                    file++;
                    break;
                case "code_interpreter_call":
                    containers.Add(item.Text("container_id") ?? "");
                    break;
            }
        }

        CountUnlessSaid(UsageBucket.WebSearch, web, report);
        CountUnlessSaid(UsageBucket.FileSearch, file, report);
        CountUnlessSaid(UsageBucket.CodeExecution, containers.Count, report, memory);
    }

    // The price of a container goes by its memory, which only the echo of the tool's settings tells; null: the least.
    private static string? MemoryOf(BodyNode answer)
    {
        foreach (var tool in new BodyNode(answer.Json)["tools"].Items())
        {
            if (tool.Text("type") == "code_interpreter" && tool["container"].Text("memory_limit") is { } memory)
            {
                return memory;
            }
        }

        return null;
    }

    // Gemini 3 and later are charged by the query, earlier ones by the prompt that was searched for.
    private static void ReadGrounding(BodyNode candidates, string model, BodyReport report)
    {
        long queries = 0;
        foreach (var candidate in candidates.Items())
        {
            foreach (var query in new BodyNode(candidate.Json)["groundingMetadata"]["webSearchQueries"].Items())
            {
                queries += query.Json.ValueKind is JsonValueKind.String && query.Json.GetString()!.Length > 0 ? 1 : 0;
            }
        }

        var isByPrompt = model.StartsWith("gemini-1", StringComparison.OrdinalIgnoreCase) || model.StartsWith("gemini-2", StringComparison.OrdinalIgnoreCase);
        CountUnlessSaid(UsageBucket.WebSearch, isByPrompt ? Math.Min(queries, 1) : queries, report);
    }

    private static void CountUnlessSaid(UsageBucket bucket, long count, BodyReport report, string? kind = null)
    {
        if (count > 0 && !report.Counts(bucket))
        {
            report.Count(bucket, count, kind);
        }
    }
}
