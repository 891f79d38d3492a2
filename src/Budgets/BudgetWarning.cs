using LlmTelemetry.Usage;

namespace LlmTelemetry.Budgets;

/// <summary>A limit passed a share of what it allows: told once for each limit, subject and period, across all processes.</summary>
/// <param name="Percent">The share that was passed: 80.</param>
/// <param name="State">Where the limit stands.</param>
/// <param name="Attribution">Whom the call that passed it is attributed to.</param>
public sealed record BudgetWarning(int Percent, BudgetState State, Attribution Attribution);
