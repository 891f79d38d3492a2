namespace LlmTelemetry.Budgets;

/// <summary>Decides calls: asks the store for room, and decides by policy where it cannot be asked.</summary>
internal sealed class Admissions(TimeProvider time, StoreCalls store, StoreCircuit circuit, Settlements settlements, WarningClaims warnings, BudgetMeters meters, RareLog open, RareLog closed)
{
    private volatile bool _hasEnded;

    /// <summary>From now on the store is not asked any more.</summary>
    public void End() => _hasEnded = true;

    /// <param name="settings">The settings of the moment.</param>
    /// <param name="limits">The limits that apply: at least one.</param>
    /// <param name="ask">The call.</param>
    /// <param name="cancellationToken">Ends waiting.</param>
    public async Task<HoldOutcome> HoldAsync(GuardSettings settings, IReadOnlyList<AppliedLimit> limits, CallAsk ask, CancellationToken cancellationToken)
    {
        if (Unpriced(settings, limits, ask) is { } unpriced)
        {
            var state = await StateAsync(settings, unpriced, cancellationToken).ConfigureAwait(false);
            return Refuse(unpriced, Refusals.Unpriced(unpriced, ask.Subject.Model, state), []);
        }

        if (_hasEnded || !circuit.TryEnter())
        {
            var cause = _hasEnded ? new ObjectDisposedException(nameof(BudgetGuard)) : circuit.Cause ?? new IOException("The store of budgets is down.");
            return Fail(settings, limits, ask, Guid.NewGuid(), BudgetHold.Known.None, cause);
        }

        var id = Guid.NewGuid();
        var started = time.GetTimestamp();
        LedgerLine[] lines = [];
        try
        {
            var answer = await store.AskAsync(
                (ledger, now) =>
                {
                    lines = Lines(settings, limits, ask, now);
                    return ledger.HoldAsync(new HoldRequest(id, settings.Options.HoldLifetime, lines), cancellationToken);
                },
                settings.Options.StoreTimeout,
                cancellationToken).ConfigureAwait(false);
            return Decide(settings, limits, lines, ask, id, answer);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            settlements.Release(id, settings.Limits.Calendar);
            throw;
        }
        catch (Exception cause) // A store that fails decides nothing: the policy does.
        {
            return Fail(settings, limits, ask, id, BudgetHold.Known.Asked, cause);
        }
        finally
        {
            BudgetMeters.Decided(time.GetElapsedTime(started));
        }
    }

    private static LedgerLine[] Lines(GuardSettings settings, IReadOnlyList<AppliedLimit> limits, CallAsk ask, long now)
    {
        var lines = new LedgerLine[limits.Count];
        for (var i = 0; i < lines.Length; i++)
        {
            lines[i] = limits[i].Line(settings.Limits.Calendar, now, UnitAmounts.ToHold(limits[i].Limit.Unit, ask.Estimate), settings.IsShadow);
        }

        return lines;
    }

    private HoldOutcome Decide(GuardSettings settings, IReadOnlyList<AppliedLimit> limits, LedgerLine[] lines, CallAsk ask, Guid id, LedgerAnswer answer)
    {
        warnings.Look(limits, settings.Limits.Calendar, answer, ask.Subject.Attribution);
        var states = new BudgetState[limits.Count];
        for (var i = 0; i < states.Length; i++)
        {
            states[i] = limits[i].State(answer.Lines[i]);
        }

        if (answer.Status == LedgerStatus.Refused)
        {
            var (limit, refusal) = Refusals.Over(limits, lines, answer, ask.Tried);
            return Refuse(limit, refusal, states);
        }

        for (var i = 0; i < states.Length; i++)
        {
            if (answer.Lines[i].IsOver)
            {
                meters.ShadowRefused(limits[i], BudgetRefusal.OverLimit); // Else it would not be admitted.
            }
            else
            {
                meters.Admitted(limits[i]);
            }
        }

        return Admit(settings, limits, ask, id, BudgetHold.Known.Placed, states);
    }

    private HoldOutcome Fail(GuardSettings settings, IReadOnlyList<AppliedLimit> limits, CallAsk ask, Guid id, BudgetHold.Known known, Exception cause)
    {
        foreach (var limit in limits)
        {
            if (settings.OnStoreFailure(limit.Limit) != StoreFailurePolicy.Closed)
            {
                continue;
            }

            if (settings.Refuses(limit.Limit))
            {
                if (known == BudgetHold.Known.Asked)
                {
                    settlements.Release(id, settings.Limits.Calendar);
                }

                closed.Write(cause);
                var requested = limit.Limit.Unit.FromLedger(UnitAmounts.ToHold(limit.Limit.Unit, ask.Estimate));
                return Refuse(limit, Refusals.Unavailable(limit, requested, cause), []);
            }

            if (limit.Limit.Amount is not null)
            {
                meters.ShadowRefused(limit, BudgetRefusal.StoreUnavailable);
            }
        }

        open.Write(cause);
        meters.FailedOpen(limits);
        return Admit(settings, limits, ask, id, known, []);
    }

    private HoldOutcome Refuse(AppliedLimit limit, BudgetExceededException refusal, IReadOnlyList<BudgetState> states) =>
        new(Hold: null, refusal, states, () => meters.Refused(limit, refusal.Reason));

    private HoldOutcome Admit(GuardSettings settings, IReadOnlyList<AppliedLimit> limits, CallAsk ask, Guid id, BudgetHold.Known known, IReadOnlyList<BudgetState> states) =>
        new(new BudgetHold(settlements, time, limits, settings.Limits.Calendar, ask.Subject.Attribution, id, known, states), Refusal: null, states);

    // The limit that refuses a call because nobody knows its price; null: none does.
    private AppliedLimit? Unpriced(GuardSettings settings, IReadOnlyList<AppliedLimit> limits, CallAsk ask)
    {
        if (ask.Estimate.CostPico is not null || settings.Options.UnknownPrice != UnknownPricePolicy.Refuse)
        {
            return null;
        }

        foreach (var limit in limits)
        {
            if (limit.Limit.Unit == BudgetUnit.Usd && settings.Refuses(limit.Limit))
            {
                return limit;
            }

            if (limit.Limit is { Unit: BudgetUnit.Usd, Amount: not null })
            {
                meters.ShadowRefused(limit, BudgetRefusal.UnknownPrice);
            }
        }

        return null;
    }

    // For the refused caller to see; that the store fails changes nothing of the refusal.
    private async Task<BudgetState?> StateAsync(GuardSettings settings, AppliedLimit limit, CancellationToken cancellationToken)
    {
        if (_hasEnded || !circuit.TryEnter())
        {
            return null;
        }

        try
        {
            return (await store.ReadAsync([limit], settings.Limits.Calendar, settings.Options.StoreTimeout, cancellationToken).ConfigureAwait(false))[0];
        }
        catch (Exception cause) when (!cancellationToken.IsCancellationRequested)
        {
            SelfDiagnostics.Log.Failed(cause, "A refusal does not say where its limit stands.");
            return null;
        }
    }
}
