using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.Instrumentation;

/// <summary>Turns what providers' clients report into the disjoint buckets. The only place that knows their shapes.</summary>
internal static class UsageReader
{
    /// <summary>Named as their neighbours are; we fill them ourselves from what realtime clients leave out.</summary>
    public const string CacheAudioReadKey = "InputTokenDetails.CachedAudioTokenCount";

    /// <inheritdoc cref="CacheAudioReadKey"/>
    public const string InputImageKey = "InputTokenDetails.ImageTokenCount";

    /// <inheritdoc cref="CacheAudioReadKey"/>
    public const string CacheImageReadKey = "InputTokenDetails.CachedImageTokenCount";

    private const string CacheReadKey = "CacheReadInputTokens";

    // The keys of UsageDetails.AdditionalCounts that we understand, and who writes them. Whatever else is there is added to nothing:
    // the dictionary mixes tokens with requests, parts with wholes. A typed property wins over a key of the same meaning.
    private static readonly Dictionary<string, UsageCount> KnownCounts = new(StringComparer.OrdinalIgnoreCase)
    {
        ["CacheCreationInputTokens"] = UsageCount.CacheWrite, // Anthropic
        ["Ephemeral1hInputTokens"] = UsageCount.CacheWrite1h, // Anthropic's name of the part; for adapters that pass it on
        ["WebSearchRequests"] = UsageCount.WebSearch, // Anthropic
        [CacheReadKey] = UsageCount.CacheRead, // AWS Bedrock, Anthropic.SDK
        ["CacheWriteInputTokens"] = UsageCount.CacheWrite, // AWS Bedrock
        ["InputTokenDetails.CachedTokenCount"] = UsageCount.CacheRead, // Microsoft.Extensions.AI.OpenAI, before there was a property
        ["OutputTokenDetails.ReasoningTokenCount"] = UsageCount.Reasoning, // Microsoft.Extensions.AI.OpenAI, before there was a property
        ["InputTokenDetails.AudioTokenCount"] = UsageCount.InputAudio, // Microsoft.Extensions.AI.OpenAI
        ["OutputTokenDetails.AudioTokenCount"] = UsageCount.OutputAudio, // Microsoft.Extensions.AI.OpenAI
        ["InputTokenDetails.CacheWriteTokenCount"] = UsageCount.CacheWrite, // OpenAI's cache_write_tokens, named as its neighbours are
        [CacheAudioReadKey] = UsageCount.CacheAudioRead,
        [InputImageKey] = UsageCount.InputImage, // Microsoft.Extensions.AI.OpenAI, images
        [CacheImageReadKey] = UsageCount.CacheImageRead,
        ["CachedContentTokenCount"] = UsageCount.CacheRead, // Google
        ["ThoughtsTokenCount"] = UsageCount.Reasoning, // Google
        ["ToolUsePromptTokenCount"] = UsageCount.ToolUsePrompt, // Google
    };

    // What is charged by the piece, beside the tokens.
    private static readonly (UsageCount Count, UsageBucket Bucket)[] Pieces =
    [
        (UsageCount.WebSearch, UsageBucket.WebSearch), (UsageCount.FileSearch, UsageBucket.FileSearch), (UsageCount.CodeExecution, UsageBucket.CodeExecution),
    ];

    /// <summary>Copies the counts now: others change the object later (FunctionInvokingChatClient adds the next answer's to it).</summary>
    public static UsageTally Read(UsageDetails details)
    {
        var tally = new UsageTally
        {
            [UsageCount.Input] = details.InputTokenCount,
            [UsageCount.Output] = details.OutputTokenCount,
            [UsageCount.Total] = details.TotalTokenCount,
            [UsageCount.CacheRead] = details.CachedInputTokenCount,
            [UsageCount.Reasoning] = details.ReasoningTokenCount,
#pragma warning disable MEAI001 // Experimental, but the only typed place for audio tokens; the keys above stand in should it change.
            [UsageCount.InputAudio] = details.InputAudioTokenCount,
            [UsageCount.OutputAudio] = details.OutputAudioTokenCount,
#pragma warning restore MEAI001
        };
        if (details.AdditionalCounts is { Count: > 0 } additional)
        {
            foreach (var (key, value) in additional)
            {
                if (KnownCounts.TryGetValue(key, out var count) && tally[count] is null)
                {
                    tally[count] = value;
                }
            }

            if (details is { CachedInputTokenCount: null, TotalTokenCount: null } && additional.ContainsKey(CacheReadKey))
            {
                AddCacheToInput(ref tally);
            }
        }

        return tally;
    }

    /// <summary>The counts with what only the provider's own object tells; throws where that cannot be read.</summary>
    /// <param name="report">The client's counts.</param>
    /// <param name="details">Where they are from.</param>
    /// <param name="raw">The provider's own object.</param>
    /// <param name="medium">What the tokens are of, where nothing tells them apart.</param>
    public static UsageTally WithDetails(UsageTally report, UsageDetails details, object? raw, Medium medium)
    {
        if (medium != Medium.Chat)
        {
            MediaTokens.Read(medium, details, raw, ref report);
        }

        AnswerTools.Read(raw, ref report);
        GoogleAnswer.Read(raw, ref report);
        report[UsageCount.CacheWrite] ??= OpenAICacheWrites.Of(raw);
        if (BedrockCacheWrites.HourOf(raw) is { } hour && hour <= report[UsageCount.CacheWrite])
        {
            report[UsageCount.CacheWrite1h] ??= hour;
        }

        return report;
    }

