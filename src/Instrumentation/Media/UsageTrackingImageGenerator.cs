using System.Diagnostics.CodeAnalysis;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation;

/// <summary>Tracks the calls of the image generator inside it.</summary>
[Experimental("MEAI001")]
internal sealed class UsageTrackingImageGenerator : DelegatingImageGenerator
{
    private readonly Tracker _tracker;

    public UsageTrackingImageGenerator(IImageGenerator inner, UsageTrackingOptions options, Instruments instruments)
        : base(inner)
    {
        var metadata = CallSource.Ask<ImageGeneratorMetadata>(inner.GetService, instruments);
        var source = CallSource.Of(metadata?.ProviderName, metadata?.ProviderUri, metadata?.DefaultModelId, CallSource.SourceOf(inner.GetService, instruments));
        _tracker = new Tracker(
            source with { OutputType = GenAi.OutputTypeImage }, options, instruments, CallSource.Ask<UsageTrackingImageGenerator>(inner.GetService, instruments)?._tracker);
    }

    /// <inheritdoc/>
    public override Task<ImageGenerationResponse> GenerateAsync(ImageGenerationRequest request, ImageGenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        var recorder = _tracker.Recorder;
        var clean = Clean(options);
        if (!recorder.IsListening)
        {
            return InnerGenerator.GenerateAsync(request, clean, cancellationToken);
        }

        var sent = options is null ? null : new ImagesSent(options, TagsOf(options));
        var asked = new Asked(InnerGenerator, request, Watched(clean, options, sent));
        return TrackedCall.RunAsync<Asked, ImageGenerationResponse, Reader>(recorder, RequestOf(options, sent), asked, static (asked, token) => asked.AnswerAsync(token), cancellationToken);
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

    private ImageGenerationOptions? Clean(ImageGenerationOptions? options) => _tracker.Clean(options, options?.AdditionalProperties, static (options, rest) =>
    {
        var copy = options.Clone();
        copy.AdditionalProperties = rest;
        return copy;
    });

    // A quality, which doubles the price, has no place but in the provider's own options, and those are made when the call is sent.
    private ImageGenerationOptions? Watched(ImageGenerationOptions? clean, ImageGenerationOptions? original, ImagesSent? sent)
    {
        if (sent is null || clean?.RawRepresentationFactory is not { } make)
        {
            return clean;
        }

        try
        {
            var copy = ReferenceEquals(clean, original) ? clean.Clone() : clean;
            copy.RawRepresentationFactory = generator => sent.Raw = make(generator);
            return copy;
        }
        catch (Exception cause) // Options of somebody's own that cannot be cloned.
        {
            _tracker.Recorder.Failed("the quality of an image", cause);
            return clean;
        }
    }

    private static CallRequest RequestOf(ImageGenerationOptions? options, ImagesSent? sent) =>
        new(GenAi.OperationGenerateContent, options?.ModelId, options?.AdditionalProperties, Sent: sent);

    private KeyValuePair<string, object?>[]? TagsOf(ImageGenerationOptions options) => _tracker.Recorder.HasSpanListeners
        ?
        [
            new(GenAi.RequestChoiceCount, options.Count),
            new(GenAi.RequestImageWidth, options.ImageSize?.Width),
            new(GenAi.RequestImageHeight, options.ImageSize?.Height),
        ]
        : null;

    private readonly record struct Asked(IImageGenerator Generator, ImageGenerationRequest Request, ImageGenerationOptions? Options)
    {
        public Task<ImageGenerationResponse> AnswerAsync(CancellationToken cancellationToken) => Generator.GenerateAsync(Request, Options, cancellationToken);
    }

    private readonly struct Reader : IAnswerReader<ImageGenerationResponse>
    {
        public static void Read(ref CallReading reading, ImageGenerationResponse answer, bool isCumulative)
        {
            reading.Read(answer.Usage, answer.RawRepresentation, model: null, responseId: null, medium: Medium.Images);
            if (!reading.HasTokens && ImagesSent.Count(answer.Contents) is > 0 and var count)
            {
                var usage = default(CallUsage);
                usage.Add(UsageBucket.Image, ImagesSent.KindOf(answer.RawRepresentation, reading.Sent as ImagesSent), count);
                reading.Add(in usage);
            }
        }
    }
}
