using System.Runtime.CompilerServices;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Instrumentation;

/// <summary>Starts calls: whom each is for, whether it is tracked, what is around it, and its span.</summary>
internal sealed class CallStarts(TrackerContext tracker, SpanStarts spans)
{
    /// <summary>Starts a call. Where it opens a span, that is the current one for what the calling asynchronous method calls.</summary>
    /// <param name="request">What it asks for.</param>
    /// <param name="ambient">What the scope says in which it was asked for.</param>
    /// <param name="baggage">What the baggage said there; null: only that of this moment counts.</param>
    public StartedCall Start(in CallRequest request, in Attribution ambient, StrongBox<Attribution>? baggage = null)
    {
        var model = request.Model ?? tracker.Source.DefaultModel;
        string? serviceTier = null, conversation = null;
        var attribution = default(Attribution);
        var isTracked = true;
        var span = default(CallSpan);
        CallFrame? frame = null;
        var isBooked = request.Said?.StartedAt is not null; // It is over, and inside nothing.
        try
        {
            var surrounding = tracker.Instruments.Nesting.Surrounding;
            if (!tracker.IsTrackedInside || tracker.Options.SavedCost)
            {
                serviceTier = request.Said is { } asked ? asked.ServiceTier : CallOptions.ReadServiceTier(request.Properties, tracker.Instruments);
                attribution = tracker.Attribution.Of(request.Properties, surrounding, in ambient, baggage, request.Said);
                conversation = tracker.Attribution.Conversation(request.ConversationId, in attribution);
                isTracked = tracker.IsTracked(in attribution);
            }

            if (tracker.Instruments.Nesting.IsPossible && !isBooked)
            {
                // What the tracker inside can still read itself, it shall.
                var inherited = tracker.IsTrackedInside ? surrounding?.Attribution ?? default : attribution;
                var scope = tracker.IsTrackedInside && surrounding is not null ? surrounding.Scope : ambient;
                frame = tracker.Instruments.Nesting.Open(surrounding, request.Said?.Kind ?? request.Operation, in inherited, in scope, isPassing: tracker.IsTrackedInside || !isTracked);
                if (!tracker.IsTrackedInside)
                {
                    frame.TellStart();
                }
            }

            // A chat span that the client inside opens is over before the cost is known; a second one would double its usage.
            if (isTracked && !tracker.IsTrackedInside && tracker.Source.SourceInside?.HasListeners() != true && CallSpan.IsWanted(tracker.Instruments.Source))
            {
                span = CallSpan.Start(tracker.Instruments, spans.Of(request.Operation, model, request.IsStreaming), request.Options, request.Said?.StartedAt ?? default, isApart: isBooked || request.Said?.Api is not null);
                span.Add((request.Sent as SentDetails)?.Tags);
            }
        }
        catch (Exception cause) // Telemetry must never break the call it watches.
        {
            tracker.Instruments.Failed("the start of a call", cause);
        }

        return new StartedCall
        {
            Operation = request.Operation,
            RequestModel = model,
            ConversationId = conversation,
            ServiceTier = serviceTier,
            IsFree = request.IsFree,
            Region = request.Said?.Region,
            Attribution = attribution,
            Span = span,
            Frame = frame,
            IsTracked = isTracked,
        };
    }
}
