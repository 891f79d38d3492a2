using LlmTelemetry.Instrumentation;

namespace Microsoft.Extensions.AI;

/// <summary>Adds usage tracking to chat clients.</summary>
public static class ChatClientUsageTrackingExtensions
{
    extension(IChatClient client)
    {
        /// <summary>
        /// Wraps the client so that each call gives OpenTelemetry metrics, a span, a price and one usage event, and its answer is unchanged.
        /// </summary>
        /// <remarks>
        /// Put it directly around the provider's client: inside function invocation, so that each model call is priced by itself, and inside
        /// caches, so that a cached answer is not billed again. Where a client that is tracked already is wrapped again, the inner tracker records.
        /// Disposing the returned client disposes this one.
        /// </remarks>
        /// <param name="configure">Changes the defaults; called once, now.</param>
        public IChatClient UseUsageTracking(Action<UsageTrackingOptions>? configure = null)
        {
            ArgumentNullException.ThrowIfNull(client);
            return new UsageTrackingChatClient(client, UsageTrackingOptions.Make(configure), Instruments.Shared);
        }

        /// <inheritdoc cref="extension(IChatClient).UseUsageTracking(Action{UsageTrackingOptions}?)"/>
        /// <param name="services">
        /// Where <see cref="UsageTrackingOptions"/>, <see cref="LlmTelemetry.Usage.UsageHub"/>, <see cref="LlmTelemetry.Usage.PriceBook"/>,
        /// <see cref="LlmTelemetry.Usage.MarkupRules"/> and <see cref="TimeProvider"/> are taken from if they are registered there.
        /// </param>
        /// <param name="configure">Changes what came from the services; called once, now.</param>
        public IChatClient UseUsageTracking(IServiceProvider services, Action<UsageTrackingOptions>? configure = null)
        {
            ArgumentNullException.ThrowIfNull(client);
            return new UsageTrackingChatClient(client, UsageTrackingOptions.Make(services, configure), Instruments.Shared);
        }
    }
}
