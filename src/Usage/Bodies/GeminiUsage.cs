namespace LlmTelemetry.Usage;

/// <summary>
/// Gemini, at AI Studio and on Vertex. Cached tokens are part of the prompt; what tools returned stands beside it, and thoughts beside the
/// candidates. Each chunk of a stream has the counts so far.
/// </summary>
internal static class GeminiUsage
{
    private static readonly string[] Audio = ["AUDIO"];
    private static readonly string[] Video = ["VIDEO"];

    // Pages of documents are priced as images are.
    private static readonly string[] Image = ["IMAGE", "DOCUMENT"];

    public static void Read(BodyNode usage, BodyEnvelope body, BodyReport report)
    {
        var prompt = usage.First("promptTokensDetails", "promptTokenDetails"); // The latter: embeddings
        var tools = usage["toolUsePromptTokensDetails"];
        var cached = usage["cacheTokensDetails"];
        var output = usage.First("candidatesTokensDetails", "responseTokensDetails"); // The latter: Live API
        var (thoughts, cache) = (usage.Count("thoughtsTokenCount"), usage.Count("cachedContentTokenCount"));
        var (audio, image, video) = (Sum(report, prompt, tools, Audio), Sum(report, prompt, tools, Image), Sum(report, prompt, tools, Video));
        report.Tokens = new InclusiveUsage
        {
            Input = report.Sum(usage.Count("promptTokenCount"), usage.Count("toolUsePromptTokenCount")),
            CacheRead = cache,
            InputAudio = audio,
            CacheAudioRead = Part(report, cached, Audio, audio),
            InputImage = image,
            CacheImageRead = Part(report, cached, Image, image),
            InputVideo = video,
            CacheVideoRead = Part(report, cached, Video, video),
            Output = report.Sum(usage.Count("candidatesTokenCount", "responseTokenCount"), thoughts),
            Reasoning = thoughts,
            OutputAudio = Of(report, output, Audio),
            OutputImage = Of(report, output, Image),
            OutputVideo = Of(report, output, Video),
            Total = usage.Count("totalTokenCount"),
        };
    }

    private static long? Sum(BodyReport report, BodyNode one, BodyNode other, string[] modalities) =>
        report.Sum(Of(report, one, modalities), Of(report, other, modalities));

    // Where the cached tokens are told apart, a modality that is not among them was not cached.
    private static long? Part(BodyReport report, BodyNode cached, string[] modalities, long? whole) =>
        Of(report, cached, modalities) ?? (cached.IsArray && whole is not null ? 0 : null);

    private static long? Of(BodyReport report, BodyNode details, string[] modalities)
    {
        long? sum = null;
        foreach (var detail in details.Items())
        {
            if (detail.Text("modality") is { } modality && modalities.Contains(modality.ToUpperInvariant()))
            {
                sum = report.Sum(sum, detail.Count("tokenCount"));
            }
        }

        return sum;
    }
}
