using System.Diagnostics.CodeAnalysis;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation;

/// <summary>Tracks the calls of the text to speech client inside it.</summary>
[Experimental("MEAI001")]
internal sealed class UsageTrackingTextToSpeechClient : DelegatingTextToSpeechClient
{
    private readonly Tracker _tracker;

    public UsageTrackingTextToSpeechClient(ITextToSpeechClient inner, UsageTrackingOptions options, Instruments instruments)
        : base(inner)
    {
        var metadata = CallSource.Ask<TextToSpeechClientMetadata>(inner.GetService, instruments);
        var source = CallSource.Of(metadata?.ProviderName, metadata?.ProviderUri, metadata?.DefaultModelId, CallSource.SourceOf(inner.GetService, instruments));
        _tracker = new Tracker(
            source with { OutputType = GenAi.OutputTypeSpeech }, options, instruments, CallSource.Ask<UsageTrackingTextToSpeechClient>(inner.GetService, instruments)?._tracker);
    }

    /// <inheritdoc/>
    public override Task<TextToSpeechResponse> GetAudioAsync(string text, TextToSpeechOptions? options = null, CancellationToken cancellationToken = default)
    {
        var asked = new Asked(InnerClient, text, Clean(options));
        return _tracker.Recorder.IsListening
            ? TrackedCall.RunAsync<Asked, TextToSpeechResponse, Reader>(
                _tracker.Recorder, RequestOf(text, options, isStreaming: false), asked, static (asked, token) => asked.AnswerAsync(token), cancellationToken)
            : asked.AnswerAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override IAsyncEnumerable<TextToSpeechResponseUpdate> GetStreamingAudioAsync(
        string text, TextToSpeechOptions? options = null, CancellationToken cancellationToken = default)
    {
        var asked = new Asked(InnerClient, text, Clean(options));
        return _tracker.Recorder.IsListening
            ? new TrackedStream<Asked, TextToSpeechResponseUpdate, Reader>(
                _tracker.Recorder, RequestOf(text, options, isStreaming: true), asked, static (asked, token) => asked.StreamAsync(token)).ReadAsync(cancellationToken)
            : asked.StreamAsync(cancellationToken);
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

    private static CallRequest RequestOf(string text, TextToSpeechOptions? options, bool isStreaming) =>
        new(GenAi.OperationGenerateContent, options?.ModelId, options?.AdditionalProperties, isStreaming, Sent: text);

    private TextToSpeechOptions? Clean(TextToSpeechOptions? options) => _tracker.Clean(options, options?.AdditionalProperties, static (options, rest) =>
    {
        var copy = options.Clone();
        copy.AdditionalProperties = rest;
        return copy;
    });

    private readonly record struct Asked(ITextToSpeechClient Client, string Text, TextToSpeechOptions? Options)
    {
        public Task<TextToSpeechResponse> AnswerAsync(CancellationToken cancellationToken) => Client.GetAudioAsync(Text, Options, cancellationToken);

        public IAsyncEnumerable<TextToSpeechResponseUpdate> StreamAsync(CancellationToken cancellationToken) => Client.GetStreamingAudioAsync(Text, Options, cancellationToken);
    }

    private readonly struct Reader : IAnswerReader<TextToSpeechResponse>, IAnswerReader<TextToSpeechResponseUpdate>
    {
        public static void Read(ref CallReading reading, TextToSpeechResponse answer, bool isCumulative) =>
            reading.Read(answer.Usage, answer.RawRepresentation, answer.ModelId, answer.ResponseId, medium: Medium.TextToSpeech);

        public static void Read(ref CallReading reading, TextToSpeechResponseUpdate answer, bool isCumulative) =>
            reading.Read(answer.Contents, answer.RawRepresentation, answer.ModelId, answer.ResponseId, isCumulative, Medium.TextToSpeech);

        // Characters as people and the provider count them: an emoji is one, where a string holds two halves of it.
        public static void End(ref CallReading reading)
        {
            if (reading.HasTokens || reading.Sent is not string text)
            {
                return;
            }

            var characters = 0L;
            foreach (var _ in text.EnumerateRunes())
            {
                characters++;
            }

            reading.Add(new CallUsage { [UsageBucket.Character] = characters });
        }
    }
}
