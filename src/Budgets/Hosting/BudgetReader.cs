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
    public static async Task<BudgetGuard> OpenAsync(CostExporterOptions exporter, string? store = null, CancellationToken cancellationToken = default)
    {
        var options = new BudgetOptions { Store = store, StoreTimeout = exporter.StoreTimeout, TimeProvider = exporter.TimeProvider };
        BudgetSettings.Complete(options, () => exporter);
        var ledger = BudgetLedgers.Open(StoreAddress.Parse(options.Store!), options.KeyPrefix!, options.StoreTimeout, options.TimeProvider);
        try
        {
            var announced = await AnnouncedAsync(ledger, options, cancellationToken).ConfigureAwait(false);
            Take(options, KnownLimits.Of([], announced, options.TimeProvider.GetUtcNow()).All);
            return new BudgetGuard(options, ledger);
        }
        catch
        {
            await ledger.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private static async Task<IReadOnlyDictionary<string, string>> AnnouncedAsync(IBudgetLedger ledger, BudgetOptions options, CancellationToken cancellationToken)
    {
        try
        {
            return await ledger.AnnouncedAsync(cancellationToken).WaitAsync(options.StoreTimeout, options.TimeProvider, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException cause)
        {
            throw new TimeoutException($"{ledger.Place} did not answer within {options.StoreTimeout}.", cause);
        }
    }

    /// <summary>Makes the announced limits the options' own.</summary>
    internal static void Take(BudgetOptions options, IReadOnlyList<KnownLimit> announced)
    {
        // Where applications differ, the zone that most limits are in.
        options.TimeZone = announced.GroupBy(known => known.Calendar.Zone.Id).MaxBy(zone => zone.Count())?.First().Calendar.Zone ?? options.TimeZone;

        // Another zone's counts are listed as announced, and are not ours.
        var here = announced.Where(known => known.Series == CounterKeys.Series(known.Limit, options.TimeZone!)).ToArray();
        options.Tiers.Clear();
        foreach (var known in here)
        {
            if (!known.IsOfTiers)
            {
                options.Limits.Add(known.Limit);
                continue;
            }

            foreach (var (tier, amount) in known.Tiers)
            {
                options.Tiers[tier] = TierLimit.With(options.Tiers.TryGetValue(tier, out var said) ? said : new BudgetTier(), known.Limit.Name, amount);
            }

            options.DefaultTier ??= known.DefaultTier is { } name && known.Tiers.ContainsKey(name) ? name : null;
        }
    }
}
