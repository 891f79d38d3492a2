namespace LlmTelemetry.Usage;

/// <summary>Bedrock's Converse, and Bedrock's own metrics of any model: input leaves out what is read from the cache and written to it, the total does not.</summary>
internal static class BedrockUsage
{
    public static void Read(BodyNode usage, BodyEnvelope body, BodyReport report)
    {
        var read = usage.Count("cacheReadInputTokens", "cacheReadInputTokenCount");
        var write = usage.Count("cacheWriteInputTokens", "cacheWriteInputTokenCount");
        var (minutes, hour) = Lifetimes(usage["cacheDetails"], report);
        report.MustAgree(write, report.Sum(minutes, hour));
        write = CacheWrites.Whole(report, write, minutes, hour);
        var input = usage.Count("inputTokens", "inputTokenCount");
        report.Tokens = new InclusiveUsage
        {
            Input = input is null ? null : report.Sum(input, read > 0 ? read : null, write > 0 ? write : null),
            CacheRead = read,
            CacheWrite = write,
            CacheWrite1h = hour,
            Output = usage.Count("outputTokens", "outputTokenCount"),
            Total = usage.Count("totalTokens"),
        };
    }

    private static (long? Minutes, long? Hour) Lifetimes(BodyNode details, BodyReport report)
    {
        long? minutes = null, hour = null;
        foreach (var detail in details.Items())
        {
            var count = detail.Count("inputTokens");
            if (detail.Text("ttl") == "1h")
            {
                hour = report.Sum(hour, count);
            }
            else
            {
                minutes = report.Sum(minutes, count);
            }
        }

        return (minutes, hour);
    }
}
