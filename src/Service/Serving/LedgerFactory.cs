using LlmTelemetry.Budgets;
using LlmTelemetry.CostExporter;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LlmTelemetry.Service;

/// <summary>Makes the ledger of a running service from its settings. Nothing is connected or opened yet.</summary>
internal static class LedgerFactory
{
    /// <summary>The settings.</summary>
    /// <exception cref="OptionsValidationException">One is wrong.</exception>
    public static CostExporterOptions Options(IServiceProvider services) => services.GetRequiredService<IOptions<CostExporterOptions>>().Value;

    /// <summary>The ledger.</summary>
    public static ServedLedger Create(IServiceProvider services)
    {
        var options = Options(services);
        var (store, records) = services.GetRequiredService<ServedStores>();
        return new ServedLedger(
            options,
            store,
            new UsageReports(store, options.TimeZone, options.TimeProvider, options.ToStoreSettings().Keeps) { Parts = new LedgerParts(options.Aggregates, options.LiveSessions) },
            records is null ? null : new UsageRecords(records, booking: null, owned: null),
            UsageReceiver.Start(options, store, records, services.GetRequiredService<ILogger<UsageReceiver>>()),
            Guard(services, options));
    }

    /// <summary>A guard of the budgets beside the ledger. It announces nothing: what it knows of limits is its own settings' and what applications announce.</summary>
    public static BudgetGuard Guard(IServiceProvider services, CostExporterOptions options)
    {
        var budgets = BudgetOptions(services, options);
        return new BudgetGuard(budgets, BudgetLedgers.Open(StoreAddress.Parse(budgets.Store!), budgets.KeyPrefix!, budgets.StoreTimeout, budgets.TimeProvider), services.GetService<ILogger<BudgetGuard>>());
    }

    /// <summary>The settings of budgets, without tiers: those of applications say who is of which.</summary>
    /// <exception cref="OptionsValidationException">One is wrong.</exception>
    public static BudgetOptions BudgetOptions(IServiceProvider services, CostExporterOptions options)
    {
        var budgets = new BudgetOptions { TimeProvider = options.TimeProvider };
        BudgetsFromConfiguration.Read(services.GetRequiredService<IConfiguration>(), budgets, services.GetService<ILogger<BudgetGuard>>());
        budgets.Tiers.Clear();
        BudgetSettings.Complete(budgets, () => options);
        return budgets;
    }
}
