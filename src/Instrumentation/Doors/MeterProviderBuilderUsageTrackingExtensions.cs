using LlmTelemetry;

namespace OpenTelemetry.Metrics;

/// <summary>Lets a meter provider collect the metrics of usage tracking.</summary>
public static class MeterProviderBuilderUsageTrackingExtensions
{
    extension(MeterProviderBuilder builder)
    {
        /// <summary>Collects the metrics of clients that are wrapped with <c>UseUsageTracking()</c>.</summary>
        public MeterProviderBuilder AddUsageTracking()
        {
            ArgumentNullException.ThrowIfNull(builder);
            return builder.AddMeter(Vocabulary.Instrumentation);
        }
    }
}
