using System.Diagnostics.CodeAnalysis;
using LlmTelemetry.Instrumentation;

namespace Microsoft.Extensions.AI;

/// <summary>Adds usage tracking to realtime clients.</summary>
[Experimental("MEAI001")]
public static class RealtimeClientUsageTrackingExtensions
{
    extension(IRealtimeClient client)
    {
        /// <summary>
        /// Wraps the client so that each response of its sessions, and each transcription of what was said, gives OpenTelemetry metrics, a span, a price
        /// and one usage event, and every message is unchanged.
        /// </summary>
        /// <remarks>
        /// Put it directly around the provider's client. <c>session.GetService(typeof(UsageSession))</c> has the running totals of a session. Where a
        /// client that is tracked already is wrapped again, the inner tracker records. Disposing the returned client disposes this one.
        /// </remarks>
        /// <param name="configure">Changes the defaults; called once, now.</param>
        public IRealtimeClient UseUsageTracking(Action<UsageTrackingOptions>? configure = null)
        {
            ArgumentNullException.ThrowIfNull(client);
            return new UsageTrackingRealtimeClient(client, UsageTrackingOptions.Make(configure), Instruments.Shared);
        }

        /// <inheritdoc cref="extension(IRealtimeClient).UseUsageTracking(Action{UsageTrackingOptions}?)"/>
        /// <param name="services">Where options, hub, prices, markup and clock are taken from if they are registered there.</param>
        /// <param name="configure">Changes what came from the services; called once, now.</param>
        public IRealtimeClient UseUsageTracking(IServiceProvider services, Action<UsageTrackingOptions>? configure = null)
        {
            ArgumentNullException.ThrowIfNull(client);
            return new UsageTrackingRealtimeClient(client, UsageTrackingOptions.Make(services, configure), Instruments.Shared);
        }
    }
}
