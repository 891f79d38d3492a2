using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation;

/// <summary>
/// Makes calls of a session's messages: each response is one, and each transcription of what was said. What goes wrong here is reported and never
/// reaches the session. Thread-safe: messages are sent while others are received.
/// </summary>
[Experimental("MEAI001")]
internal sealed class RealtimeCalls
{
    // Of what is going on at a time, and of what may be seen twice.
    private const int MaxOpen = 64;
    private const int MaxFinished = 256;

    private readonly Lock _gate = new();
    private readonly Instruments _instruments;
    private readonly CallRecorder _responses;
    private readonly CallRecorder _transcriptions;
    private readonly Attribution _ambient;
    private readonly RealtimeModels _models = new();
    private readonly RealtimeTools _tools;
    private readonly Recent<OpenResponse> _open = new(MaxOpen);
    private readonly Recent<bool> _finished = new(MaxFinished);
    private readonly Recent<long> _said = new(MaxOpen); // When what is being transcribed was said.
    private bool _isNamed; // The session's id is no longer to change.
    private bool _isOver;
    private RealtimeAudioFormat? _inputFormat;
    private RealtimeAudioFormat? _outputFormat;
    private CallOutcome _outcome = CallOutcome.Completed;
    private Exception? _error;

    public RealtimeCalls(CallSource source, UsageTrackingOptions options, Instruments instruments, IRealtimeClientSession inner, RealtimeSessionOptions? asked, Attribution ambient)
    {
        var own = options.Copy();
        own.SavedCost = false; // There is no cache around a session.
        own.ResponseCost = false; // Messages have no door to it; the session's totals tell.
        UsageCallback note = Note;
        own.OnCompleted = note + options.OnCompleted;
        _instruments = instruments;
        _responses = new CallRecorder(source, own, instruments);

        // Never priced as the model that answers.
        _transcriptions = new CallRecorder(source with { DefaultModel = null }, own, instruments);
        _ambient = ambient;
        if (asked is not null)
        {
            Take(asked);
        }

        Guard("the options of a realtime session", () => _models.Take(inner.Options));

        var recorder = new SessionRecorder(source, own, instruments);
        var isNamed = recorder.AttributionOf(in ambient).Session is not null;
        var session = new UsageSessionOptions { Operation = GenAi.OperationChat, Attribution = ambient, Tracking = own };
        Session = new UsageSession(recorder, _models.Conversation ?? source.DefaultModel, session, isBooked: false);
        _isNamed = isNamed;
        _tools = new RealtimeTools(Session);
        instruments.Nesting.Enter();
    }

    /// <summary>The running totals.</summary>
    public UsageSession Session { get; }

    public ActivitySource Source => _instruments.Source;

    public bool IsNestingPossible => _instruments.Nesting.IsPossible;

    /// <summary>Whether a tracker inside counts everything already: this one stays silent.</summary>
    public bool IsTrackedInside { get; set; }

    public void Sent(RealtimeClientMessage message) => Guard("a message to a realtime session", () => See(message));

    public void Received(RealtimeServerMessage message, IRealtimeClientSession session)
    {
        Guard("the options of a realtime session", () => See(session.Options));
        Guard("a message of a realtime session", () => See(message));
    }

    /// <summary>The provider closed the session: what it was answering will not be answered.</summary>
    public void StreamEnded() => Guard("the end of a realtime session's messages", () => Abandon(CallOutcome.Abandoned, error: null));

    /// <summary>Receiving failed.</summary>
    public void Broken(Exception cause, CallOutcome outcome) => Guard("the failure of a realtime session", () =>
    {
        Abandon(outcome, cause);
        (_outcome, _error) = (outcome, cause);
    });

    /// <summary>The session was disposed.</summary>
    public void End() => Guard("the end of a realtime session", () =>
    {
        if (_isOver)
        {
            return;
        }

        _isOver = true;
        Abandon(CallOutcome.Abandoned, error: null);
        if (IsTrackedInside)
        {
            Session.Discard();
        }
        else
        {
            Session.End(_outcome, _error);
        }

        _instruments.Nesting.Leave();
    });

