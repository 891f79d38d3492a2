using LlmTelemetry.CostExporter;
using Microsoft.Extensions.Configuration;

namespace LlmTelemetry.Budgets;

/// <summary>The options of budgets without a host: those that environment variables set (<c>LlmTelemetry__Budgets__Store</c>), as a host's configuration would; and what is taken from the exporter's.</summary>
internal static class BudgetSettings
{
    /// <summary>The options of a guard without dependency injection. What is set in code wins.</summary>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">A variable is wrong; the message names it and what would be right.</exception>
    public static BudgetOptions FromEnvironment(Action<BudgetOptions>? configure = null) => Read(new ConfigurationBuilder().AddEnvironmentVariables().Build(), configure);

    internal static BudgetOptions Read(IConfiguration configuration, Action<BudgetOptions>? configure = null)
    {
        var options = new BudgetOptions();
        BudgetsFromConfiguration.Read(configuration, options, logger: null);
        configure?.Invoke(options);
        Complete(options, () => EnvironmentSettings.Read(configuration));
        return options;
    }

    /// <summary>Fills what is not said with what the exporter has.</summary>
    /// <param name="options">The options.</param>
    /// <param name="exporter">Asked only where something is not said.</param>
    /// <exception cref="ArgumentException">The exporter's store is none that budgets can be kept in or beside.</exception>
    public static void Complete(BudgetOptions options, Func<CostExporterOptions> exporter)
    {
        if (options is { Store: not null, KeyPrefix: not null, TimeZone: not null })
        {
            return;
        }

        var spend = exporter();
        options.Store ??= spend.OwnStore is null ? spend.Store : throw new ArgumentException(
            $"{BudgetsFromConfiguration.Section}:{nameof(options.Store)} is missing: spend is kept in a store of the application's own, which cannot keep budgets. Set it to redis://HOST:PORT, sqlite:FILE or sqlite::memory:.");
        options.KeyPrefix ??= spend.KeyPrefix;
        options.TimeZone ??= spend.TimeZone;
    }
}
