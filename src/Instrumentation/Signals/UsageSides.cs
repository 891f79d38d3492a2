using LlmTelemetry.Usage;

namespace LlmTelemetry.Instrumentation;

/// <summary>Whether anything was reported about a side of the call; 0 that was reported is something.</summary>
internal static class UsageSides
{
    public static bool HasInputTokens(this in CallUsage usage) => Has(in usage, input: true);

    public static bool HasOutputTokens(this in CallUsage usage) => Has(in usage, input: false);

    private static bool Has(in CallUsage usage, bool input)
    {
        foreach (var bucket in usage)
        {
            if (input ? bucket.IsInputTokens() : bucket.IsOutputTokens())
            {
                return true;
            }
        }

        return false;
    }
}
