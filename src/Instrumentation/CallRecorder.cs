using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation;

/// <summary>Turns one call into its span, its metrics and its event. What goes wrong here is reported and never reaches the call.</summary>
internal sealed class CallRecorder
{
    // Model names come from callers; past this, what a span starts with is made anew for each call.
    private const int MaxKeptStarts = 200;

    // With the counter below: unique in all processes, and cheaper than a random number for each call.
    private static readonly ulong Instance = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8));
    private static long _calls;

    private readonly Instruments _instruments;
    private readonly UsageTrackingOptions _options;
    private readonly UsageHub _hub;
    private readonly PriceBook _prices;
    private readonly CallSource _source;
    private readonly CallPricer _pricer;
    private readonly CallAttribution _attribution;
    private readonly bool _isEnabled;

    // A tracker inside sees the single calls and records them: this one at most adds them up.
    private readonly bool _isTrackedInside;

    private readonly ConcurrentDictionary<(string Operation, string? Model, bool Streaming), SpanStart> _starts = new();

    /// <param name="source">The client whose calls are recorded.</param>
    /// <param name="options">How.</param>
    /// <param name="instruments">Where to.</param>
    /// <param name="isTrackedInside">Whether a tracker inside the client, which this one knows of, records the calls.</param>
    public CallRecorder(CallSource source, UsageTrackingOptions options, Instruments instruments, bool isTrackedInside = false)
    {
        _isTrackedInside = isTrackedInside;
        _instruments = instruments;
        _source = source;
        _options = options.Copy();
        _hub = options.Hub;
        _prices = options.Prices;
        Time = options.TimeProvider;
        instruments.Use(_prices, Time);
        if (_options.CostAlias)
        {
            instruments.OfferCostAlias();
        }

        _pricer = new CallPricer(options, source.Provider, source.Server, instruments);
        _attribution = new CallAttribution(options, instruments);
        _isEnabled = options.Enabled;
    }

    public TimeProvider Time { get; }

    public CallSource Source => _source;

    public Instruments Instruments => _instruments;

    public bool IsListening =>
        _isEnabled && (_isTrackedInside
            ? _options.ResponseCost || _options.SavedCost
            : _options.ResponseCost || _options.OnCompleted is not null || _hub.HasSinks || _instruments.HasMetricListeners || _instruments.Source.HasListeners()
                || _instruments.Nesting.Surrounding is not null || CallSpan.FindSurrounding(_instruments.Source) is not null);

    /// <summary>Whether a tracker around or inside has to be told of the calls.</summary>
    public bool IsNesting => _isEnabled && (!_isTrackedInside || _options.ResponseCost || _options.SavedCost);

    /// <summary>Whether the calls are recorded, here or further inside.</summary>
    public bool IsRecording => _isEnabled || _isTrackedInside;

    /// <summary>Whether each report in a stream holds those before it. Gemini's does in every chunk, and Google's client passes it on.</summary>
    public bool HasCumulativeReports => _options.CumulativeUsage ?? _source.Provider?.StartsWith(Providers.GooglePrefix, StringComparison.Ordinal) == true;

    /// <summary>Whether an earlier answer may be fetched whose usage is not booked yet.</summary>
    public bool HasBackgroundAnswers => !_instruments.Background.IsEmpty && IsListening;

    public bool HasChunkListeners => !_isTrackedInside && _instruments.HasChunkListeners;

    public bool HasSpanListeners => _instruments.Source.HasListeners();

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
            _instruments.Failed("the removal of attribution from a call's options", cause);
            return options;
        }
    }

    /// <summary>What the baggage of the moment says, for a call that may start where it does not flow to; null: nothing.</summary>
    public StrongBox<Attribution>? CaptureBaggage() => _attribution.CaptureBaggage();

    /// <summary>Starts a call. Where it opens a span, that is the current one for what the calling asynchronous method calls.</summary>
    /// <param name="request">What it asks for.</param>
    /// <param name="ambient">What the scope says in which it was asked for.</param>
    /// <param name="baggage">What the baggage said there; null: only that of this moment counts.</param>
    public StartedCall Start(in CallRequest request, in Attribution ambient, StrongBox<Attribution>? baggage = null)
    {
        var model = request.Model ?? _source.DefaultModel;
        string? serviceTier = null, conversation = null;
        var attribution = default(Attribution);
        var isTracked = true;
        var span = default(CallSpan);
        CallFrame? frame = null;
        var isBooked = request.Said?.StartedAt is not null; // It is over, and inside nothing.
        try
        {
            var surrounding = _instruments.Nesting.Surrounding;
            if (!_isTrackedInside || _options.SavedCost)
            {
                serviceTier = request.Said is { } asked ? asked.ServiceTier : CallOptions.ReadServiceTier(request.Properties);
                attribution = _attribution.Of(request.Properties, surrounding, in ambient, baggage, request.Said);
                conversation = _attribution.Conversation(request.ConversationId, in attribution);
                isTracked = _options.Markup?.ModeOf(attribution.Feature, attribution.Tenant, _source.Provider) is not TrackingMode.None;
            }

            if (_instruments.Nesting.IsPossible && !isBooked)
            {
                // What the tracker inside can still read itself, it shall.
                var inherited = _isTrackedInside ? surrounding?.Attribution ?? default : attribution;
                var scope = _isTrackedInside && surrounding is not null ? surrounding.Scope : ambient;
                frame = _instruments.Nesting.Open(surrounding, request.Said?.Kind ?? request.Operation, in inherited, in scope, isPassing: _isTrackedInside || !isTracked);
                if (!_isTrackedInside)
                {
                    frame.TellStart();
                }
            }

            // A chat span that the client inside opens is over before the cost is known; a second one would double its usage.
            if (isTracked && !_isTrackedInside && _source.SourceInside?.HasListeners() != true)
            {
                span = CallSpan.Start(_instruments, StartOf(request.Operation, model, request.IsStreaming), request.Options, request.Said?.StartedAt ?? default, isApart: isBooked || request.Said?.Api is not null);
                span.Add((request.Sent as SentDetails)?.Tags);
            }
        }
        catch (Exception cause) // Telemetry must never break the call it watches.
        {
            _instruments.Failed("the start of a call", cause);
        }

        return new StartedCall
        {
            Operation = request.Operation,
            RequestModel = model,
            ConversationId = conversation,
            ServiceTier = serviceTier,
            IsFree = request.IsFree,
            Region = request.Said?.Region,
            Attribution = attribution,
            Span = span,
            Frame = frame,
            IsTracked = isTracked,
        };
    }

    /// <summary>What is known of the answer to a request before it begins.</summary>
    public CallReading NewReading(in CallRequest request) => new(request.Prompt, isWatching: _options.CumulativeUsage is null && request.Operation == GenAi.OperationChat) { Sent = request.Sent };

    /// <summary>Books what a fetched answer used, if it was asked for here and is not booked yet.</summary>
    /// <param name="reading">What it says.</param>
    /// <param name="waited">What the provider took for it.</param>
    /// <param name="answer">What the caller was given.</param>
    public void Book(in CallReading reading, TimeSpan waited, object? answer)
    {
        try
        {
            if (!reading.IsToBeContinued && reading.TryGetUsage(out _, out _) && _instruments.Background.TryTake(_source.Provider, reading.ResponseId, out var asked))
            {
                var call = asked.Call with { IsCounted = true };
                Finish(in call, in reading, new CallEnd(CallOutcome.Completed, waited, Time.GetUtcNow() - asked.StartedAt, Answer: answer));
            }
        }
        catch (Exception cause) // Telemetry must never break the call it watches.
        {
            _instruments.Failed("the usage of a fetched answer", cause);
        }
    }

    /// <summary>Finishes a call: once, whatever ended it.</summary>
    public void Finish(in StartedCall start, in CallReading reading, in CallEnd end)
    {
        if (!start.IsTracked)
        {
            start.Frame?.Pass();
            return;
        }

        try
        {
            if (IsCacheHit(in start, in end))
            {
                RecordHit(in start, in reading, in end);
            }
            else if (_isTrackedInside)
            {
                EndTurn(in start, in end);
            }
            else
            {
                Record(in start, in reading, in end);
            }
        }
        catch (Exception cause) // Telemetry must never break the call it watches.
        {
            _instruments.Failed("a finished call", cause);
        }

        try
        {
            start.Span.Stop(end.Said is { StartedAt: not null } said ? said.EndedAt : null);
        }
        catch (Exception cause) // Somebody's listener.
        {
            _instruments.Failed("a span", cause);
        }
    }

    public KeyValuePair<string, object?>[] ChunkTags(in StartedCall start, in CallReading reading) =>
        _instruments.ChunkTags(start.Operation, _source.Provider, start.RequestModel, reading.Model, _prices, _options.MaxAttributeValues);

    public void RecordChunk(TimeSpan gap, KeyValuePair<string, object?>[] tags)
    {
        try
        {
            _instruments.RecordChunk(gap, tags);
        }
        catch (Exception cause) // Somebody's listener.
        {
            _instruments.Failed("the time of a chunk", cause);
        }
    }

    /// <inheritdoc cref="CallAttribution.Complete"/>
    public Attribution Complete(in Attribution said, in Attribution known) => _attribution.Complete(in said, in known);

    public void Failed(string what, Exception cause) => _instruments.Failed(what, cause);

    /// <summary>Whom a session is attributed to.</summary>
    public Attribution AttributionOf(in Attribution ambient) => _attribution.Of(properties: null, surrounding: null, in ambient, earlierBaggage: null);

    /// <summary>Whether calls that are attributed so are counted at all.</summary>
    public bool IsTracked(in Attribution attribution) =>
        _isEnabled && _options.Markup?.ModeOf(attribution.Feature, attribution.Tenant, _source.Provider) is not TrackingMode.None;

    /// <summary>What a part of a session costs; false: no price is known.</summary>
    public bool TryQuote(string? model, in CallUsage usage, DateTimeOffset when, out Cost cost) => _pricer.TryPrice(null, model, in usage, _pricer.Terms(default, default, when), out cost);

    /// <summary>Which of what was used has which rate.</summary>
    public IReadOnlyList<PriceLine> Rates(string? model, in CallUsage usage, DateTimeOffset when)
    {
        var terms = _pricer.Terms(default, default, when);
        return _prices.Explain(_source.Provider, model, in usage, when, terms.ServiceTier, terms.Region).Lines;
    }

    public bool Knows(string? model) => _prices.Knows(_source.Provider, model);

    /// <inheritdoc cref="CallPricer.Charge"/>
    public Int128? Charge(Int128 costPico, in Attribution attribution) => _pricer.Charge(costPico, in attribution);

    /// <summary>Tells everybody of a part of a session, or of its end.</summary>
    /// <param name="call">The event.</param>
    /// <param name="isOperation">Whether its duration is that of a whole operation.</param>
    public void Book(in UsageEvent call, bool isOperation)
    {
        try
        {
            if (_instruments.HasMetricListeners)
            {
                _instruments.Record(in call, _prices, _options.MaxAttributeValues, _options.CostAlias, isOperation);
            }
        }
        catch (Exception cause) // Somebody's listener.
        {
            _instruments.Failed("the metrics of a session", cause);
        }

        _instruments.Publish(in call, _hub);
        Tell(in call);
    }

    private SpanStart StartOf(string operation, string? model, bool streaming)
    {
        if (_starts.TryGetValue((operation, model, streaming), out var start))
        {
            return start;
        }

        start = new SpanStart(operation, model, streaming, _source);
        return _starts.Count >= MaxKeptStarts ? start : _starts.GetOrAdd((operation, model, streaming), start);
    }

    private void Record(in StartedCall start, in CallReading reading, in CallEnd end)
    {
        var said = end.Said;
        var ended = said is { StartedAt: not null, EndedAt: { } then } ? then : Time.GetUtcNow();
        var hasUsage = reading.TryGetUsage(out var usage, out var issue);
        var terms = _pricer.Terms(in start, in reading, ended - end.Elapsed);
        var isEstimated = reading.TryEstimate(end.Outcome == CallOutcome.Completed, ref usage);
        hasUsage |= isEstimated;
        var cost = default(Cost);
        var isCostSaid = said is not null && said.TryGetCost(out cost);
        var hasCost = isCostSaid || (hasUsage && (said?.Api is { } api
            ? _pricer.TryPriceApi(start.RequestModel ?? api.Key, in usage, in terms, out cost)
            : start.IsFree ? _pricer.TryPriceFee(start.Operation, in usage, in terms, out cost)
            : _pricer.TryPrice(reading.Model, start.RequestModel, in usage, in terms, out cost)));
        var call = new UsageEvent
        {
            CallId = NextId(),
            EndedAt = ended,
            Duration = end.Duration,
            TimeToFirstChunk = end.TimeToFirstChunk,
            Operation = start.Operation,
            Provider = _source.Provider,
            RequestModel = start.RequestModel,
            ResponseModel = reading.Model,
            ResponseId = reading.ResponseId,
            ServiceTier = terms.ServiceTier,
            Region = terms.Region,
            Attribution = start.Attribution.Conversation is null && (start.ConversationId ?? _attribution.Conversation(reading.ConversationId, start.Attribution)) is { } conversation
                ? start.Attribution with { Conversation = conversation } : start.Attribution,
            Outcome = end.Outcome,
            ErrorType = end.Outcome != CallOutcome.Failed ? null : end.Error is { } error ? ErrorTypes.Of(error) : said?.ErrorType ?? Placeholders.OtherError,
            ErrorText = said?.ErrorText,
            Calls = start.IsCounted ? 0 : said?.Api?.Requests ?? 1,
            Quality = isCostSaid ? CostQuality.Reported
                : !hasUsage ? CostQuality.Unmeasured
                : !hasCost ? CostQuality.Unpriced
                : isEstimated ? CostQuality.Estimated
                : end.Outcome == CallOutcome.Completed || end.IsUsageWhole ? CostQuality.Reported : CostQuality.Partial,
            UsageInconsistent = issue is not (UsageIssue.None or UsageIssue.UnknownOverlap),
            ChargePico = !hasCost ? null : said?.Api?.Charge(cost.TotalPico) ?? _pricer.Charge(cost.TotalPico, start.Attribution),
        };
        if (hasUsage)
        {
            call.SetUsage(in usage);
        }

        if (hasCost)
        {
            call.SetCost(in cost);
        }

        var isRecordedInside = start.Frame is { } frame && frame.End(in call, end.Answer, end.Error);
        try
        {
            start.Span.Describe(in call, withUsage: !isRecordedInside, _options, reading.FinishReason);
            start.Span.Add(reading.Details);
            if (!isRecordedInside && _instruments.HasMetricListeners)
            {
                _instruments.Record(in call, _prices, _options.MaxAttributeValues, _options.CostAlias, said?.IsTimed);
            }
        }
        finally
        {
            // Whatever a listener throws, the event is what money is counted by.
            if (!isRecordedInside)
            {
                if (!hasUsage && reading is { CanBeFetched: true, ResponseId: { } id })
                {
                    // The answer's own identity is for the event that will have its usage.
                    _instruments.Background.Add(new BackgroundAnswer(_source.Provider, id, start with { Span = default, Frame = null }, ended - end.Elapsed));
                    call = call with { ResponseId = null };
                }

                Publish(in start, in call);
            }

            if (_options.ResponseCost && end.Answer is { } answer)
            {
                AnswerCosts.Add(answer, isRecordedInside && start.Frame!.TurnCost is { } turn ? turn : new UsageCost(in call));
            }
        }
    }

    // Somebody around must have said that there is a tracker inside; it was not asked.
    private bool IsCacheHit(in StartedCall start, in CallEnd end) =>
        _options.SavedCost && end.Outcome == CallOutcome.Completed && start.Frame is { HasCallInside: false };

    private void RecordHit(in StartedCall start, in CallReading reading, in CallEnd end)
    {
        start.Frame!.Pass();
        var ended = Time.GetUtcNow();
        var began = ended - end.Elapsed;
        var hasUsage = reading.TryGetUsage(out var usage, out _);
        var terms = _pricer.Terms(in start, in reading, began);
        var cost = default(Cost);
        var hasCost = hasUsage && _pricer.TryPrice(reading.Model, start.RequestModel, in usage, in terms, out cost);
        var hit = new UsageEvent
        {
            // Without the answer's id: that is the identity of the call that was paid for.
            CallId = NextId(),
            EndedAt = ended,
            Duration = end.Duration,
            Operation = start.Operation,
            Provider = _source.Provider,
            RequestModel = start.RequestModel,
            ResponseModel = reading.Model,
            ServiceTier = terms.ServiceTier,
            Region = terms.Region,
            Attribution = start.Attribution,
            Calls = 0,
            IsCacheHit = true,
            SavedPico = hasCost ? cost.TotalPico : null,
            Quality = hasCost ? CostQuality.Reported : hasUsage ? CostQuality.Unpriced : CostQuality.Unmeasured,
        };
        try
        {
            var span = _isTrackedInside ? CallSpan.Start(_instruments, StartOf(start.Operation, start.RequestModel, end.TimeToFirstChunk is not null), options: null, began) : start.Span;
            span.Describe(in hit, withUsage: true, _options, reading.FinishReason);
            if (_isTrackedInside)
            {
                span.Stop();
            }

            if (_instruments.HasMetricListeners)
            {
                _instruments.Record(in hit, _prices, _options.MaxAttributeValues);
            }
        }
        finally
        {
            Publish(in start, in hit);
            if (_options.ResponseCost && end.Answer is { } answer)
            {
                AnswerCosts.Add(answer, new UsageCost(in hit));
            }
        }
    }

    private void EndTurn(in StartedCall start, in CallEnd end)
    {
        if (start.Frame is not { } frame)
        {
            return;
        }

        frame.Pass();
        if (_options.ResponseCost && end.Answer is { } answer)
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

    private void Publish(in StartedCall start, in UsageEvent call)
    {
        _instruments.Publish(in call, _hub);
        start.Frame?.AddToTurns(in call);
        Tell(in call);
    }

    private void Tell(in UsageEvent call)
    {
        try
        {
            _options.OnCompleted?.Invoke(in call);
        }
        catch (Exception cause) // The user's own code.
        {
            _instruments.Failed("a callback for a finished call", cause);
        }
    }

    public static Guid NextId()
    {
        Span<ulong> id = [Instance, (ulong)Interlocked.Increment(ref _calls)];
        return new Guid(MemoryMarshal.AsBytes(id));
    }
}