    /// <summary>The counts of an answer that was read as it came over the wire, as its client would give them.</summary>
    public static UsageTally Read(in CallUsage usage) => new()
    {
        [UsageCount.Input] = usage.IsReported(UsageBucket.Input) ? usage.InputTokens : null,
        [UsageCount.Output] = usage.IsReported(UsageBucket.Output) ? usage.OutputTokens : null,
        [UsageCount.CacheRead] = Of(in usage, UsageBucket.CacheRead),
        [UsageCount.CacheWrite] = Of(in usage, UsageBucket.CacheWrite5m) is { } minutes ? minutes + usage[UsageBucket.CacheWrite1h] : Of(in usage, UsageBucket.CacheWrite1h),
        [UsageCount.CacheWrite1h] = Of(in usage, UsageBucket.CacheWrite1h),
        [UsageCount.Reasoning] = Of(in usage, UsageBucket.Reasoning),
        [UsageCount.WebSearch] = Of(in usage, UsageBucket.WebSearch),
    };

    /// <summary>The disjoint buckets of a whole call.</summary>
    public static UsageIssue ToUsage(in UsageTally tally, out CallUsage usage)
    {
        var (input, output) = Wholes(in tally);
        var issue = new InclusiveUsage
        {
            Input = input,
            Output = output,
            CacheRead = tally[UsageCount.CacheRead],
            CacheWrite = tally[UsageCount.CacheWrite],
            CacheWrite1h = tally[UsageCount.CacheWrite1h],
            Reasoning = tally[UsageCount.Reasoning],
            InputAudio = tally[UsageCount.InputAudio],
            CacheAudioRead = tally[UsageCount.CacheAudioRead],
            InputImage = tally[UsageCount.InputImage],
            CacheImageRead = tally[UsageCount.CacheImageRead],
            InputVideo = tally[UsageCount.InputVideo],
            CacheVideoRead = tally[UsageCount.CacheVideoRead],
            OutputAudio = tally[UsageCount.OutputAudio],
            OutputImage = tally[UsageCount.OutputImage],
            OutputVideo = tally[UsageCount.OutputVideo],
            Total = tally[UsageCount.Total],
        }.ToDisjoint(out usage);
        foreach (var (count, bucket) in Pieces)
        {
            if (tally[count] is >= 0 and var pieces)
            {
                usage[bucket] = pieces;
            }
        }

        return tally.Overflowed && issue is UsageIssue.None or UsageIssue.UnknownOverlap ? UsageIssue.TotalMismatch : issue;
    }

    private static long? Of(in CallUsage usage, UsageBucket bucket) => usage.IsReported(bucket) ? usage[bucket] : null;

    // UsageDetails says that cached and reasoning tokens are parts of input and output, and most clients do it so. Bedrock's leaves the cache
    // out of the input, Google's leaves thoughts out of the output and tool results out of the input. The provider's own total decides: where
    // input and output alone fall short of it by exactly what such parts hold, the parts were left out. Without a total the contract holds.
    private static (long? Input, long? Output) Wholes(in UsageTally tally)
    {
        var (input, output) = (tally[UsageCount.Input], tally[UsageCount.Output]);
        var cache = Int128.Max(tally[UsageCount.CacheRead] ?? 0, 0) + Int128.Max(tally[UsageCount.CacheWrite] ?? 0, 0);
        var tools = Int128.Max(tally[UsageCount.ToolUsePrompt] ?? 0, 0);
        var reasoning = Int128.Max(tally[UsageCount.Reasoning] ?? 0, 0);
        var missing = (tally[UsageCount.Total] ?? 0) - (Int128)(input ?? 0) - (output ?? 0);
        if (missing <= 0 || cache + tools + reasoning == 0)
        {
            return (input, output);
        }

        for (var parts = 1; parts < 8; parts++)
        {
            var left = ((parts & 1) != 0 ? reasoning : 0, (parts & 2) != 0 ? tools : 0, (parts & 4) != 0 ? cache : 0);
            if (left.Item1 + left.Item2 + left.Item3 == missing)
            {
                return (Plus(input, left.Item2 + left.Item3), Plus(output, left.Item1));
            }
        }

        return (input, output);
    }

    // Anthropic.SDK passes the provider's own counts on, whose input leaves the cache out, and no total that would tell.
    private static void AddCacheToInput(ref UsageTally tally)
    {
        foreach (var part in (ReadOnlySpan<UsageCount>)[UsageCount.CacheRead, UsageCount.CacheWrite])
        {
            if (tally[UsageCount.Input] is not null && tally[part] is > 0 and var apart)
            {
                tally.Add(new UsageTally { [UsageCount.Input] = apart });
            }
        }
    }

    // Missing is at most a total that fits, so the sum does too.
    private static long? Plus(long? whole, Int128 part) => part == 0 ? whole : (long)((whole ?? 0) + part);
}
