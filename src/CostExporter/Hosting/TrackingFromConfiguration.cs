using LlmTelemetry.Usage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace LlmTelemetry.CostExporter;

/// <summary>Who an application's tracked calls come from, and whether they are tracked, as its configuration has it: for every tracked client that asks the services.</summary>
internal static class TrackingFromConfiguration
{
    /// <summary>Registers it; what the application registered itself goes before it.</summary>
    public static void AddTo(IServiceCollection services) => services.TryAddSingleton(Read);

    private static TrackingDefaults Read(IServiceProvider services)
    {
        if (services.GetService<IConfiguration>()?.GetSection(Vocabulary.ConfigurationSection) is not { } section)
        {
            return new TrackingDefaults();
        }

        try
        {
            return TrackingDefaults.FromSettings(section.AsEnumerable(makePathsRelative: true));
        }
        catch (InvalidDataException cause)
        {
            throw new OptionsValidationException(section.Path, typeof(TrackingDefaults), [$"{section.Path}:{cause.Message}"]);
        }
    }
}
