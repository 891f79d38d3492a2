namespace LlmTelemetry.Budgets;

/// <summary>Who decides calls: a <see cref="BudgetGuard"/>. Frames of the same gate count a call once.</summary>
internal interface IBudgetGate
{
    /// <summary>The options of the moment.</summary>
    BudgetOptions Options { get; }

    /// <summary>Whether a limit may apply: if not, the call needs neither an estimate nor the store.</summary>
    bool MayLimit(in CallSubject subject);

    /// <summary>Asks for room. Refusals are answers, not exceptions; throws only when cancelled.</summary>
    Task<GateAnswer> HoldAsync(CallAsk ask, CancellationToken cancellationToken);
}

/// <summary>What became of a <see cref="CallAsk"/>.</summary>
/// <param name="Settle">Ends the hold: <see cref="BudgetHold.SettleAsync"/>. Null: refused.</param>
/// <param name="Refusal">Why not; null: admitted.</param>
/// <param name="States">Where each limit that applies stands.</param>
/// <param name="CountRefusal">To call where the refusal is the last word.</param>
internal readonly record struct GateAnswer(Func<CallAmounts, Task>? Settle, BudgetExceededException? Refusal, IReadOnlyList<BudgetState> States, Action? CountRefusal = null);
