using LlmTelemetry;

namespace OpenTelemetry.Trace;

/// <summary>Lets a tracer provider collect the spans of usage tracking.</summary>
public static class TracerProviderBuilderUsageTrackingExtensions
{
    extension(TracerProviderBuilder builder)
    {
        /// <summary>Collects the spans of clients that are wrapped with <c>UseUsageTracking()</c>.</summary>
        public TracerProviderBuilder AddUsageTracking()
        {
            ArgumentNullException.ThrowIfNull(builder);
            return builder.AddSource(Vocabulary.Instrumentation);
        }
    }
}