    private void Guard(string what, Action see)
    {
        lock (_gate)
        {
            try
            {
                see();
            }
            catch (Exception cause) // A session, or a message, of somebody's own making.
            {
                _instruments.Failed(what, cause);
            }
        }
    }

    private void Note(in UsageEvent call)
    {
        try
        {
            Session.Note(in call);
        }
        catch (OverflowException cause) // No real counts; the application's callback is told of them all the same.
        {
            _instruments.Failed("the totals of a realtime session", cause);
        }
    }

    private void Take(RealtimeSessionOptions options)
    {
        _models.Say(options);
        (_inputFormat, _outputFormat) = (options.InputAudioFormat ?? _inputFormat, options.OutputAudioFormat ?? _outputFormat);
    }

    private void See(RealtimeSessionOptions? options)
    {
        _models.Take(options);
        (_inputFormat, _outputFormat) = (options?.InputAudioFormat ?? _inputFormat, options?.OutputAudioFormat ?? _outputFormat);
    }

    private void See(RealtimeClientMessage message)
    {
        Session.NoteActivity();
        switch (message)
        {
            case SessionUpdateRealtimeClientMessage { Options: { } options }:
                Take(options);
                break;
            case InputAudioBufferAppendRealtimeClientMessage { Content: { } audio }:
                Session.NoteAudio(isInput: true, RealtimeAudio.DurationOf(audio.Data.Length, _inputFormat), audio.Data.Length);
                break;
        }
    }

    private void See(RealtimeServerMessage message)
    {
        Session.NoteActivity();
        switch (message)
        {
            case ResponseCreatedRealtimeServerMessage response when response.Type == RealtimeServerMessageType.ResponseDone:
                Finish(response);
                break;
            case ResponseCreatedRealtimeServerMessage { ResponseId: { Length: > 0 } id } response when response.Type == RealtimeServerMessageType.ResponseCreated:
                if (!_open.Contains(id) && !_finished.Contains(id))
                {
                    Abandon(_open.Add(id, Start(response)));
                }

                break;
            case OutputTextAudioRealtimeServerMessage output:
                SeeOutput(output);
                break;
            case ResponseOutputItemRealtimeServerMessage item:
                SeeItem(item);
                break;
            case InputAudioTranscriptionRealtimeServerMessage said:
                Transcribe(said);
                break;
            case { RawRepresentation: { } raw } when message.Type == RealtimeServerMessageType.RawContentOnly:
                SeeSession(raw);
                break;
        }
    }

    // The scope in which the messages are read may say more than the one in which the session was made.
    private Attribution Ambient => UsageScope.Current.Over(_ambient) with { Session = Session.Id };

    private OpenResponse Start(ResponseCreatedRealtimeServerMessage response)
    {
        _isNamed = true;
        var request = new CallRequest(GenAi.OperationChat, _models.Conversation, response.AdditionalProperties, IsStreaming: true);
        return new OpenResponse(_responses.Time.GetTimestamp(), _responses.Start(in request, Ambient));
    }

    private void Finish(ResponseCreatedRealtimeServerMessage response)
    {
        var id = response.ResponseId;
        if (id is { Length: > 0 })
        {
            if (_finished.Contains(id))
            {
                return; // Seen twice, as by a second enumeration.
            }

            _finished.Add(id, true);
        }

        var call = id is { Length: > 0 } && _open.Remove(id, out var open) ? open! : Start(response);
        foreach (var item in response.Items ?? [])
        {
            _tools.See(item);
        }

        var end = RealtimeEnd.Of(response);
        var duration = _responses.Time.GetElapsedTime(call.Started);
        _responses.Finish(in call.Call, in end.Reading, new CallEnd(end.Outcome, duration, duration, call.First, end.Error, response, IsUsageWhole: true));
    }

