using System.Runtime.CompilerServices;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation;

/// <summary>Turns one call into its span, its metrics and its event. What goes wrong here is reported and never reaches the call.</summary>
internal sealed class CallRecorder
{
    private readonly TrackerContext _tracker;
    private readonly CallStarts _starts;
    private readonly FinishedCalls _finished;
    private readonly CacheHits _hits;

    /// <param name="source">The client whose calls are recorded.</param>
    /// <param name="options">How.</param>
    /// <param name="instruments">Where to.</param>
    /// <param name="isTrackedInside">Whether a tracker inside the client, which this one knows of, records the calls.</param>
    public CallRecorder(CallSource source, UsageTrackingOptions options, Instruments instruments, bool isTrackedInside = false)
    {
        _tracker = new TrackerContext(source, options, instruments, isTrackedInside);
        var spans = new SpanStarts(source);
        _starts = new CallStarts(_tracker, spans);
        _finished = new FinishedCalls(_tracker);
        _hits = new CacheHits(_tracker, spans);
    }

    public TimeProvider Time => _tracker.Time;

    public CallSource Source => _tracker.Source;

    public Instruments Instruments => _tracker.Instruments;

    public bool IsListening =>
        _tracker.IsEnabled && (_tracker.IsTrackedInside
            ? _tracker.Options.ResponseCost || _tracker.Options.SavedCost
            : _tracker.Options.ResponseCost || _tracker.Options.OnCompleted is not null || _tracker.Hub.HasSinks || _tracker.Instruments.HasMetricListeners || _tracker.Instruments.Source.HasListeners()
                || _tracker.Instruments.Nesting.Surrounding is not null || CallSpan.FindSurrounding(_tracker.Instruments.Source) is not null);

    /// <summary>Whether a tracker around or inside has to be told of the calls.</summary>
    public bool IsNesting => _tracker.IsEnabled && (!_tracker.IsTrackedInside || _tracker.Options.ResponseCost || _tracker.Options.SavedCost);

    /// <summary>Whether the calls are recorded, here or further inside.</summary>
    public bool IsRecording => _tracker.IsEnabled || _tracker.IsTrackedInside;

    /// <summary>Whether each report in a stream holds those before it. Gemini's does in every chunk, and Google's client passes it on.</summary>
    public bool HasCumulativeReports => _tracker.Options.CumulativeUsage ?? _tracker.Source.Provider?.StartsWith(Providers.GooglePrefix, StringComparison.Ordinal) == true;

    /// <summary>Whether an earlier answer may be fetched whose usage is not booked yet.</summary>
    public bool HasBackgroundAnswers => !_tracker.Instruments.Background.IsEmpty && IsListening;

    public bool HasChunkListeners => !_tracker.IsTrackedInside && _tracker.Instruments.HasChunkListeners;

    public bool IsEnabled => _tracker.IsEnabled;

    public bool HasSpanListeners => _tracker.Instruments.Source.HasListeners();

    /// <summary>A call's options without our keys, as the provider may see them.</summary>
    /// <inheritdoc cref="CallOptions.WithoutOurKeys"/>
    public TOptions? Clean<TOptions>(TOptions? options, AdditionalPropertiesDictionary? properties, Func<TOptions, AdditionalPropertiesDictionary?, TOptions> copyWith)
        where TOptions : class
    {
        try
        {
            return CallOptions.WithoutOurKeys(options, properties, copyWith);
        }
        catch (Exception cause) // Options of somebody's own that cannot be cloned: better sent as they are than not at all.
        {
            _tracker.Instruments.Failed("the removal of attribution from a call's options", cause);
            return options;
        }
    }

    /// <summary>What others may ask of the tracker.</summary>
    public TrackerDoor NewDoor() => new(_tracker);

    /// <summary>What the baggage of the moment says, for a call that may start where it does not flow to; null: nothing.</summary>
    public StrongBox<Attribution>? CaptureBaggage() => _tracker.Attribution.CaptureBaggage();

