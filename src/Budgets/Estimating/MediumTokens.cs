using Microsoft.Extensions.AI;

namespace LlmTelemetry.Budgets;

/// <summary>Estimates what a medium takes that is sent itself. Rough: providers bill by pixels, seconds and pages, and only their own code tells them from the bytes.</summary>
internal static class MediumTokens
{
    // 32 tokens a second, which is Gemini's rate and above OpenAI's, at 16 kB a second, as compressed speech is.
    private const long AudioBytesPerToken = 500;

    // A page of a PDF is some 40 kB and 1,600 to 3,000 tokens.
    private const long DocumentBytesPerToken = 20;

    private const long TextBytesPerToken = 3;

    public static long Of(DataContent data)
    {
        var (type, bytes) = (data.MediaType, data.Data.Length);
        return Is(type, "image/") ? PromptTokens.Image
            : Is(type, "audio/") || Is(type, "video/") ? AtLeast(bytes / AudioBytesPerToken)
            : Is(type, "text/") || type.EndsWith("json", StringComparison.OrdinalIgnoreCase) ? bytes / TextBytesPerToken
            : Math.Max(PromptTokens.Medium, bytes / DocumentBytesPerToken);
    }

    private static long AtLeast(long tokens) => Math.Max(100, tokens);

    private static bool Is(string type, string start) => type.StartsWith(start, StringComparison.OrdinalIgnoreCase);
}
