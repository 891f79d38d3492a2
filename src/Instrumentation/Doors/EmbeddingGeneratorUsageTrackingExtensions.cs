using LlmTelemetry.Instrumentation;

namespace Microsoft.Extensions.AI;

/// <summary>Adds usage tracking to embedding generators.</summary>
public static class EmbeddingGeneratorUsageTrackingExtensions
{
    extension<TInput, TEmbedding>(IEmbeddingGenerator<TInput, TEmbedding> generator)
        where TEmbedding : Embedding
    {
        /// <summary>
        /// Wraps the generator so that each call gives OpenTelemetry metrics, a span, a price and one usage event, and its answer is unchanged.
        /// </summary>
        /// <remarks>
        /// Put it directly around the provider's generator: inside caches, so that a cached vector is not billed again. Where a generator that is
        /// tracked already is wrapped again, the inner tracker records. Disposing the returned generator disposes this one.
        /// </remarks>
        /// <param name="configure">Changes the defaults; called once, now.</param>
        public IEmbeddingGenerator<TInput, TEmbedding> UseUsageTracking(Action<UsageTrackingOptions>? configure = null)
        {
            ArgumentNullException.ThrowIfNull(generator);
            return new UsageTrackingEmbeddingGenerator<TInput, TEmbedding>(generator, UsageTrackingOptions.Make(configure), Instruments.Shared);
        }

        /// <inheritdoc cref="extension{TInput, TEmbedding}(IEmbeddingGenerator{TInput, TEmbedding}).UseUsageTracking(Action{UsageTrackingOptions}?)"/>
        /// <param name="services">
        /// Where <see cref="UsageTrackingOptions"/>, <see cref="LlmTelemetry.Usage.UsageHub"/>, <see cref="LlmTelemetry.Usage.PriceBook"/>,
        /// <see cref="LlmTelemetry.Usage.MarkupRules"/> and <see cref="TimeProvider"/> are taken from if they are registered there.
        /// </param>
        /// <param name="configure">Changes what came from the services; called once, now.</param>
        public IEmbeddingGenerator<TInput, TEmbedding> UseUsageTracking(IServiceProvider services, Action<UsageTrackingOptions>? configure = null)
        {
            ArgumentNullException.ThrowIfNull(generator);
            return new UsageTrackingEmbeddingGenerator<TInput, TEmbedding>(generator, UsageTrackingOptions.Make(services, configure), Instruments.Shared);
        }
    }
}
