using System.Diagnostics.CodeAnalysis;
using LlmTelemetry.Instrumentation;

namespace Microsoft.Extensions.AI;

/// <summary>Adds usage tracking to clients for images, speech and hosted files; experimental as long as their interfaces are.</summary>
[Experimental("MEAI001")]
public static class MediaUsageTrackingExtensions
{
    extension(IImageGenerator generator)
    {
        /// <summary>
        /// Wraps the generator so that each call gives OpenTelemetry metrics, a span, a price and one usage event, and its answer is unchanged.
        /// </summary>
        /// <remarks>
        /// Images are counted by the tokens that the provider reports, else by the piece: those that it returned, of the size and quality that were asked for.
        /// Where a generator that is tracked already is wrapped again, the inner tracker records. Disposing the returned generator disposes this one.
        /// </remarks>
        /// <param name="configure">Changes the defaults; called once, now.</param>
        public IImageGenerator UseUsageTracking(Action<UsageTrackingOptions>? configure = null)
        {
            ArgumentNullException.ThrowIfNull(generator);
            return new UsageTrackingImageGenerator(generator, UsageTrackingOptions.Make(configure), Instruments.Shared);
        }

        /// <inheritdoc cref="extension(IImageGenerator).UseUsageTracking(Action{UsageTrackingOptions}?)"/>
        /// <param name="services">
        /// Where <see cref="UsageTrackingOptions"/>, <see cref="LlmTelemetry.Usage.UsageHub"/>, <see cref="LlmTelemetry.Usage.PriceBook"/>,
        /// <see cref="LlmTelemetry.Usage.MarkupRules"/> and <see cref="TimeProvider"/> are taken from if they are registered there.
        /// </param>
        /// <param name="configure">Changes what came from the services; called once, now.</param>
        public IImageGenerator UseUsageTracking(IServiceProvider services, Action<UsageTrackingOptions>? configure = null)
        {
            ArgumentNullException.ThrowIfNull(generator);
            return new UsageTrackingImageGenerator(generator, UsageTrackingOptions.Make(services, configure), Instruments.Shared);
        }
    }

    extension(ISpeechToTextClient client)
    {
        /// <summary>
        /// Wraps the client so that each call gives OpenTelemetry metrics, a span, a price and one usage event, and its answer is unchanged.
        /// </summary>
        /// <remarks>
        /// Audio is counted by the tokens that the provider reports, else by the seconds that its answer tells of; where it tells of neither, the call is
        /// <c>unmeasured</c>.
        /// Where a client that is tracked already is wrapped again, the inner tracker records. Disposing the returned client disposes this one.
        /// </remarks>
        /// <param name="configure">Changes the defaults; called once, now.</param>
        public ISpeechToTextClient UseUsageTracking(Action<UsageTrackingOptions>? configure = null)
        {
            ArgumentNullException.ThrowIfNull(client);
            return new UsageTrackingSpeechToTextClient(client, UsageTrackingOptions.Make(configure), Instruments.Shared);
        }

        /// <inheritdoc cref="extension(ISpeechToTextClient).UseUsageTracking(Action{UsageTrackingOptions}?)"/>
        /// <param name="services">
        /// Where <see cref="UsageTrackingOptions"/>, <see cref="LlmTelemetry.Usage.UsageHub"/>, <see cref="LlmTelemetry.Usage.PriceBook"/>,
        /// <see cref="LlmTelemetry.Usage.MarkupRules"/> and <see cref="TimeProvider"/> are taken from if they are registered there.
        /// </param>
        /// <param name="configure">Changes what came from the services; called once, now.</param>
        public ISpeechToTextClient UseUsageTracking(IServiceProvider services, Action<UsageTrackingOptions>? configure = null)
        {
            ArgumentNullException.ThrowIfNull(client);
            return new UsageTrackingSpeechToTextClient(client, UsageTrackingOptions.Make(services, configure), Instruments.Shared);
        }
    }

    extension(ITextToSpeechClient client)
    {
        /// <summary>
        /// Wraps the client so that each call gives OpenTelemetry metrics, a span, a price and one usage event, and its answer is unchanged.
        /// </summary>
        /// <remarks>
        /// Speech is counted by the tokens that the provider reports, else by the characters that it was sent.
        /// Where a client that is tracked already is wrapped again, the inner tracker records. Disposing the returned client disposes this one.
        /// </remarks>
        /// <param name="configure">Changes the defaults; called once, now.</param>
        public ITextToSpeechClient UseUsageTracking(Action<UsageTrackingOptions>? configure = null)
        {
            ArgumentNullException.ThrowIfNull(client);
            return new UsageTrackingTextToSpeechClient(client, UsageTrackingOptions.Make(configure), Instruments.Shared);
        }

        /// <inheritdoc cref="extension(ITextToSpeechClient).UseUsageTracking(Action{UsageTrackingOptions}?)"/>
        /// <param name="services">
        /// Where <see cref="UsageTrackingOptions"/>, <see cref="LlmTelemetry.Usage.UsageHub"/>, <see cref="LlmTelemetry.Usage.PriceBook"/>,
        /// <see cref="LlmTelemetry.Usage.MarkupRules"/> and <see cref="TimeProvider"/> are taken from if they are registered there.
        /// </param>
        /// <param name="configure">Changes what came from the services; called once, now.</param>
        public ITextToSpeechClient UseUsageTracking(IServiceProvider services, Action<UsageTrackingOptions>? configure = null)
        {
            ArgumentNullException.ThrowIfNull(client);
            return new UsageTrackingTextToSpeechClient(client, UsageTrackingOptions.Make(services, configure), Instruments.Shared);
        }
    }

    extension(IHostedFileClient client)
    {
        /// <summary>
        /// Wraps the client so that each call gives OpenTelemetry metrics, a span, a price and one usage event, and its answer is unchanged.
        /// </summary>
        /// <remarks>
        /// Providers take no fee for these calls, so they cost 0; a fee of your own is a price of the bucket <c>request</c> under the operation's name,
        /// such as <c>files.upload</c>.
        /// Where a client that is tracked already is wrapped again, the inner tracker records. Disposing the returned client disposes this one.
        /// </remarks>
        /// <param name="configure">Changes the defaults; called once, now.</param>
        public IHostedFileClient UseUsageTracking(Action<UsageTrackingOptions>? configure = null)
        {
            ArgumentNullException.ThrowIfNull(client);
            return new UsageTrackingHostedFileClient(client, UsageTrackingOptions.Make(configure), Instruments.Shared);
        }

        /// <inheritdoc cref="extension(IHostedFileClient).UseUsageTracking(Action{UsageTrackingOptions}?)"/>
        /// <param name="services">
        /// Where <see cref="UsageTrackingOptions"/>, <see cref="LlmTelemetry.Usage.UsageHub"/>, <see cref="LlmTelemetry.Usage.PriceBook"/>,
        /// <see cref="LlmTelemetry.Usage.MarkupRules"/> and <see cref="TimeProvider"/> are taken from if they are registered there.
        /// </param>
        /// <param name="configure">Changes what came from the services; called once, now.</param>
        public IHostedFileClient UseUsageTracking(IServiceProvider services, Action<UsageTrackingOptions>? configure = null)
        {
            ArgumentNullException.ThrowIfNull(client);
            return new UsageTrackingHostedFileClient(client, UsageTrackingOptions.Make(services, configure), Instruments.Shared);
        }
    }
}
