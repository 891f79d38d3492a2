using System.Runtime.CompilerServices;

namespace LlmTelemetry.Budgets;

/// <summary>A guard as the clients ask it: one gate for each guard, so that all its pipelines share what was learned.</summary>
internal sealed class GuardGate : IBudgetGate
{
    private static readonly ConditionalWeakTable<BudgetGuard, GuardGate> Known = [];

    private readonly BudgetGuard _guard;

    private GuardGate(BudgetGuard guard) => _guard = guard;

    public BudgetOptions Options => _guard.Options;

    public static GuardGate Of(BudgetGuard guard) => Known.GetValue(guard, static guard => new GuardGate(guard));

    public bool MayLimit(in CallSubject subject) => _guard.MayLimit(subject);

    public async Task<GateAnswer> HoldAsync(CallAsk ask, CancellationToken cancellationToken)
    {
        var outcome = await _guard.HoldAsync(ask, cancellationToken).ConfigureAwait(false);
        return new GateAnswer(outcome.Hold is { } hold ? hold.SettleAsync : null, outcome.Refusal, outcome.States, outcome.CountRefusal);
    }
}
