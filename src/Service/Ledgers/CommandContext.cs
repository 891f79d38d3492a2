using LlmTelemetry.CostExporter;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LlmTelemetry.Service;

/// <summary>What a command that works on a ledger needs of its surroundings.</summary>
/// <param name="Variable">Reads an environment variable.</param>
/// <param name="Time">The clock.</param>
/// <param name="Input">Opens standard input.</param>
/// <param name="Surroundings">Where it runs.</param>
internal sealed record CommandContext(Func<string, string?> Variable, TimeProvider Time, Func<Stream> Input, CommandSurroundings Surroundings)
{
    private const string Prefix = "LlmTelemetry__";

    /// <summary>
    /// The settings that an exporter with the same environment has: the same text is right or wrong for both. What is not said has its default.
    /// </summary>
    /// <param name="store">The store; null: as the environment says.</param>
    /// <param name="logger">Is told of settings that are not known; null for nobody.</param>
    public CostExporterOptions Options(string? store, ILogger<CostExporterHost>? logger = null)
    {
        var services = new ServiceCollection().AddSingleton(Configuration());
        if (logger is not null)
        {
            services.AddSingleton(logger);
        }

        // Prices of their own are read as the exporter reads them, and wrong ones refused.
        PricesFromConfiguration.AddTo(services);
        using var provider = services.BuildServiceProvider();
        var options = new CostExporterOptions();
        new OptionsFromConfiguration(provider).Configure(options);
        options.TimeProvider = Time;
        options.Store = store ?? options.Store;
        return options;
    }

    /// <summary>What the environment says, as a host's configuration has it.</summary>
    public IConfiguration Configuration()
    {
        var names = Surroundings.Variables.Where(name => name.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase)).Concat([ReportCommand.StoreVariable, ReportCommand.KeyPrefixVariable]).Distinct();
        var said = names.Select(name => KeyValuePair.Create(name.Replace("__", ConfigurationPath.KeyDelimiter, StringComparison.Ordinal), Variable(name))).Where(pair => pair.Value is not null);
        return new ConfigurationBuilder().AddInMemoryCollection(said).Build();
    }
}
