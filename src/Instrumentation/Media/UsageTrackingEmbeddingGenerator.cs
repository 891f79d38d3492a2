using Microsoft.Extensions.AI;

namespace LlmTelemetry.Instrumentation;

/// <summary>Tracks the calls of the embedding generator inside it.</summary>
internal sealed class UsageTrackingEmbeddingGenerator<TInput, TEmbedding> : DelegatingEmbeddingGenerator<TInput, TEmbedding>
    where TEmbedding : Embedding
{
    private readonly Tracker _tracker;
    private readonly int? _defaultDimensions;

    public UsageTrackingEmbeddingGenerator(IEmbeddingGenerator<TInput, TEmbedding> inner, UsageTrackingOptions options, Instruments instruments)
        : base(inner)
    {
        var metadata = CallSource.Ask<EmbeddingGeneratorMetadata>(inner.GetService, instruments);
        _defaultDimensions = metadata?.DefaultModelDimensions;
        _tracker = new Tracker(
            CallSource.Of(metadata?.ProviderName, metadata?.ProviderUri, metadata?.DefaultModelId, CallSource.SourceOf(inner.GetService, instruments)),
            options,
            instruments,
            CallSource.Ask<UsageTrackingEmbeddingGenerator<TInput, TEmbedding>>(inner.GetService, instruments)?._tracker);
    }

    /// <inheritdoc/>
    public override Task<GeneratedEmbeddings<TEmbedding>> GenerateAsync(
        IEnumerable<TInput> values, EmbeddingGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        var recorder = _tracker.Recorder;
        var asked = new Asked(InnerGenerator, values, _tracker.Clean(options, options?.AdditionalProperties, static (options, rest) =>
        {
            var copy = options.Clone();
            copy.AdditionalProperties = rest;
            return copy;
        }));
        return recorder.IsListening
            ? TrackedCall.RunAsync<Asked, GeneratedEmbeddings<TEmbedding>, Reader>(recorder, RequestOf(options), asked, static (asked, token) => asked.AnswerAsync(token), cancellationToken)
            : asked.AnswerAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override object? GetService(Type serviceType, object? serviceKey = null) => _tracker.Service(base.GetService(serviceType, serviceKey), serviceType, serviceKey);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _tracker.Leave();
        }

        base.Dispose(disposing);
    }

    private CallRequest RequestOf(EmbeddingGenerationOptions? options) => new(
        Vocabulary.GenAi.OperationEmbeddings,
        options?.ModelId,
        options?.AdditionalProperties,
        Sent: (options?.Dimensions ?? _defaultDimensions) is { } dimensions && _tracker.Recorder.HasSpanListeners
            ? new SentDetails([new(Vocabulary.GenAi.EmbeddingsDimensionCount, dimensions)]) : null);

    private readonly record struct Asked(IEmbeddingGenerator<TInput, TEmbedding> Generator, IEnumerable<TInput> Values, EmbeddingGenerationOptions? Options)
    {
        public Task<GeneratedEmbeddings<TEmbedding>> AnswerAsync(CancellationToken cancellationToken) => Generator.GenerateAsync(Values, Options, cancellationToken);
    }

    private readonly struct Reader : IAnswerReader<GeneratedEmbeddings<TEmbedding>>
    {
        // One request, one model.
        public static void Read(ref CallReading reading, GeneratedEmbeddings<TEmbedding> answer, bool isCumulative) =>
            reading.Read(answer.Usage, raw: null, answer.Count > 0 ? answer[0]?.ModelId : null, responseId: null, medium: Medium.Embeddings);
    }
}
