using LlmTelemetry.Instrumentation;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Budgets;

/// <summary>A call that has room: settles it, once it is over, with what the calls inside it used. Never throws.</summary>
/// <param name="settle">Ends the hold.</param>
/// <param name="terms">What was known of it before.</param>
/// <param name="size">What it was taken for.</param>
/// <param name="estimates">What to learn from it.</param>
/// <param name="prices">What is charged where the tracker knows no price.</param>
internal sealed class AdmittedCall(Func<CallAmounts, Task> settle, TrackedCallTerms terms, CallSize size, CallEstimates estimates, CallPrices prices)
{
    public AnswerSeen NewAnswer() => new(estimates, terms.Model);

    /// <summary>Settles with what the frame's calls used. Without any the call never reached the provider, and the hold is let go.</summary>
    public Task SettleAsync(CallSum sum, AnswerSeen seen)
    {
        CallAmounts amounts;
        try
        {
            if (sum.Only is { } only && size.PromptTokens > 0)
            {
                estimates.Learn(terms.Model, size.PromptTokens, only.InputTokens);
            }

            amounts = AmountsOf(sum, seen);
        }
        catch (Exception cause) // Usage beyond belief, prices of somebody's own: what is certain is charged all the same.
        {
            SelfDiagnostics.Log.Failed(cause, "What a call used is charged as far as it was reported.");
            amounts = new CallAmounts(sum.InputTokens, sum.OutputTokens, sum.CostPico, sum.Requests, sum.ToolCalls, sum.AudioSeconds, IsEstimated: true);
        }

        return SettleAsync(amounts);
    }

    /// <summary>Settles a call of which no event will come: its stream was dropped. By what was seen of it.</summary>
    public Task SettleLostAsync(CallSum sum, AnswerSeen seen, DateTimeOffset now)
    {
        sum.Add(new UsageEvent
        {
            CallId = Guid.Empty,
            EndedAt = now,
            Operation = Vocabulary.GenAi.OperationChat,
            Provider = terms.Provider,
            RequestModel = terms.Model,
            ServiceTier = terms.ServiceTier,
            Region = terms.Region,
            Outcome = CallOutcome.Abandoned,
            Quality = CostQuality.Unmeasured,
        });
        return SettleAsync(sum, seen);
    }

    private async Task SettleAsync(CallAmounts amounts)
    {
        try
        {
            if (amounts.IsEstimated)
            {
                CallMeters.Estimated();
            }

            await settle(amounts).ConfigureAwait(false);
        }
        catch (Exception cause) // The call is over, and has its answer.
        {
            SelfDiagnostics.Log.Failed(cause, "A call is not settled; its hold expires.");
        }
    }

    private CallAmounts AmountsOf(CallSum sum, AnswerSeen seen)
    {
        var (input, output, audio, cost) = (sum.InputTokens, sum.OutputTokens, sum.AudioSeconds, sum.CostPico);
        var isEstimated = sum.HasGuesses;
        if (sum.Failed is { } failed && seen.Tokens > 0)
        {
            sum.Open.Add(failed); // It broke off in the middle of its answer.
        }

        for (var i = 0; i < sum.Open.Count; i++)
        {
            // What was seen of an answer and is in no sum is of the call that was cut short: the last one.
            var call = sum.Open[i];
            var usage = call.Usage;
            if (!call.IsWhole)
            {
                isEstimated = true;
                var unseen = i < sum.Open.Count - 1 ? 0 : seen.IsInBackground ? size.Usage.OutputTokens : Math.Max(0, Math.Max(seen.Tokens, seen.ReportedOutput ?? 0) - output);
                if (!call.HasUsage)
                {
                    usage = size.WithOutput(0).Usage;
                    usage[UsageBucket.Input] = Math.Max(usage[UsageBucket.Input], seen.ReportedInput ?? 0);
                    input = CallSum.Plus(input, usage.InputTokens);
                    audio = CallSum.Plus(audio, usage[UsageBucket.InputAudioSecond] + usage[UsageBucket.AudioSecond]);
                }

                if (unseen > 0)
                {
                    usage[UsageBucket.Output] = CallSum.Plus(usage[UsageBucket.Output], unseen);
                    output = CallSum.Plus(output, unseen);
                }
            }

            else if (IsByUnreportedTokens(call))
            {
                isEstimated = true;
                usage = size.Usage;
                usage[UsageBucket.InputAudio] *= Math.Max(1, call.Usage[UsageBucket.InputAudioSecond]);
                input = CallSum.Plus(input, usage.InputTokens);
                output = CallSum.Plus(output, usage.OutputTokens);
            }

            if (!call.IsWhole || call.CostPico is null)
            {
                cost = PriceOf(call, in usage) is { } price ? (cost ?? 0) + Int128.Max(0, price - (call.CostPico ?? 0)) : cost;
            }
        }

        return new CallAmounts(input, output, cost, sum.Requests, sum.ToolCalls, audio, isEstimated);
    }

    // Images and speech of a model that has a price for tokens, which nobody told, and none for pieces and seconds, which are known.
    private bool IsByUnreportedTokens(OpenCall call) =>
        call.CostPico is null && call.Usage is { InputTokens: 0, OutputTokens: 0 } && KnownPriceOf(call, in call.Usage) is null && KnownPriceOf(call, size.Usage) is not null;

    private Int128? KnownPriceOf(OpenCall call, in CallUsage usage) =>
        prices.Of(call.Provider, call.ResponseModel, in usage, call.EndedAt, call.ServiceTier, call.Region)
        ?? prices.Of(call.Provider, call.RequestModel, in usage, call.EndedAt, call.ServiceTier, call.Region);

    private Int128? PriceOf(OpenCall call, in CallUsage usage) =>
        KnownPriceOf(call, in usage)
        ?? (estimates.Options.UnknownPrice == UnknownPricePolicy.AssumeDearest
            ? prices.Dearest(call.Provider, in usage, call.EndedAt, call.ServiceTier, call.Region) : null);
}
