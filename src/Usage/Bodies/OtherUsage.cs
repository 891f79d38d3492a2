namespace LlmTelemetry.Usage;

/// <summary>Shapes of two or three counts.</summary>
internal static class OtherUsage
{
    /// <summary>Ollama's own endpoints. A prompt that was evaluated before has no count, which is not 0.</summary>
    public static void ReadOllama(BodyNode usage, BodyEnvelope body, BodyReport report) =>
        report.Tokens = new InclusiveUsage { Input = usage.Count("prompt_eval_count"), Output = usage.Count("eval_count") };

    /// <summary>Mistral's OCR.</summary>
    public static void ReadPages(BodyNode usage, BodyEnvelope body, BodyReport report) =>
        report.Count(UsageBucket.DocumentPage, usage.Count("pages_processed"));

    /// <summary>A transcription that is charged by time.</summary>
    public static void ReadDuration(BodyNode usage, BodyEnvelope body, BodyReport report) =>
        report.Count(UsageBucket.InputAudioSecond, usage.Seconds("seconds"));

    /// <summary>OpenAI's video jobs.</summary>
    public static void ReadVideo(BodyNode usage, BodyEnvelope body, BodyReport report) => report.Count(UsageBucket.VideoSecond, usage.Seconds("seconds"));

    /// <summary>Llama and Titan by Bedrock's InvokeModel.</summary>
    public static void ReadInvokedModel(BodyNode usage, BodyEnvelope body, BodyReport report) =>
        report.Tokens = new InclusiveUsage { Input = usage.Count("prompt_token_count", "inputTextTokenCount"), Output = usage.Count("generation_token_count") };

    /// <summary>Embeddings and reranking of those who give a total alone: there is no output.</summary>
    public static void ReadTotal(BodyNode usage, BodyEnvelope body, BodyReport report) => report.Tokens = new InclusiveUsage { Input = usage.Count("total_tokens") };
}
