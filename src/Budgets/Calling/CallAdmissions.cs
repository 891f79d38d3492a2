using System.Globalization;
using LlmTelemetry.Instrumentation;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Budgets;

/// <summary>Asks for room for the calls of one client, and for less where there is not enough.</summary>
/// <param name="gate">Decides.</param>
/// <param name="tracker">Knows who and what a call is.</param>
internal sealed class CallAdmissions(IBudgetGate gate, IUsageTracker tracker)
{
    // Each time others may have taken what was left.
    private const int MaxCaps = 2;

    private readonly CallEstimates _estimates = CallEstimates.Of(gate);

    public IBudgetGate Gate => gate;

    /// <summary>Tells what the calls used.</summary>
    public FrameSink Events { get; } = FrameSink.Of(tracker.Hub);

    public TimeProvider Time => gate.Options.TimeProvider;

    /// <summary>Places the call's hold; null: no limit applies to it.</summary>
    /// <param name="call">The call.</param>
    /// <param name="scope">What the scope said where it was asked for.</param>
    /// <param name="cancellationToken">Ends waiting for the store; nothing is held then.</param>
    /// <exception cref="BudgetExceededException">It is refused.</exception>
    public async ValueTask<AdmittedCall?> AdmitAsync(BudgetedCall call, Attribution scope, CancellationToken cancellationToken)
    {
        using var _ = scope == UsageScope.Current ? null : AskedScope.Reopen(in scope);
        var terms = tracker.Describe(call.Properties, call.Model);
        if (!gate.MayLimit(SubjectOf(in terms)))
        {
            return null;
        }

        // Else it might be charged as one that was cancelled under way.
        cancellationToken.ThrowIfCancellationRequested();
        var asked = new Asked(gate.Options, new CallPrices(tracker.Prices), terms, call.Measure(_estimates, terms.Model));
        var answer = await AskAsync(asked, cancellationToken).ConfigureAwait(false);
        if (answer.Refusal is { Reason: BudgetRefusal.OverLimit })
        {
            switch (asked.Options)
            {
                case { OnOverBudget: OverBudgetAction.CapOutput }:
                    (asked, answer) = await CapAsync(call, asked, answer, cancellationToken).ConfigureAwait(false);
                    break;
                case { OnOverBudget: OverBudgetAction.SwitchModel, CheaperModel: { } cheaper } when !cheaper.Equals(terms.Model, StringComparison.OrdinalIgnoreCase) && call.TrySwitch(cheaper):
                    terms = tracker.Describe(call.Properties, cheaper);
                    asked = asked with { Terms = terms, Size = call.Measure(_estimates, cheaper), Tried = $"as model '{cheaper}'" };
                    var switched = await AskAsync(asked, cancellationToken).ConfigureAwait(false);
                    answer = switched.Refusal is { } refusal && !HasRoomAsSoon(refusal, answer.Refusal) ? answer : switched;
                    break;
            }
        }

        if (answer.Settle is { } settle)
        {
            return new AdmittedCall(settle, asked.Terms, asked.Size, _estimates, asked.Prices);
        }

        answer.CountRefusal?.Invoke();
        throw answer.Refusal ?? new InvalidOperationException("A call was neither admitted nor refused.");
    }

    private static CallSubject SubjectOf(in TrackedCallTerms terms) => new(terms.Attribution, terms.Provider, terms.Model);

    private async Task<(Asked Asked, GateAnswer Answer)> CapAsync(BudgetedCall call, Asked asked, GateAnswer answer, CancellationToken cancellationToken)
    {
        for (var i = 0; i < MaxCaps && answer.Refusal is { Reason: BudgetRefusal.OverLimit }; i++)
        {
            if (OutputRoom.Of(answer.States, asked.Terms, asked.Size, asked.Prices, asked.Options, Time.GetUtcNow()) is not { } room || !call.TryCap(room))
            {
                break;
            }

            (asked, answer) = await WithAsync(room).ConfigureAwait(false);
        }

        // Whoever is refused is told what the shortest call needs, and when that has room: it is the one that will be made.
        if (answer.Refusal is { Reason: BudgetRefusal.OverLimit, State.Unit: BudgetUnit.Tokens or BudgetUnit.OutputTokens or BudgetUnit.Usd }
            && asked.Size.Usage.OutputTokens > asked.Options.MinOutputTokens && call.TryCap(asked.Options.MinOutputTokens))
        {
            (asked, answer) = await WithAsync(asked.Options.MinOutputTokens).ConfigureAwait(false);
        }

        return (asked, answer);

        async Task<(Asked Asked, GateAnswer Answer)> WithAsync(int room)
        {
            var capped = asked with { Size = asked.Size.WithOutput(room), Tried = $"with its answer capped to {Number(room)}" };
            return (capped, await AskAsync(capped, cancellationToken).ConfigureAwait(false));
        }
    }

    // Without a time there never is room.
    private static bool HasRoomAsSoon(BudgetExceededException refusal, BudgetExceededException other) =>
        refusal.Reason == BudgetRefusal.OverLimit && (other.RetryAfter is null || refusal.RetryAfter <= other.RetryAfter);

    private static string Number(int tokens) => tokens == 1 ? "1 token" : string.Create(CultureInfo.InvariantCulture, $"{tokens} tokens");

    private Task<GateAnswer> AskAsync(Asked asked, CancellationToken cancellationToken)
    {
        var cost = asked.Prices.AtMost(asked.Terms, asked.Size, Time.GetUtcNow(), asked.Options.UnknownPrice);
        return gate.HoldAsync(new CallAsk(SubjectOf(asked.Terms), asked.Size.At(cost), asked.Tried), cancellationToken);
    }

    private sealed record Asked(BudgetOptions Options, CallPrices Prices, TrackedCallTerms Terms, CallSize Size, string? Tried = null);
}
