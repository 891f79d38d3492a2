using System.Diagnostics.Metrics;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Budgets;

/// <summary>What the budgets' clients count.</summary>
internal static class CallMeters
{
    private static readonly Counter<long> EstimatedCalls = BudgetMeters.Meter.CreateCounter<long>(
        Metrics.BudgetEstimatedCalls, Units.Call, "Calls whose charge is estimated, since they ended without a report of all they used.");

    public static void Estimated() => EstimatedCalls.Add(1);
}
