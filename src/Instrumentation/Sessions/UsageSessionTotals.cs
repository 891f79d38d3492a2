using LlmTelemetry.Usage;

namespace LlmTelemetry.Instrumentation;

/// <summary>What a session used and cost so far: one moment of it, immutable. Amounts are USD; null: not known, which is not 0.</summary>
public sealed record UsageSessionTotals
{
    /// <summary>What was used, by disjoint bucket, the tokens of tool calls included. Of audio by time the whole seconds; at the end a started one too.</summary>
    public required CallUsage Usage { get; init; }

    /// <summary>What it cost; null: a part of it has no price (<see cref="Priced"/> has the rest), or nothing yet that has one. Exact.</summary>
    public required decimal? Cost { get; init; }

    /// <summary>What the parts that have a price cost. Exact.</summary>
    public required decimal Priced { get; init; }

    /// <summary>Input tokens of all kinds.</summary>
    public long InputTokens => Usage.InputTokens;

    /// <summary>Output tokens of all kinds.</summary>
    public long OutputTokens => Usage.OutputTokens;

    /// <summary>Input and output tokens.</summary>
    public long TotalTokens => (long)Int128.Min((Int128)InputTokens + OutputTokens, long.MaxValue);

    /// <summary>How long the audio is that went to the model.</summary>
    public required TimeSpan InputAudio { get; init; }

    /// <summary>How long the audio is that came from the model.</summary>
    public required TimeSpan OutputAudio { get; init; }

    /// <summary>How many bytes of audio went to the model, as far as they were told.</summary>
    public required long InputAudioBytes { get; init; }

    /// <summary>How many bytes of audio came from the model, as far as they were told.</summary>
    public required long OutputAudioBytes { get; init; }

    /// <summary>The tools that were called, by name; past the first 200 names the rest are <c>_other</c>.</summary>
    public required IReadOnlyDictionary<string, Tool> ToolCalls { get; init; }

    /// <summary>Since the session's start; of one that has ended, how long it was.</summary>
    public required TimeSpan Duration { get; init; }

    /// <summary>When something was last added (UTC); the start where nothing was.</summary>
    public required DateTimeOffset LastActivity { get; init; }

    /// <summary>How the session ended; null: it runs.</summary>
    public required CallOutcome? Outcome { get; init; }

    /// <summary>The calls of one tool.</summary>
    /// <param name="Calls">How often it was called.</param>
    /// <param name="InputTokens">Input tokens that the calls took.</param>
    /// <param name="OutputTokens">Output tokens that the calls took.</param>
    public readonly record struct Tool(long Calls, long InputTokens, long OutputTokens);
}
