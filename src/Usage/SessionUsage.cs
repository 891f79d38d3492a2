namespace LlmTelemetry.Usage;

/// <summary>A session's tokens, audio and tool calls as one usage.</summary>
internal static class SessionUsage
{
    // The narrower of the two classes of audio by time: it pays the other's price where it has none of its own.
    private const UsageBucket Audio = UsageBucket.InputAudioSecond;

    public static CallUsage Of(in CallUsage tokens, TimeSpan audio, IReadOnlyDictionary<string, long>? toolCalls)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(audio, TimeSpan.Zero);
        var usage = tokens;
        if (audio > TimeSpan.Zero)
        {
            usage[Audio] = checked(usage[Audio] + ((audio.Ticks + TimeSpan.TicksPerSecond - 1) / TimeSpan.TicksPerSecond));
        }

        foreach (var (tool, count) in toolCalls ?? new Dictionary<string, long>())
        {
            if (OwnBucket(tool) is { } bucket)
            {
                ArgumentOutOfRangeException.ThrowIfNegative(count);
                usage[bucket] = checked(usage[bucket] + count);
            }
            else
            {
                usage.Add(UsageBucket.ToolCall, tool, count);
            }
        }

        return usage;
    }

    /// <summary>Whether there is a price for the audio and for each tool.</summary>
    public static bool IsPriced(IReadOnlyList<PriceLine> lines, TimeSpan audio, IReadOnlyDictionary<string, long>? toolCalls) =>
        (audio == TimeSpan.Zero || IsPriced(lines, Audio)) && (toolCalls is null || toolCalls.All(t => IsPriced(lines, OwnBucket(t.Key) ?? UsageBucket.ToolCall)));

    private static bool IsPriced(IReadOnlyList<PriceLine> lines, UsageBucket bucket) => lines.All(l => l.Bucket != bucket || l.Rate is not null);

    private static UsageBucket? OwnBucket(string tool) =>
        UsageBucketExtensions.TryParse(tool, out var bucket)
        && bucket is UsageBucket.WebSearch or UsageBucket.FileSearch or UsageBucket.CodeExecution or UsageBucket.RerankUnit
            ? bucket
            : null;
}
