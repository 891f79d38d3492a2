using System.Diagnostics;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.Instrumentation;

/// <summary>
/// Tracks the calls of the client inside it. Follows the semantic conventions for generative AI v1.41, with attributes and metrics of our own
/// beside theirs (<see cref="Vocabulary"/>).
/// </summary>
internal sealed class UsageTrackingChatClient : DelegatingChatClient
{
    private readonly CallRecorder _recorder;
    private readonly Instruments _instruments;

    // A tracker inside sees the single calls, this one perhaps only their sum: that one records, and it needs the options' keys.
    private readonly bool _isTrackedInside;
    private int _disposed;

    public UsageTrackingChatClient(IChatClient inner, UsageTrackingOptions options)
        : this(inner, options, Instruments.Shared)
    {
    }

    internal UsageTrackingChatClient(IChatClient inner, UsageTrackingOptions options, Instruments instruments)
        : base(inner)
    {
        _instruments = instruments;
        _recorder = new CallRecorder(inner, options, instruments);
        _isTrackedInside = _recorder.Ask<UsageTrackingChatClient>(inner) is not null;
        if (!_isTrackedInside)
        {
            instruments.Nesting.Enter();
        }
    }

    /// <inheritdoc/>
    public override Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        if (_isTrackedInside)
        {
            return InnerClient.GetResponseAsync(messages, options, cancellationToken);
        }

        return IsTracked(options)
            ? TrackAsync(messages, options, cancellationToken)
            : InnerClient.GetResponseAsync(messages, _recorder.Clean(options), cancellationToken);
    }

    /// <inheritdoc/>
    public override IAsyncEnumerable<ChatResponseUpdate> GetStreamingResponseAsync(
        IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
    {
        if (_isTrackedInside)
        {
            return InnerClient.GetStreamingResponseAsync(messages, options, cancellationToken);
        }

        return IsTracked(options)
            ? new TrackedStream(InnerClient, _recorder, messages, options, UsageScope.Current).ReadAsync(cancellationToken)
            : InnerClient.GetStreamingResponseAsync(messages, _recorder.Clean(options), cancellationToken);
    }

    /// <inheritdoc/>
    public override object? GetService(Type serviceType, object? serviceKey = null)
    {
        // A client inside that has a source of its own goes first; function invocation asks for one, so that its spans join ours.
        var found = base.GetService(serviceType, serviceKey);
        return found ?? (serviceKey is null && serviceType == typeof(ActivitySource) ? _instruments.Source : null);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && !_isTrackedInside && Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            _instruments.Nesting.Leave();
        }

        base.Dispose(disposing);
    }

    // With a continuation token an earlier answer is fetched, which was a call already.
    private bool IsTracked(ChatOptions? options) => options?.ContinuationToken is null && _recorder.IsListening;

    private async Task<ChatResponse> TrackAsync(IEnumerable<ChatMessage> messages, ChatOptions? options, CancellationToken cancellationToken)
    {
        var started = _recorder.Time.GetTimestamp();
        var call = _recorder.Start(options, UsageScope.Current, streaming: false);
        ChatResponse response;
        try
        {
            response = await InnerClient.GetResponseAsync(messages, call.Options, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception cause)
        {
            var outcome = cause is OperationCanceledException && cancellationToken.IsCancellationRequested ? CallOutcome.Cancelled : CallOutcome.Failed;
            var duration = _recorder.Time.GetElapsedTime(started);
            _recorder.Finish(in call, default, new CallEnd(outcome, duration, duration, Error: cause));
            throw;
        }

        Finish(in call, response, _recorder.Time.GetElapsedTime(started));
        return response;
    }

    // Not in the asynchronous method: what is read is large, and need not be kept while waiting.
    private void Finish(in StartedCall call, ChatResponse response, TimeSpan duration)
    {
        var reading = default(CallReading);
        try
        {
            reading.Read(response);
        }
        catch (Exception cause) // An answer of somebody's own making.
        {
            _recorder.Failed("the usage of an answer", cause);
        }

        _recorder.Finish(in call, in reading, new CallEnd(CallOutcome.Completed, duration, duration));
    }
}
