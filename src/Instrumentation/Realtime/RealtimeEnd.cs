using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.Instrumentation;

/// <summary>How a response ended, and what it used.</summary>
[Experimental("MEAI001")]
internal readonly struct RealtimeEnd
{
    // A field, to be passed by reference.
    public readonly CallReading Reading;

    private RealtimeEnd(in CallReading reading, CallOutcome outcome, Exception? error)
    {
        Reading = reading;
        (Outcome, Error) = (outcome, error);
    }

    public CallOutcome Outcome { get; }

    public Exception? Error { get; }

    public static RealtimeEnd Of(ResponseCreatedRealtimeServerMessage response)
    {
        var wire = RealtimeWire.Of(response.RawRepresentation)?.At("response") ?? default;
        var (outcome, error, reason) = Status(response, wire);
        var update = new ChatResponseUpdate
        {
            ResponseId = response.ResponseId,
            ConversationId = wire.Text("conversation_id"),
            FinishReason = reason,
            Contents = RealtimeUsage.Of(response.Usage, wire.At("usage")) is { } usage ? [new UsageContent(usage)] : [],
        };
        var reading = default(CallReading);
        reading.Read(update, isCumulative: false);
        return new RealtimeEnd(in reading, outcome, error);
    }

    /// <summary>What a transcription used.</summary>
    public static CallReading Read(InputAudioTranscriptionRealtimeServerMessage said)
    {
        var wire = RealtimeWire.Of(said.RawRepresentation)?.At("usage") ?? default;
        var reading = default(CallReading);
        reading.Read(RealtimeUsage.Of(said.Usage, wire), raw: null, model: null, responseId: null);
        if (!reading.HasTokens && RealtimeUsage.Seconds(wire) is { } seconds)
        {
            reading.Add(in seconds);
        }

        return reading;
    }

    // Cut off by the user who speaks again is cancelled, not failed; cut off by a limit is an answer all the same.
    private static (CallOutcome Outcome, Exception? Error, ChatFinishReason? Reason) Status(ResponseCreatedRealtimeServerMessage response, JsonElement wire)
    {
        var status = response.Status ?? wire.Text("status");
        if (string.Equals(status, RealtimeResponseStatus.Cancelled, StringComparison.OrdinalIgnoreCase))
        {
            return (CallOutcome.Cancelled, null, null);
        }

        if (string.Equals(status, RealtimeResponseStatus.Failed, StringComparison.OrdinalIgnoreCase) || (status is null && response.Error is not null))
        {
            return (CallOutcome.Failed, new RealtimeFailure(response.Error?.ErrorCode ?? wire.Text("status_details", "error", "code") ?? wire.Text("status_details", "error", "type")), null);
        }

        if (string.Equals(status, RealtimeResponseStatus.Incomplete, StringComparison.OrdinalIgnoreCase))
        {
            return (CallOutcome.Completed, null, wire.Text("status_details", "reason") == "content_filter" ? ChatFinishReason.ContentFilter : ChatFinishReason.Length);
        }

        return (CallOutcome.Completed, null, RealtimeTools.IsIn(response.Items) ? ChatFinishReason.ToolCalls : ChatFinishReason.Stop);
    }
}
