using LlmTelemetry.CostExporter;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LlmTelemetry.Budgets;

/// <summary>Gives an application's budgets the options that its configuration has, and after all others the exporter's for what nobody said.</summary>
internal sealed class ConfigureBudgets(IServiceProvider services) : IConfigureOptions<BudgetOptions>, IPostConfigureOptions<BudgetOptions>
{
    public void Configure(BudgetOptions options)
    {
        if (services.GetService<IConfiguration>() is { } configuration)
        {
            BudgetsFromConfiguration.Read(configuration, options, services.GetService<ILogger<BudgetGuard>>());
        }
    }

    public void PostConfigure(string? name, BudgetOptions options)
    {
        try
        {
            BudgetSettings.Complete(options, Exporter);
        }
        catch (ArgumentException cause)
        {
            throw new OptionsValidationException(BudgetsFromConfiguration.Section, typeof(BudgetOptions), [cause.Message]);
        }
    }

    // Without an exporter its section still says where spend is kept: by another process, or by the metrics' door.
    private CostExporterOptions Exporter() =>
        services.GetServices<IConfigureOptions<CostExporterOptions>>().Any() ? services.GetRequiredService<IOptions<CostExporterOptions>>().Value
        : services.GetService<IConfiguration>() is { } configuration ? EnvironmentSettings.Read(configuration)
        : new CostExporterOptions();
}
