using LlmTelemetry.Budgets;
using LlmTelemetry.CostExporter;

namespace LlmTelemetry.Service;

/// <summary>What <c>llmtelemetry doctor</c> says of budgets.</summary>
internal static class BudgetCheck
{
    private const string Check = "budgets";

    // Of more subjects of a limit, only the fullest are looked at.
    private const int Most = 10_000;

    public static async Task<Finding> RunAsync(CommandContext context, string? store, CostExporterOptions options, CancellationToken cancellationToken)
    {
        try
        {
            if (await BudgetDoor.TryOpenAsync(context, store, options, cancellationToken).ConfigureAwait(false) is not { } budgets)
            {
                return Finding.Ok(Check, "None are kept here.");
            }

            await using (budgets.ConfigureAwait(false))
            {
                var limits = (await budgets.Lists.KnownAsync(cancellationToken).ConfigureAwait(false)).All.Count;
                return limits == 0
                    ? Finding.Ok(Check, "None are kept here.")
                    : Of(limits, await budgets.ListAsync(null, Most, cancellationToken).ConfigureAwait(false));
            }
        }
        catch (Exception cause) when (!cancellationToken.IsCancellationRequested) // Whatever it is: it is what was asked for.
        {
            return Finding.Fail(Check, $"{cause.Message} Until the store answers, each limit's OnStoreFailure decides calls.");
        }
    }

    private static Finding Of(int limits, IReadOnlyList<BudgetState> states)
    {
        var used = states.Count(state => state.Used > 0 || state.Held > 0);
        var (held, full) = (states.Count(state => state.Held > 0), states.Count(state => state.Remaining == 0));
        return Finding.Ok(Check, FormattableString.Invariant($"The store answers; {limits} limits are announced, {used} of their counters were used, {held} are held of by calls under way, {full} have nothing left."));
    }
}
