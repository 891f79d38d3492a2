using System.Collections.Concurrent;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation;

/// <summary>Finish reasons as the arrays that spans want, made once.</summary>
internal static class FinishReasons
{
    // The models' own reasons are few; this keeps a client that puts text there from growing it.
    private const int MaxKept = 32;

    private static readonly string[] Missing = [GenAiLatest.FinishReasonError];
    private static readonly ConcurrentDictionary<string, string[]> Kept = new();

    public static string[] Of(ChatFinishReason reason) =>
        Kept.TryGetValue(reason.Value, out var kept) ? kept : Kept.Count >= MaxKept ? [reason.Value] : Kept.GetOrAdd(reason.Value, static value => [value]);

    /// <summary>Of a call that ended without one: the newest conventions want to see that one was expected, where a generation did not come to its end.</summary>
    public static string[]? OfNone(in UsageEvent call, Conventions conventions) =>
        conventions == Conventions.Latest && call.Outcome != CallOutcome.Completed && ConventionsExtensions.IsInference(call.Operation) ? Missing : null;
}
