using LlmTelemetry.Usage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LlmTelemetry.CostExporter;

/// <summary>The price book of an application as its configuration has it: for the exporter, and for every tracked client that asks the services.</summary>
internal static class PricesFromConfiguration
{
    /// <summary>The part of the configuration section that is about prices.</summary>
    public const string Section = "Prices";

    /// <summary>Registers the book; one of the application's own goes before it.</summary>
    public static void AddTo(IServiceCollection services)
    {
        services.TryAddSingleton(Start);
        services.TryAddSingleton(static provider => provider.GetRequiredService<LivePrices>().Book);
    }

    private static LivePrices Start(IServiceProvider services)
    {
        var section = services.GetService<IConfiguration>()?.GetSection(Vocabulary.ConfigurationSection).GetSection(Section);
        if (section?.Value is { Length: > 0 } value)
        {
            throw Wrong($" '{value}' is not right here; it must be under a name: {string.Join(", ", LivePrices.SettingNames)}.");
        }

        var settings = section?.AsEnumerable(makePathsRelative: true) ?? [];
        var logger = services.GetService<ILogger<CostExporterHost>>();
        LivePrices? source = null;
        try
        {
            return source = LivePrices.FromSettings(settings, problem => Tell(source?.Book.Version, problem, logger), services.GetService<TimeProvider>());
        }
        catch (InvalidDataException cause)
        {
            throw Wrong(cause.Message);
        }
        catch (IOException cause)
        {
            throw Wrong($"File: {cause.Message} It must be the path of a price file that this process may read.");
        }

        OptionsValidationException Wrong(string what) => new(section!.Path, typeof(CostExporterOptions), [$"{section.Path}:{what}"]);
    }

    private static void Tell(string? version, Exception? problem, ILogger? logger)
    {
        ExporterMetrics.CountReload(succeeded: problem is null);
        if (problem is null)
        {
            logger?.LogInformation("The prices of the changed price file are in use: {Version}.", version);
        }
        else
        {
            SelfDiagnostics.Log.Failed(problem, "the changed prices; the last good ones stay in use");
            logger?.LogError("The changed price file is refused, and the prices {Version} stay in use. {Problem}", version, problem.Message);
        }
    }
}
