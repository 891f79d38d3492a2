using LlmTelemetry.CostExporter;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds the cost exporter to an application.</summary>
public static class CostExporterServiceCollectionExtensions
{
    extension(IServiceCollection services)
    {
        /// <summary>
        /// Keeps exact token and cost sums of every tracked call in a store, from the host's start to its end. Options also come from the
        /// configuration section <c>LlmTelemetry</c> (<c>LlmTelemetry__Store</c> as an environment variable); what is set in code wins. Every
        /// <c>IUsageSink</c> that is registered gets the same events. Calling it again only adds to the options.
        /// </summary>
        /// <param name="configure">Sets the options; null for the configuration and the defaults.</param>
        /// <remarks>
        /// The host does not start with bad settings, nor on a store that belongs to something else. A store that is down does not keep it
        /// from starting: nothing is lost meanwhile. Inject <see cref="CostExporterHost"/> to flush, <see cref="UsageReports"/> and
        /// <see cref="UsageRecords"/> to read; the latter is null where records are switched off.
        /// </remarks>
        public IServiceCollection AddCostExporter(Action<CostExporterOptions>? configure = null)
        {
            ArgumentNullException.ThrowIfNull(services);
            services.AddOptions();
            OptionsFromConfiguration.AddTo(services);
            if (configure is not null)
            {
                services.Configure(configure);
            }

            services.TryAddSingleton(static provider => new CostExporterHost(
                provider.GetRequiredService<IOptions<CostExporterOptions>>().Value, provider.GetService<ILogger<CostExporterHost>>()));
            services.TryAddSingleton(static provider => provider.GetRequiredService<CostExporterHost>().Reports);
            services.TryAddSingleton(static provider => provider.GetRequiredService<CostExporterHost>().Records!);
            services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, CostExporterService>());
            return services;
        }
    }
}
