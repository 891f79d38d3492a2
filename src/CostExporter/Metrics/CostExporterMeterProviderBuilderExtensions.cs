using LlmTelemetry;
using LlmTelemetry.CostExporter;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace OpenTelemetry.Metrics;

/// <summary>Adds the cost exporter to a meter provider.</summary>
public static class CostExporterMeterProviderBuilderExtensions
{
    extension(MeterProviderBuilder builder)
    {
        /// <summary>
        /// Keeps token and cost sums of the provider's metrics in a store: of LLM calls that other libraries report as <c>gen_ai.client.*</c>
        /// metrics (add their meters to the provider), priced here and marked as estimated; and of the meter <c>LlmTelemetry</c>, unless
        /// <c>services.AddCostExporter()</c> or <c>CostExporterHost.Start()</c> takes the events it is made of. Nothing is counted twice. The meter
        /// <c>LlmTelemetry.CostExporter</c> (the exporter's health, the ledger's gauges) is added for the provider's other readers.
        /// </summary>
        /// <param name="configure">Sets the options; null for the configuration section <c>LlmTelemetry</c> and the defaults.</param>
        /// <remarks>
        /// In an application with <c>services.AddCostExporter()</c> it uses that exporter and its options. Metrics are collected every
        /// <see cref="CostExporterOptions.Interval"/> and booked at the time of their collection; <c>ForceFlush()</c> is true once they are in the store. Attributes past the SDK's cardinality limit are booked as
        /// user and feature <c>unattributed</c>. For exact spend per user use the sink. Calling it again with the same name only adds to the options.
        /// </remarks>
        public MeterProviderBuilder AddCostExporter(Action<CostExporterOptions>? configure = null) => builder.AddCostExporter(null, configure);

        /// <summary>Does the same as <see cref="AddCostExporter(MeterProviderBuilder, Action{CostExporterOptions})"/> with named options.</summary>
        /// <param name="name">The options' name; with one, the exporter has a store of its own. Null for the default options.</param>
        /// <param name="configure">Sets the options.</param>
        public MeterProviderBuilder AddCostExporter(string? name, Action<CostExporterOptions>? configure)
        {
            ArgumentNullException.ThrowIfNull(builder);
            return Add(builder, name, configure, periodic: null);
        }

        /// <summary>Does the same, and sets the reader's interval and time limit.</summary>
        /// <param name="name">The options' name; with one, the exporter has a store of its own. Null for the default options.</param>
        /// <param name="configure">
        /// Sets the options of the exporter and of its reader. The temporality is always <see cref="MetricReaderTemporalityPreference.Delta"/>.
        /// </param>
        public MeterProviderBuilder AddCostExporter(string? name, Action<CostExporterOptions, MetricReaderOptions> configure)
        {
            ArgumentNullException.ThrowIfNull(builder);
            ArgumentNullException.ThrowIfNull(configure);
            var periodic = new MetricReaderOptions();
            return Add(builder, name, options => configure(options, periodic), periodic);
        }
    }

    private static MeterProviderBuilder Add(MeterProviderBuilder builder, string? name, Action<CostExporterOptions>? configure, MetricReaderOptions? periodic)
    {
        var isAgain = false;
        builder.ConfigureServices(services =>
        {
            services.AddOptions();
            OptionsFromConfiguration.AddTo(services);
            if (configure is not null)
            {
                services.Configure(name ?? Options.DefaultName, configure);
            }

            // A second reader would book everything once more.
            var added = new Added(name ?? Options.DefaultName);
            isAgain = services.Any(service => added.Equals(service.ImplementationInstance));
            services.AddSingleton(added);
        });
        return isAgain
            ? builder
            : builder.AddMeter(Vocabulary.Instrumentation, Vocabulary.CostExporter).AddReader(provider => CostMetricReader.Create(provider, name, periodic?.PeriodicExportingMetricReaderOptions));
    }

    private sealed record Added(string Name);
}
