using LlmTelemetry.Usage;

namespace LlmTelemetry.Instrumentation;

/// <summary>
/// What is known of a stream while it is read; records the call once, whatever ends it. A stream whose enumerator is dropped without being disposed
/// ends when the garbage collector finds it.
/// </summary>
internal sealed class StreamedCall : IDisposable
{
    private readonly CallRecorder _recorder;
    private readonly CancellationToken _cancellationToken;
    private readonly StartedCall _call;
    private readonly long _started;
    private readonly bool _isStreaming; // Else what comes bit by bit is a list, and no answer of a model.
    private CallReading _reading;
    private CallOutcome _outcome = CallOutcome.Abandoned;
    private Exception? _error;
    private TimeSpan _waited; // On the provider; the consumer's own time is left out.
    private TimeSpan _first = Timeout.InfiniteTimeSpan; // None came yet.

    public StreamedCall(CallRecorder recorder, in CallRequest request, in StartedCall call, long started, CancellationToken cancellationToken)
    {
        _recorder = recorder;
        _cancellationToken = cancellationToken;
        _call = call;
        _started = started;
        _isStreaming = request.IsStreaming;
        _reading = recorder.NewReading(in request);
    }

    // An enumerator that nobody disposes is collected with this: there is no other sign of it. This must neither throw nor wait, and leaves nothing
    // of this object alive but copies: whoever is told of the call is somebody else's code, and has a thread of the pool.
    ~StreamedCall()
    {
        try
        {
            ThreadPool.UnsafeQueueUserWorkItem(static lost => lost.Record(), new Lost(this), preferLocal: false);
        }
        catch (Exception cause)
        {
            _recorder?.Failed("a stream that nobody disposed", cause);
        }
    }

    public bool IsTracked => _call.IsTracked;

    /// <summary>Whether what is inside must see another context than the consumer.</summary>
    public bool HasContext => _call.Span.IsOpen || _call.Frame is not null;

    public ref readonly StartedCall Call => ref _call;

    public ref CallReading Reading => ref _reading;

    /// <summary>The last update so far, which the cost is put beside.</summary>
    public object? Last { get; set; }

    /// <summary>Whether the provider gave any of the answer, be it an empty one.</summary>
    public bool HasAnswer => _outcome == CallOutcome.Completed || HasFirst;

    public bool HasFirst => _first != Timeout.InfiniteTimeSpan;

    public void Waited(TimeSpan gap) => _waited += gap;

    public void Began() => _first = _waited;

    public void Completed() => _outcome = CallOutcome.Completed;

    public void Failed(Exception cause)
    {
        _error = cause;
        _outcome = ErrorTypes.OutcomeOf(cause, _cancellationToken);
    }

    /// <summary>Records the call.</summary>
    public void Dispose()
    {
        GC.SuppressFinalize(this);
        _recorder.Finish(in _call, in _reading, End(Last));
    }

    private CallEnd End(object? last)
    {
        var outcome = _outcome == CallOutcome.Abandoned && _cancellationToken.IsCancellationRequested ? CallOutcome.Cancelled : _outcome;
        return new CallEnd(outcome, _waited, _recorder.Time.GetElapsedTime(_started), HasFirst && _isStreaming ? _first : null, _error, last);
    }

    /// <summary>What is left of a stream that nobody disposed.</summary>
    private sealed class Lost(StreamedCall stream)
    {
        private readonly CallRecorder _recorder = stream._recorder;
        private readonly StartedCall _call = stream._call;
        private readonly CallReading _reading = stream._reading;
        private readonly CallEnd _end = stream.End(last: null);

        public void Record() => _recorder.Finish(in _call, in _reading, in _end);
    }
}
