using LlmTelemetry.Instrumentation;

namespace Microsoft.Extensions.AI;

/// <summary>Adds usage tracking to an embedding generator pipeline.</summary>
public static class EmbeddingGeneratorBuilderUsageTrackingExtensions
{
    extension<TInput, TEmbedding>(EmbeddingGeneratorBuilder<TInput, TEmbedding> builder)
        where TEmbedding : Embedding
    {
        /// <summary>Adds usage tracking to the pipeline; what it needs is taken from the pipeline's services where it is registered.</summary>
        /// <param name="configure">Changes the defaults; called when the pipeline is built.</param>
        public EmbeddingGeneratorBuilder<TInput, TEmbedding> UseUsageTracking(Action<UsageTrackingOptions>? configure = null)
        {
            ArgumentNullException.ThrowIfNull(builder);
            return builder.Use((inner, services) => inner.UseUsageTracking(services, configure));
        }
    }
}
