using System.Collections.Concurrent;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.Instrumentation;

/// <summary>Finish reasons as the arrays that spans want, made once.</summary>
internal static class FinishReasons
{
    // The models' own reasons are few; this keeps a client that puts text there from growing it.
    private const int MaxKept = 32;

    private static readonly ConcurrentDictionary<string, string[]> Kept = new();

    public static string[] Of(ChatFinishReason reason) =>
        Kept.TryGetValue(reason.Value, out var kept) ? kept : Kept.Count >= MaxKept ? [reason.Value] : Kept.GetOrAdd(reason.Value, static value => [value]);
}
