using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.Instrumentation;

/// <summary>What is known when a call starts.</summary>
internal readonly struct StartedCall
{
    public ChatOptions? Options { get; init; }

    public string? RequestModel { get; init; }

    public Attribution Attribution { get; init; }

    public CallSpan Span { get; init; }

    public CallFrame? Frame { get; init; }
}

/// <summary>How a call ended.</summary>
internal readonly record struct CallEnd(CallOutcome Outcome, TimeSpan Duration, TimeSpan? TimeToFirstChunk = null, Exception? Error = null);