    /// <inheritdoc cref="CallStarts.Start"/>
    public StartedCall Start(in CallRequest request, in Attribution ambient, StrongBox<Attribution>? baggage = null) => _starts.Start(in request, in ambient, baggage);

    /// <summary>What is known of the answer to a request before it begins.</summary>
    public CallReading NewReading(in CallRequest request) => new(request.Prompt, isWatching: _tracker.Options.CumulativeUsage is null && request.Operation == GenAi.OperationChat) { Sent = request.Sent };

    /// <summary>Books what a fetched answer used, if it was asked for here and is not booked yet.</summary>
    /// <param name="reading">What it says.</param>
    /// <param name="waited">What the provider took for it.</param>
    /// <param name="answer">What the caller was given.</param>
    public void Book(in CallReading reading, TimeSpan waited, object? answer)
    {
        try
        {
            if (!reading.IsToBeContinued && reading.TryGetUsage(out _, out _) && _tracker.Instruments.Background.TryTake(_tracker.Source.Provider, reading.ResponseId, out var asked))
            {
                var call = asked.Call with { IsCounted = true };
                Finish(in call, in reading, new CallEnd(CallOutcome.Completed, waited, _tracker.Time.GetUtcNow() - asked.StartedAt, Answer: answer));
            }
        }
        catch (Exception cause) // Telemetry must never break the call it watches.
        {
            _tracker.Instruments.Failed("the usage of a fetched answer", cause);
        }
    }

    /// <summary>Finishes a call: once, whatever ended it.</summary>
    public void Finish(in StartedCall start, in CallReading reading, in CallEnd end)
    {
        if (start.IsTracked)
        {
            Record(in start, in reading, in end);
        }
        else
        {
            start.Frame?.Pass();
            start.Span.Hide();
        }

        try
        {
            start.Span.Stop(end.Said is { StartedAt: not null } said ? said.EndedAt : null);
        }
        catch (Exception cause) // Somebody's listener.
        {
            _tracker.Instruments.Failed("a span", cause);
        }
    }

    public KeyValuePair<string, object?>[] ChunkTags(in StartedCall start, in CallReading reading) =>
        _tracker.Instruments.ChunkTags(start.Operation, _tracker.Source.Provider, start.RequestModel, reading.Model, _tracker.Prices, _tracker.Options.MaxAttributeValues);

    public void RecordChunk(TimeSpan gap, KeyValuePair<string, object?>[] tags)
    {
        try
        {
            _tracker.Instruments.RecordChunk(gap, tags);
        }
        catch (Exception cause) // Somebody's listener.
        {
            _tracker.Instruments.Failed("the time of a chunk", cause);
        }
    }

    /// <inheritdoc cref="TrackerContext.IsTracked"/>
    public bool IsTracked(in Attribution attribution) => _tracker.IsTracked(in attribution);

    /// <inheritdoc cref="CallAttribution.Complete"/>
    public Attribution Complete(in Attribution said, in Attribution known) => _tracker.Attribution.Complete(in said, in known);

    public void Failed(string what, Exception cause) => _tracker.Instruments.Failed(what, cause);

    private void Record(in StartedCall start, in CallReading reading, in CallEnd end)
    {
        try
        {
            if (_hits.Is(in start, in end))
            {
                _hits.Record(in start, in reading, in end);
            }
            else if (_tracker.IsTrackedInside)
            {
                EndTurn(in start, in end);
            }
            else
            {
                _finished.Record(in start, in reading, in end);
            }
        }
        catch (Exception cause) // Telemetry must never break the call it watches.
        {
            _tracker.Instruments.Failed("a finished call", cause);
        }
    }

    private void EndTurn(in StartedCall start, in CallEnd end)
    {
        if (start.Frame is not { } frame)
        {
            return;
        }

        frame.Pass();
        if (_tracker.Options.ResponseCost && end.Answer is { } answer)
        {
            if (frame.TurnCost is { } turn)
            {
                AnswerCosts.Add(answer, turn);
            }
            else
            {
                AnswerCosts.Remove(answer); // From a cache in memory, say, which gives out the object that once was paid for.
            }
        }
    }
}
