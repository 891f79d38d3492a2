using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.Budgets;

/// <summary>A call for embeddings. Neither capped, since its answer has no length, nor switched: vectors of another model mean something else.</summary>
/// <param name="generator">The generator inside.</param>
/// <param name="values">What to embed.</param>
/// <param name="options">The caller's options.</param>
internal sealed class EmbeddingCall<TInput, TEmbedding>(IEmbeddingGenerator<TInput, TEmbedding> generator, IEnumerable<TInput> values, EmbeddingGenerationOptions? options)
    : BudgetedCall, ISingleCall<GeneratedEmbeddings<TEmbedding>>
    where TEmbedding : Embedding
{
    private IEnumerable<TInput> _values = values;

    public override AdditionalPropertiesDictionary? Properties => options?.AdditionalProperties;

    public override string? Model => options?.ModelId;

    public override CallSize Measure(CallEstimates estimates, string? model)
    {
        if (_values is not IReadOnlyCollection<TInput> inputs)
        {
            _values = inputs = [.. _values];
        }

        var tokens = 0L;
        foreach (var input in inputs)
        {
            tokens = CallSum.Plus(tokens, input switch
            {
                string text => estimates.OfText(text, model),
                AIContent content => PromptTokens.Of(content, model),
                _ => 0,
            });
        }

        return new CallSize(new CallUsage { [UsageBucket.Input] = estimates.Correct(model, tokens) }, tokens);
    }

    public Task<GeneratedEmbeddings<TEmbedding>> SendAsync(CancellationToken cancellationToken) => generator.GenerateAsync(_values, options, cancellationToken);

    public void Read(GeneratedEmbeddings<TEmbedding> answer, AnswerSeen seen)
    {
    }
}
