using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using LlmTelemetry.Usage;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation;

/// <summary>A session's calls of tools, by name. Used under its session's lock.</summary>
internal sealed class SessionTools
{
    // Names come from models, which make some up.
    private const int MaxNames = 200;

    private readonly Dictionary<string, UsageSessionTotals.Tool> _tools = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, UsageSessionTotals.Tool> Snapshot() => new Dictionary<string, UsageSessionTotals.Tool>(_tools, StringComparer.Ordinal);

    public void Add(string name, long calls, in CallUsage tokens)
    {
        var key = _tools.ContainsKey(name) || _tools.Count < MaxNames ? name : Placeholders.Other;
        ref var tool = ref CollectionsMarshal.GetValueRefOrAddDefault(_tools, key, out _);
        tool = new UsageSessionTotals.Tool(checked(tool.Calls + calls), checked(tool.InputTokens + tokens.InputTokens), checked(tool.OutputTokens + tokens.OutputTokens));
    }

    /// <summary>What a call of the tool is counted as where its provider charges for it.</summary>
    public static CallUsage Piece(string name, long calls)
    {
        var piece = default(CallUsage);
        if (TryOwnBucket(name, out var bucket))
        {
            piece[bucket.Value] = calls;
        }
        else
        {
            piece.Add(UsageBucket.ToolCall, name, calls);
        }

        return piece;
    }

    private static bool TryOwnBucket(string name, [NotNullWhen(true)] out UsageBucket? bucket)
    {
        var isKnown = UsageBucketExtensions.TryParse(name, out var found)
            && found is UsageBucket.WebSearch or UsageBucket.FileSearch or UsageBucket.CodeExecution or UsageBucket.RerankUnit;
        bucket = isKnown ? found : null;
        return isKnown;
    }
}
