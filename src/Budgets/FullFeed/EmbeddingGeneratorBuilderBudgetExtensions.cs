using LlmTelemetry.Budgets;

namespace Microsoft.Extensions.AI;

/// <summary>Adds budgets to an embedding generator pipeline.</summary>
public static class EmbeddingGeneratorBuilderBudgetExtensions
{
    extension<TInput, TEmbedding>(EmbeddingGeneratorBuilder<TInput, TEmbedding> builder)
        where TEmbedding : Embedding
    {
        /// <summary>Adds budgets to the pipeline, outside of what is added after it: put it before <c>UseUsageTracking</c>.</summary>
        /// <param name="guard">Decides. Null: the one that is registered in the pipeline's services.</param>
        public EmbeddingGeneratorBuilder<TInput, TEmbedding> UseBudgets(BudgetGuard? guard = null)
        {
            ArgumentNullException.ThrowIfNull(builder);
            return builder.Use((inner, services) => guard is null ? inner.UseBudgets(services) : inner.UseBudgets(guard));
        }
    }
}
