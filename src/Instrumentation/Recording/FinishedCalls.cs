using LlmTelemetry.Usage;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation;

/// <summary>Turns what is known of a finished call into its event, its metrics and its span.</summary>
internal sealed class FinishedCalls(TrackerContext tracker)
{
    public void Record(in StartedCall start, in CallReading reading, in CallEnd end)
    {
        var said = end.Said;
        var ended = said is { StartedAt: not null, EndedAt: { } then } ? then : tracker.Time.GetUtcNow();
        var hasUsage = reading.TryGetUsage(out var usage, out var issue);
        var terms = tracker.Pricer.Terms(in start, in reading, ended - end.Elapsed);
        var isEstimated = reading.TryEstimate(end.Outcome == CallOutcome.Completed, ref usage);
        hasUsage |= isEstimated;
        var cost = default(Cost);
        var isCostSaid = said is not null && said.TryGetCost(out cost);
        var hasCost = isCostSaid || (hasUsage && (said?.Api is { } api
            ? tracker.Pricer.TryPriceApi(start.RequestModel ?? api.Key, in usage, in terms, out cost)
            : start.IsFree ? tracker.Pricer.TryPriceFee(start.Operation, in usage, in terms, out cost)
            : tracker.Pricer.TryPrice(reading.Model, start.RequestModel, in usage, in terms, out cost)));
        var call = new UsageEvent
        {
            CallId = TrackerContext.NextId(),
            EndedAt = ended,
            Duration = end.Duration,
            TimeToFirstChunk = end.TimeToFirstChunk,
            Operation = start.Operation,
            Provider = tracker.Source.Provider,
            RequestModel = start.RequestModel,
            ResponseModel = reading.Model,
            ResponseId = reading.ResponseId,
            ServiceTier = terms.ServiceTier,
            Region = terms.Region,
            Attribution = start.Attribution.Conversation is null && (start.ConversationId ?? tracker.Attribution.Conversation(reading.ConversationId, start.Attribution)) is { } conversation
                ? start.Attribution with { Conversation = conversation } : start.Attribution,
            Outcome = end.Outcome,
            ErrorType = end.Outcome != CallOutcome.Failed ? null : end.Error is { } error ? ErrorTypes.Of(error) : said?.ErrorType ?? Placeholders.OtherError,
            ErrorText = said?.ErrorText,
            Calls = start.IsCounted ? 0 : said?.Api?.Requests ?? 1,
            Quality = isCostSaid ? CostQuality.Reported
                : !hasUsage ? CostQuality.Unmeasured
                : !hasCost ? CostQuality.Unpriced
                : isEstimated ? CostQuality.Estimated
                : end.Outcome == CallOutcome.Completed || end.IsUsageWhole ? CostQuality.Reported : CostQuality.Partial,
            UsageInconsistent = issue is not (UsageIssue.None or UsageIssue.UnknownOverlap),
            ChargePico = !hasCost ? null : said?.Api?.Charge(cost.TotalPico) ?? tracker.Pricer.Charge(cost.TotalPico, start.Attribution),
        };
        if (hasUsage)
        {
            call.SetUsage(in usage);
        }

        if (hasCost)
        {
            call.SetCost(in cost);
        }

        var isRecordedInside = start.Frame is { } frame && frame.End(in call, end.Answer, end.Error);
        try
        {
            start.Span.Describe(in call, withUsage: !isRecordedInside, tracker.Options, reading.FinishReason);
            start.Span.Add(reading.Details);
            if (!isRecordedInside && tracker.Instruments.HasMetricListeners)
            {
                tracker.Instruments.Record(in call, tracker.Prices, tracker.Options.MaxAttributeValues, tracker.Options.CostAlias, said?.IsTimed);
            }
        }
        finally
        {
            // Whatever a listener throws, the event is what money is counted by.
            if (!isRecordedInside)
            {
                if (!hasUsage && reading is { CanBeFetched: true, ResponseId: not null })
                {
                    Expect(in start, ref call, ended - end.Elapsed);
                }

                tracker.Publish(in call);
                start.Frame?.AddToTurns(in call);
            }

            if (tracker.Options.ResponseCost && end.Answer is { } answer)
            {
                AnswerCosts.Add(answer, isRecordedInside && start.Frame!.TurnCost is { } turn ? turn : new UsageCost(in call));
            }
        }
    }

    // Apart, so that the copies that it makes take no room in every other call.
    private void Expect(in StartedCall start, ref UsageEvent call, DateTimeOffset began)
    {
        // The answer's own identity is for the event that will have its usage.
        tracker.Instruments.Background.Add(new BackgroundAnswer(tracker.Source.Provider, call.ResponseId!, start with { Span = default, Frame = null }, began));
        call = call with { ResponseId = null };
    }
}
