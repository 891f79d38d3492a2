using LlmTelemetry.Usage;

namespace LlmTelemetry.Instrumentation;

/// <summary>Answers from a cache of the application's own: no calls, but what they would have cost is worth knowing.</summary>
internal sealed class CacheHits(TrackerContext tracker, SpanStarts spans)
{
    /// <summary>Whether a call is one: somebody said that there is a tracker inside, and it was not asked.</summary>
    public bool Is(in StartedCall start, in CallEnd end) =>
        tracker.Options.SavedCost && end.Outcome == CallOutcome.Completed && start.Frame is { HasCallInside: false };

    /// <summary>Records what a cache hit saved.</summary>
    public void Record(in StartedCall start, in CallReading reading, in CallEnd end)
    {
        var ended = tracker.Time.GetUtcNow();
        var began = ended - end.Elapsed;
        var hasUsage = reading.TryGetUsage(out var usage, out _);
        var terms = tracker.Pricer.Terms(in start, in reading, began);
        var cost = default(Cost);
        var hasCost = hasUsage && tracker.Pricer.TryPrice(reading.Model, start.RequestModel, in usage, in terms, out cost);
        var hit = new UsageEvent
        {
            // Without the answer's id: that is the identity of the call that was paid for.
            CallId = TrackerContext.NextId(),
            EndedAt = ended,
            Duration = end.Duration,
            Operation = start.Operation,
            Provider = tracker.Source.Provider,
            RequestModel = start.RequestModel,
            ResponseModel = reading.Model,
            ServiceTier = terms.ServiceTier,
            Region = terms.Region,
            Attribution = start.Attribution,
            Calls = 0,
            IsCacheHit = true,
            SavedPico = hasCost ? cost.TotalPico : null,
            Quality = hasCost ? CostQuality.Reported : hasUsage ? CostQuality.Unpriced : CostQuality.Unmeasured,
        };
        start.Frame!.EndHit(in hit, reading.ResponseId, end.Answer);
        try
        {
            var span = tracker.IsTrackedInside ? CallSpan.Start(tracker.Instruments, spans.Of(start.Operation, start.RequestModel, end.TimeToFirstChunk is not null), options: null, began) : start.Span;
            span.Describe(in hit, withUsage: true, tracker.Options, reading.FinishReason);
            if (tracker.IsTrackedInside)
            {
                span.Stop();
            }

            if (tracker.Instruments.HasMetricListeners)
            {
                tracker.Instruments.Record(in hit, tracker.Prices, tracker.Options.MaxAttributeValues);
            }
        }
        finally
        {
            tracker.Publish(in hit);
            start.Frame.AddToTurns(in hit);
            if (tracker.Options.ResponseCost && end.Answer is { } answer)
            {
                AnswerCosts.Add(answer, new UsageCost(in hit));
            }
        }
    }
}