    private void SeeOutput(OutputTextAudioRealtimeServerMessage output)
    {
        if (output.Type != RealtimeServerMessageType.OutputTextDelta && output.Type != RealtimeServerMessageType.OutputAudioDelta
            && output.Type != RealtimeServerMessageType.OutputAudioTranscriptionDelta)
        {
            return;
        }

        if (output.ResponseId is { Length: > 0 } id && _open.Find(id) is { First: null } open)
        {
            open.First = _responses.Time.GetElapsedTime(open.Started);
        }

        if (output.Type == RealtimeServerMessageType.OutputAudioDelta && RealtimeAudio.SizeOf(output.Audio) is > 0 and var bytes)
        {
            Session.NoteAudio(isInput: false, RealtimeAudio.DurationOf(bytes, _outputFormat), bytes);
        }
    }

    private void SeeItem(ResponseOutputItemRealtimeServerMessage item)
    {
        if (item.Type == RealtimeServerMessageType.ResponseOutputItemDone)
        {
            _tools.See(item.Item);
        }
        else if (item is { Item.Id: { Length: > 0 } id } && item.Type == RealtimeServerMessageType.ConversationItemAdded)
        {
            _said.Add(id, _responses.Time.GetTimestamp());
        }
    }

    private void Transcribe(InputAudioTranscriptionRealtimeServerMessage said)
    {
        var isFailed = said.Type == RealtimeServerMessageType.InputAudioTranscriptionFailed;
        if (!isFailed && said.Type != RealtimeServerMessageType.InputAudioTranscriptionCompleted)
        {
            return;
        }

        var key = $"{said.ItemId}/{said.ContentIndex}";
        if (said.ItemId is { Length: > 0 } item)
        {
            if (_finished.Contains(key))
            {
                return;
            }

            _finished.Add(key, true);
        }

        _isNamed = true;
        var started = said.ItemId is not null && _said.Remove(said.ItemId, out var when) ? when : _transcriptions.Time.GetTimestamp();
        var request = new CallRequest(GenAi.OperationGenerateContent, _models.Transcription, IsStreaming: true);
        var call = _transcriptions.Start(in request, Ambient);
        var reading = RealtimeEnd.Read(said);
        var duration = _transcriptions.Time.GetElapsedTime(started);
        var error = isFailed ? new RealtimeFailure(said.Error?.ErrorCode) : null;
        _transcriptions.Finish(in call, in reading, new CallEnd(isFailed ? CallOutcome.Failed : CallOutcome.Completed, duration, duration, Error: error, Answer: said, IsUsageWhole: true));
    }

    // The provider's id of the session, unless the application gave one.
    private void SeeSession(object raw)
    {
        if (RealtimeWire.Of(raw) is not { } json || json.Text("type") is not ("session.created" or "session.updated" or "transcription_session.created" or "transcription_session.updated"))
        {
            return;
        }

        _models.Say(json.Text("session", "model"), json.Text("session", "audio", "input", "transcription", "model") ?? json.Text("session", "input_audio_transcription", "model"));
        if (!_isNamed && json.Text("session", "id") is { } id)
        {
            Session.Rename(id);
            _isNamed = true;
        }
    }

    private void Abandon(CallOutcome outcome, Exception? error)
    {
        foreach (var open in _open.Values)
        {
            Abandon(open, outcome, error);
        }

        _open.Clear();
    }

    private void Abandon(OpenResponse? open, CallOutcome outcome = CallOutcome.Abandoned, Exception? error = null)
    {
        if (open is not null)
        {
            var duration = _responses.Time.GetElapsedTime(open.Started);
            _responses.Finish(in open.Call, default, new CallEnd(outcome, duration, duration, open.First, error));
        }
    }

    /// <summary>A response that the provider is giving.</summary>
    private sealed class OpenResponse(long started, StartedCall call)
    {
        // A field, to be passed by reference.
        public readonly StartedCall Call = call;

        public long Started { get; } = started;

        public TimeSpan? First { get; set; }
    }
}
