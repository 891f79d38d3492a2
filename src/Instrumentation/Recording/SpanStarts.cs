using System.Collections.Concurrent;

namespace LlmTelemetry.Instrumentation;

/// <summary>What the spans of one client's calls start with, made once for each of its models.</summary>
internal sealed class SpanStarts(CallSource source)
{
    // Model names come from callers; past this, what a span starts with is made anew for each call.
    private const int MaxKept = 200;

    private readonly ConcurrentDictionary<(string Operation, string? Model, bool Streaming), SpanStart> _kept = new();

    public SpanStart Of(string operation, string? model, bool streaming)
    {
        if (_kept.TryGetValue((operation, model, streaming), out var start))
        {
            return start;
        }

        start = new SpanStart(operation, model, streaming, source);
        return _kept.Count >= MaxKept ? start : _kept.GetOrAdd((operation, model, streaming), start);
    }
}
