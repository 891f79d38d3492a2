using System.Diagnostics.CodeAnalysis;
using LlmTelemetry.Instrumentation;

namespace Microsoft.Extensions.AI;

/// <summary>Adds usage tracking to a realtime client pipeline.</summary>
[Experimental("MEAI001")]
public static class RealtimeClientBuilderUsageTrackingExtensions
{
    extension(RealtimeClientBuilder builder)
    {
        /// <summary>Adds usage tracking to the pipeline; what it needs is taken from the pipeline's services where it is registered.</summary>
        /// <param name="configure">Changes the defaults; called when the pipeline is built.</param>
        public RealtimeClientBuilder UseUsageTracking(Action<UsageTrackingOptions>? configure = null)
        {
            ArgumentNullException.ThrowIfNull(builder);
            return builder.Use((inner, services) => inner.UseUsageTracking(services, configure));
        }
    }
}
