namespace LlmTelemetry.Budgets;

/// <summary>Room that a call has; or, where the store failed and every limit is open, the debt to charge it later. Settled once, whoever asks again.</summary>
internal sealed class BudgetHold
{
    /// <summary>Where the limits stood when it was admitted.</summary>
    public IReadOnlyList<BudgetState> States => throw new NotImplementedException("guard");

    /// <summary>
    /// Charges what the call used and lets the rest go. Waits for the store, at most <see cref="BudgetOptions.StoreTimeout"/>; what it could not say then is sent again in the
    /// background until it is taken. Never throws, is not cancelled with the call, and does nothing the second time.
    /// </summary>
    /// <param name="actual">What was used. Default amounts: nothing, as when the call never reached the provider.</param>
    public Task SettleAsync(CallAmounts actual) => throw new NotImplementedException("guard");
}

/// <summary>What became of a <see cref="CallAsk"/>.</summary>
/// <param name="Hold">The room; null: refused.</param>
/// <param name="Refusal">Why not, ready to be thrown; null: admitted.</param>
/// <param name="States">Where each limit that applies stands, whether or not it refused: what <see cref="OverBudgetAction.CapOutput"/> reckons with. Empty where the store failed.</param>
internal sealed record HoldOutcome(BudgetHold? Hold, BudgetExceededException? Refusal, IReadOnlyList<BudgetState> States);
