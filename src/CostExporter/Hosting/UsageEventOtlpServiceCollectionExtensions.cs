using LlmTelemetry.CostExporter;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds sending of usage events to an application.</summary>
public static class UsageEventOtlpServiceCollectionExtensions
{
    extension(IServiceCollection services)
    {
        /// <summary>
        /// Sends every tracked call over OTLP, as a log record of its own, to a Collector or to <c>llmtelemetry serve</c>, from the host's start to its end: exact, with all that is known of it, and counted
        /// there once. Options also come from the configuration section <c>LlmTelemetry:Otlp</c> and from OpenTelemetry's variables (<c>OTEL_EXPORTER_OTLP_ENDPOINT</c>); what is set in code wins. Calling
        /// it again only adds to the options.
        /// </summary>
        /// <param name="configure">Sets the options; null for the configuration and the defaults.</param>
        /// <remarks>
        /// Instead of <c>AddCostExporter()</c>, which writes the store itself: with both, into one store, each call counts twice. The host does not start with bad settings; a receiver that is not there
        /// does not keep it from starting.
        /// </remarks>
        public IServiceCollection AddUsageEventOtlp(Action<UsageEventOtlpOptions>? configure = null)
        {
            ArgumentNullException.ThrowIfNull(services);
            services.AddOptions();
            OtlpFromConfiguration.AddTo(services);
            if (configure is not null)
            {
                services.Configure(configure);
            }

            services.TryAddSingleton(static provider => new UsageEventOtlp(
                provider.GetRequiredService<IOptions<UsageEventOtlpOptions>>().Value, ResourceOf(provider), provider.GetService<ILogger<UsageEventOtlp>>()));
            services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, UsageEventOtlpService>());
            return services;
        }
    }

    // The application's metrics and its events tell of the same calls: a receiver sees that by their source.
    private static Resource? ResourceOf(IServiceProvider services) =>
        ((BaseProvider?)services.GetService<MeterProvider>() ?? services.GetService<TracerProvider>())?.GetResource();
}
