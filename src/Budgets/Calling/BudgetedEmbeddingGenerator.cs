using Microsoft.Extensions.AI;

namespace LlmTelemetry.Budgets;

/// <summary>Holds room for each call of the embedding generator inside it, and settles it afterwards.</summary>
/// <param name="inner">The generator; tracked.</param>
/// <param name="calls">Makes its calls.</param>
internal sealed class BudgetedEmbeddingGenerator<TInput, TEmbedding>(IEmbeddingGenerator<TInput, TEmbedding> inner, BudgetedCalls calls)
    : DelegatingEmbeddingGenerator<TInput, TEmbedding>(inner)
    where TEmbedding : Embedding
{
    /// <inheritdoc/>
    public override Task<GeneratedEmbeddings<TEmbedding>> GenerateAsync(
        IEnumerable<TInput> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default) => values is null
        ? InnerGenerator.GenerateAsync(values!, options, cancellationToken)
        : calls.RunAsync<EmbeddingCall<TInput, TEmbedding>, GeneratedEmbeddings<TEmbedding>>(new EmbeddingCall<TInput, TEmbedding>(InnerGenerator, values, options), cancellationToken);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            calls.Dispose();
        }

        base.Dispose(disposing);
    }
}
