using System.Collections;
using System.Globalization;

namespace LlmTelemetry.Instrumentation;

/// <summary>Which part of the tokens written to Bedrock's cache lives for an hour, at a higher price, from the objects of its SDK: clients pass on the sum alone.</summary>
internal static class BedrockCacheWrites
{
    private const string Hour = "1h";

    /// <param name="raw">An answer of Converse, or the last event of its stream.</param>
    public static long? HourOf(object? raw)
    {
        if (raw is null || !SdkObject.IsFrom(raw, "Amazon.BedrockRuntime") || SdkObject.Get(SdkObject.Get(raw, "Usage"), "CacheDetails") is not IEnumerable details)
        {
            return null;
        }

        long? hour = null;
        foreach (var detail in details)
        {
            if (SdkObject.Get(detail, "Ttl")?.ToString() == Hour && SdkObject.Get(detail, "InputTokens") is { } count)
            {
                hour = (hour ?? 0) + Convert.ToInt64(count, CultureInfo.InvariantCulture);
            }
        }

        return hour;
    }
}
