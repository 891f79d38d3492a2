using Microsoft.Extensions.AI;

namespace LlmTelemetry.Instrumentation;

/// <summary>
/// Tracks the calls of the client inside it. Follows the semantic conventions for generative AI v1.41, or their newest text for who opts in
/// (<see cref="Conventions"/>), with attributes and metrics of our own beside theirs (<see cref="Vocabulary"/>).
/// </summary>
internal sealed class UsageTrackingChatClient : DelegatingChatClient
{
    private readonly Tracker _tracker;
    private readonly CallRecorder _recorder;
    private readonly Instruments _instruments;
    private readonly bool _isEstimating;

    public UsageTrackingChatClient(IChatClient inner, UsageTrackingOptions options, Instruments instruments)
        : base(inner)
    {
        _instruments = instruments;
        _isEstimating = options.EstimateUsage;
        _tracker = new Tracker(CallSource.Of(inner, instruments), options, instruments, CallSource.Ask<UsageTrackingChatClient>(inner.GetService, instruments)?._tracker);
        _recorder = _tracker.Recorder;
    }

    /// <inheritdoc/>
    public override Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var asked = new Asked(InnerClient, messages, Clean(options));
        if (options?.ContinuationToken is not null)
        {
            // An earlier answer is fetched, which was a call already.
            return !_tracker.IsTrackedInside && _recorder.HasBackgroundAnswers
                ? FetchedAnswer.RunAsync<Asked, ChatResponse, Reader>(_recorder, asked, static (asked, token) => asked.AnswerAsync(token), cancellationToken)
                : asked.AnswerAsync(cancellationToken);
        }

        if (!_recorder.IsListening)
        {
            return asked.AnswerAsync(cancellationToken);
        }

        asked = asked with { Prompt = NewPrompt() };
        return TrackedCall.RunAsync<Asked, ChatResponse, Reader>(
            _recorder, RequestOf(options, isStreaming: false, asked.Prompt), asked, static (asked, token) => asked.AnswerAsync(token), cancellationToken);
    }

    /// <inheritdoc/>
    public override IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        var asked = new Asked(InnerClient, messages, Clean(options));
        if (options?.ContinuationToken is not null)
        {
            return !_tracker.IsTrackedInside && _recorder.HasBackgroundAnswers
                ? FetchedAnswer.ReadAsync<Asked, ChatResponseUpdate, Reader>(_recorder, RequestOf(options, isStreaming: true), asked, static (asked, token) => asked.StreamAsync(token), cancellationToken)
                : asked.StreamAsync(cancellationToken);
        }

        if (!_recorder.IsListening)
        {
            return asked.StreamAsync(cancellationToken);
        }

        asked = asked with { Prompt = NewPrompt() };
        return new TrackedStream<Asked, ChatResponseUpdate, Reader>(
            _recorder, RequestOf(options, isStreaming: true, asked.Prompt), asked, static (asked, token) => asked.StreamAsync(token)).ReadAsync(cancellationToken);
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

    private static CallRequest RequestOf(ChatOptions? options, bool isStreaming, PromptText? prompt = null) =>
        new(Vocabulary.GenAi.OperationChat, options?.ModelId, options?.AdditionalProperties, isStreaming, options?.ConversationId, options, prompt);

    private PromptText? NewPrompt() => _isEstimating ? new PromptText(_instruments) : null;

    private ChatOptions? Clean(ChatOptions? options) => _tracker.Clean(options, options?.AdditionalProperties, static (options, rest) =>
    {
        var copy = options.Clone();
        copy.AdditionalProperties = rest;
        return copy;
    });

    private readonly record struct Asked(IChatClient Client, IEnumerable<ChatMessage> Messages, ChatOptions? Options, PromptText? Prompt = null)
    {
        private IEnumerable<ChatMessage> Sent => Prompt is null ? Messages : Prompt.Count(Messages, Options);

        public Task<ChatResponse> AnswerAsync(CancellationToken cancellationToken) => Client.GetResponseAsync(Sent, Options, cancellationToken);

        public IAsyncEnumerable<ChatResponseUpdate> StreamAsync(CancellationToken cancellationToken) => Client.GetStreamingResponseAsync(Sent, Options, cancellationToken);
    }

    private readonly struct Reader : IAnswerReader<ChatResponse>, IAnswerReader<ChatResponseUpdate>
    {
        public static void Read(ref CallReading reading, ChatResponse answer, bool isCumulative) => reading.Read(answer);

        public static void Read(ref CallReading reading, ChatResponseUpdate answer, bool isCumulative) => reading.Read(answer, isCumulative);
    }
}
