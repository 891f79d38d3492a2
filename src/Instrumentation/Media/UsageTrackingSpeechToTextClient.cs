using System.Diagnostics.CodeAnalysis;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation;

/// <summary>Tracks the calls of the speech to text client inside it.</summary>
[Experimental("MEAI001")]
internal sealed class UsageTrackingSpeechToTextClient : DelegatingSpeechToTextClient
{
    private readonly Tracker _tracker;

    public UsageTrackingSpeechToTextClient(ISpeechToTextClient inner, UsageTrackingOptions options, Instruments instruments)
        : base(inner)
    {
        var metadata = CallSource.Ask<SpeechToTextClientMetadata>(inner.GetService, instruments);
        var source = CallSource.Of(metadata?.ProviderName, metadata?.ProviderUri, metadata?.DefaultModelId, CallSource.SourceOf(inner.GetService, instruments));
        _tracker = new Tracker(
            source with { OutputType = GenAi.OutputTypeText }, options, instruments, CallSource.Ask<UsageTrackingSpeechToTextClient>(inner.GetService, instruments)?._tracker);
    }

    /// <inheritdoc/>
    public override Task<SpeechToTextResponse> GetTextAsync(Stream audioSpeechStream, SpeechToTextOptions? options = null, CancellationToken cancellationToken = default)
    {
        var asked = new Asked(InnerClient, audioSpeechStream, Clean(options));
        return _tracker.Recorder.IsListening
            ? TrackedCall.RunAsync<Asked, SpeechToTextResponse, Reader>(
                _tracker.Recorder, RequestOf(options, isStreaming: false), asked, static (asked, token) => asked.AnswerAsync(token), cancellationToken)
            : asked.AnswerAsync(cancellationToken);
    }

    /// <inheritdoc/>
    public override IAsyncEnumerable<SpeechToTextResponseUpdate> GetStreamingTextAsync(
        Stream audioSpeechStream, SpeechToTextOptions? options = null, CancellationToken cancellationToken = default)
    {
        var asked = new Asked(InnerClient, audioSpeechStream, Clean(options));
        return _tracker.Recorder.IsListening
            ? new TrackedStream<Asked, SpeechToTextResponseUpdate, Reader>(
                _tracker.Recorder, RequestOf(options, isStreaming: true), asked, static (asked, token) => asked.StreamAsync(token)).ReadAsync(cancellationToken)
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

    private static CallRequest RequestOf(SpeechToTextOptions? options, bool isStreaming) =>
        new(GenAi.OperationGenerateContent, options?.ModelId, options?.AdditionalProperties, isStreaming);

    private SpeechToTextOptions? Clean(SpeechToTextOptions? options) => _tracker.Clean(options, options?.AdditionalProperties, static (options, rest) =>
    {
        var copy = options.Clone();
        copy.AdditionalProperties = rest;
        return copy;
    });

    private readonly record struct Asked(ISpeechToTextClient Client, Stream Audio, SpeechToTextOptions? Options)
    {
        public Task<SpeechToTextResponse> AnswerAsync(CancellationToken cancellationToken) => Client.GetTextAsync(Audio, Options, cancellationToken);

        public IAsyncEnumerable<SpeechToTextResponseUpdate> StreamAsync(CancellationToken cancellationToken) => Client.GetStreamingTextAsync(Audio, Options, cancellationToken);
    }

    private readonly struct Reader : IAnswerReader<SpeechToTextResponse>, IAnswerReader<SpeechToTextResponseUpdate>
    {
        public static void Read(ref CallReading reading, SpeechToTextResponse answer, bool isCumulative)
        {
            reading.Read(answer.Usage, answer.RawRepresentation, answer.ModelId, answer.ResponseId, medium: Medium.SpeechToText);
            Hear(ref reading, answer.RawRepresentation, answer.EndTime);
        }

        public static void Read(ref CallReading reading, SpeechToTextResponseUpdate answer, bool isCumulative)
        {
            reading.Read(answer.Contents, answer.RawRepresentation, answer.ModelId, answer.ResponseId, isCumulative, Medium.SpeechToText);
            Hear(ref reading, answer.RawRepresentation, answer.EndTime);
        }

        // What is charged by time is charged to the nearest second.
        public static void End(ref CallReading reading)
        {
            if (!reading.HasTokens && reading.Audio is { } audio)
            {
                reading.Add(new CallUsage { [UsageBucket.InputAudioSecond] = (long)decimal.Round((decimal)audio.Ticks / TimeSpan.TicksPerSecond, MidpointRounding.AwayFromZero) });
            }
        }

        // OpenAI's answers say how long the audio was; the last segment may end before it does.
        private static void Hear(ref CallReading reading, object? raw, TimeSpan? end)
        {
            var audio = raw is null || !SdkObject.IsFrom(raw, "OpenAI.Audio") ? null : (SdkObject.Get(SdkObject.Get(raw, "Usage"), "Duration") ?? SdkObject.Get(raw, "Duration")) as TimeSpan?;
            if ((audio ?? end) is { } known && known >= TimeSpan.Zero)
            {
                reading.Hear(known);
            }
        }
    }
}
