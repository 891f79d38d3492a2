using Microsoft.Extensions.Configuration;

namespace LlmTelemetry.CostExporter;

/// <summary>The options of an exporter without a host: those that environment variables set (<c>LlmTelemetry__Store</c>), as a host's configuration would.</summary>
internal sealed class EnvironmentSettings : IServiceProvider
{
    private readonly IConfiguration _configuration;

    private EnvironmentSettings(IConfiguration configuration) => _configuration = configuration;

    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">A variable is wrong; the message names it and what would be right.</exception>
    public static CostExporterOptions Read() => Read(new ConfigurationBuilder().AddEnvironmentVariables().Build());

    internal static CostExporterOptions Read(IConfiguration configuration)
    {
        var options = new CostExporterOptions();
        new OptionsFromConfiguration(new EnvironmentSettings(configuration)).Configure(options);
        return options;
    }

    /// <summary>Those of sending usage events over OTLP.</summary>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">A variable is wrong; the message names it and what would be right.</exception>
    internal static UsageEventOtlpOptions ReadOtlp(IConfiguration? configuration = null)
    {
        var options = new UsageEventOtlpOptions();
        new OtlpFromConfiguration(new EnvironmentSettings(configuration ?? new ConfigurationBuilder().AddEnvironmentVariables().Build())).Configure(options);
        return options;
    }

    object? IServiceProvider.GetService(Type serviceType) => serviceType == typeof(IConfiguration) ? _configuration : null;
}
