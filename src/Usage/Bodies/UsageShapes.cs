using System.Text.Json;

namespace LlmTelemetry.Usage;

/// <summary>
/// The shapes in which usage is reported, by the names that give them away. The provider's name decides little: Claude answers in Anthropic's
/// shape on Bedrock and Vertex too, and nearly everyone has an endpoint that speaks OpenAI's.
/// </summary>
internal static class UsageShapes
{
    // The first that fits is taken: what tells more stands before what tells less.
    private static readonly Shape[] All =
    [
        new(["promptTokenCount", "candidatesTokenCount", "responseTokenCount", "thoughtsTokenCount", "cachedContentTokenCount", "totalTokenCount"], GeminiUsage.Read),
        new(["inputTokens", "outputTokens", "inputTokenCount", "outputTokenCount"], BedrockUsage.Read),
        new(["billed_units", "search_units", "classifications"], CohereUsage.Read),
        new(["tokens"], CohereUsage.Read) { If = static (usage, _) => new BodyNode(usage)["tokens"].IsObject },
        new(["prompt_eval_count", "eval_count"], OtherUsage.ReadOllama),
        new(["pages_processed"], OtherUsage.ReadPages),
        new(["seconds"], OtherUsage.ReadDuration) { If = static (_, body) => body.Kind is not "video" },
        new(["seconds"], OtherUsage.ReadVideo) { If = static (usage, _) => new BodyNode(usage).Text("status") is "completed" },
        new(["prompt_tokens", "completion_tokens"], ChatUsage.Read),
        new(["input_tokens", "output_tokens"], AnthropicUsage.Read) { If = AnthropicUsage.IsIts, IsRunning = true },
        new(["input_tokens", "output_tokens"], ResponsesUsage.Read),
        new(["prompt_token_count", "generation_token_count", "inputTextTokenCount"], OtherUsage.ReadInvokedModel),
        new(["total_tokens"], OtherUsage.ReadTotal),
    ];

    /// <summary>Reads the usage of an answer or event; null: it has none.</summary>
    /// <param name="body">The answer or event.</param>
    /// <param name="before">The report before, of the same answer.</param>
    public static BodyReport? Read(BodyEnvelope body, BodyReport? before)
    {
        foreach (var (name, usage) in body.Candidates())
        {
            foreach (var shape in All)
            {
                if (!shape.Fits(usage, body))
                {
                    continue;
                }

                // Bedrock's metrics repeat what the model's own events said; they stand in for models that say nothing.
                if (name == BodyEnvelope.InvocationMetrics && before is not null)
                {
                    return null;
                }

                var report = shape.IsRunning && before is not null ? before : new BodyReport();
                report.ServiceTier = SaidTier.Of(BodyEnvelope.TierIn(new BodyNode(usage))) ?? report.ServiceTier;
                shape.Read(new BodyNode(usage, report), body, report);
                AnswerItems.Read(body, report);
                report.KeepSearches(before);
                return report;
            }
        }

        return AnswerItems.ReadImages(body);
    }

    private sealed record Shape(string[] Names, Action<BodyNode, BodyEnvelope, BodyReport> Read)
    {
        public Func<JsonElement, BodyEnvelope, bool>? If { get; init; }

        /// <summary>Whether its reports complete those before them; all others are complete in themselves, and the last one counts.</summary>
        public bool IsRunning { get; init; }

        public bool Fits(JsonElement usage, BodyEnvelope body) => new BodyNode(usage).HasAny(Names) && If?.Invoke(usage, body) != false;
    }
}
