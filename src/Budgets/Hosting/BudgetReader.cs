using LlmTelemetry.CostExporter;

namespace LlmTelemetry.Budgets;

/// <summary>Opens the budgets of a store for reading and changing, with the limits that the applications announced there: for the command line.</summary>
internal static class BudgetReader
{
    /// <summary>
    /// Opens them. <see cref="BudgetGuard.ListAsync"/>, <see cref="BudgetGuard.GetQuotaAsync"/>, resets and overrides know the announced limits and tiers. Announces nothing itself.
    /// </summary>
    /// <param name="exporter">Where spend is kept, as the other verbs have it: budgets are beside it.</param>
    /// <param name="store">Where budgets are kept themselves, as <see cref="BudgetOptions.Store"/> names it; null: beside <paramref name="exporter"/>'s.</param>
    /// <param name="cancellationToken">Ends waiting.</param>
    /// <exception cref="IOException">The store cannot be reached.</exception>
    /// <exception cref="TimeoutException">It does not answer.</exception>
    /// <exception cref="FormatException">The address is none.</exception>
    public static Task<BudgetGuard> OpenAsync(CostExporterOptions exporter, string? store = null, CancellationToken cancellationToken = default) =>
        throw new NotImplementedException("quota");
}
