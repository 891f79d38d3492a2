using System.Collections.Concurrent;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Instrumentation;

/// <summary>
/// Counts what is no client of Microsoft.Extensions.AI: calls by HTTP or another SDK, calls that are finished already, APIs that are no models. With the
/// same metrics, spans, prices, attribution and events as tracked clients. One for the application; thread-safe, and nothing to dispose of.
/// </summary>
/// <example>
/// <code>
/// var json = await meter.TrackAsync(
///     new MeteredCall { Provider = "openai", Model = "gpt-4o-mini" },
///     token => AskAsync(http, question, token),
///     static (json, call) => call.WithBody(json));
/// </code>
/// </example>
public sealed class UsageMeter
{
    // Providers are few; what comes after is made anew for each call.
    private const int MaxKeptRecorders = 100;

    // What the clocks of two machines may be apart.
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    private readonly UsageTrackingOptions _options;
    private readonly Instruments _instruments;
    private readonly CallRecorder _unnamed;
    private readonly FigureRecorder _figures;
    private readonly ConcurrentDictionary<(string? Provider, Uri? Server, bool IsApi), CallRecorder> _recorders = new();
    private int _isNesting;

    /// <summary>Makes a meter.</summary>
    /// <param name="configure">Changes the defaults; called once, now.</param>
    public UsageMeter(Action<UsageTrackingOptions>? configure = null)
        : this(UsageTrackingOptions.Make(configure), Instruments.Shared)
    {
    }

    /// <summary>Makes a meter of what is registered: <c>services.AddSingleton&lt;UsageMeter&gt;()</c> uses this one.</summary>
    /// <param name="services">
    /// Where <see cref="UsageTrackingOptions"/>, <see cref="UsageHub"/>, <see cref="PriceBook"/>, <see cref="MarkupRules"/> and <see cref="TimeProvider"/>
    /// are taken from if they are registered there.
    /// </param>
    /// <param name="configure">Changes what came from the services; called once, now.</param>
    public UsageMeter(IServiceProvider services, Action<UsageTrackingOptions>? configure = null)
        : this(UsageTrackingOptions.Make(services, configure), Instruments.Shared)
    {
    }

    internal UsageMeter(UsageTrackingOptions options, Instruments instruments)
    {
        _options = options.Copy();
        _options.ResponseCost = false; // Answers of other SDKs have no door to it, so it is no reason to track.
        _options.SavedCost = false; // A meter is around no cache: what it wraps is the call.
        _instruments = instruments;
        _unnamed = new CallRecorder(CallSource.Of(null, null, null), _options, instruments);
        _figures = new FigureRecorder(new TrackerContext(CallSource.Of(null, null, null), _options, instruments, isTrackedInside: false));
    }

    /// <summary>Makes a call, passes its answer or exception on unchanged, and counts it: with its duration, its outcome, and a span around it.</summary>
    /// <param name="call">Whom it goes to, and what is known before it.</param>
    /// <param name="send">Makes the call. What it throws is a failure, and a cancel where the token is cancelled.</param>
    /// <param name="read">
    /// Reads the answer: gives the call back <c>with</c> what it used, or with an error where the answer is one (an HTTP response is an answer whatever its
    /// status). What it throws is reported and loses the usage alone. Null, or giving back null: the answer says nothing.
    /// </param>
    /// <param name="cancellationToken">The caller's.</param>
    public Task<TAnswer> TrackAsync<TAnswer>(
        MeteredCall call, Func<CancellationToken, Task<TAnswer>> send, Func<TAnswer, MeteredCall, MeteredCall?>? read = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(call);
        ArgumentNullException.ThrowIfNull(send);
        return IsTracking() ? RunAsync(call, send, read, cancellationToken) : send(cancellationToken);
    }

    /// <summary>The same for a call that blocks.</summary>
    /// <inheritdoc cref="TrackAsync"/>
    /// <param name="call">Whom it goes to, and what is known before it.</param>
    /// <param name="send">Makes the call.</param>
    /// <param name="read">Reads the answer.</param>
    /// <param name="cancellationToken">Tells a call that the caller cancelled from one that failed.</param>
    public TAnswer Track<TAnswer>(MeteredCall call, Func<TAnswer> send, Func<TAnswer, MeteredCall, MeteredCall?>? read = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(call);
        ArgumentNullException.ThrowIfNull(send);
        if (!IsTracking())
        {
            return send();
        }

        var recorder = RecorderOf(call);
        var begun = recorder.Time.GetTimestamp();
        var started = recorder.Start(RequestOf(call), UsageScope.Current);
        try
        {
            TAnswer answer;
            try
            {
                answer = send();
            }
            catch (Exception cause)
            {
                Fail(recorder, in started, cause, recorder.Time.GetElapsedTime(begun), cancellationToken);
                throw;
            }

            Finish(recorder, in started, call, answer, read, recorder.Time.GetElapsedTime(begun));
            return answer;
        }
        finally
        {
            _instruments.Nesting.Close(started.Frame);
        }
    }

    /// <summary>Books a finished call from its numbers. Without a price it is <c>unpriced</c>, without usage and cost <c>unmeasured</c>.</summary>
    /// <remarks>It counts whatever is around it: a tracked client or <see cref="TrackAsync"/> that sees the same call would count it again.</remarks>
    /// <exception cref="ArgumentException">What it says contradicts itself. Nothing is booked.</exception>
    /// <exception cref="ArgumentOutOfRangeException">It ended in the future. Nothing is booked.</exception>
    public void Record(MeteredCall call)
    {
        ArgumentNullException.ThrowIfNull(call);
        var outcome = call.Ending;
        var reading = Read(call);
        _ = call.TryGetCost(out _);
        var ended = NotInFuture(call.EndedAt, nameof(call), nameof(MeteredCall.EndedAt));

        if (!_unnamed.IsListening)
        {
            return;
        }

        var duration = call.Duration ?? TimeSpan.Zero;
        var booked = call with { EndedAt = ended, StartedAt = ended - duration };
        var recorder = RecorderOf(booked);
        var started = recorder.Start(RequestOf(booked), UsageScope.Current);
        recorder.Finish(in started, in reading, new CallEnd(outcome, duration, duration, Said: booked));
    }

    /// <summary>Books a finished call that succeeded.</summary>
    /// <inheritdoc cref="Record"/>
    public void RecordSuccess(MeteredCall call)
    {
        ArgumentNullException.ThrowIfNull(call);
        Record(call with { Outcome = Settled(call, CallOutcome.Completed) });
    }

    /// <summary>Books a finished call that failed, with what it used until then if that is known.</summary>
    /// <inheritdoc cref="Record"/>
    /// <param name="call">The call.</param>
    /// <param name="error">What failed: its HTTP status, provider's code or type is the call's <see cref="MeteredCall.ErrorType"/> unless that says so itself.</param>
    public void RecordFailure(MeteredCall call, Exception? error = null)
    {
        ArgumentNullException.ThrowIfNull(call);
        Record(call with { Outcome = Settled(call, CallOutcome.Failed), ErrorType = call.ErrorType ?? (error is null ? null : ErrorTypes.Of(error)) });
    }

    /// <summary>Books what was used of an API that is no model. <see cref="Record"/> with <see cref="MeteredCall.Api"/> can also say when, for whom, how long.</summary>
    /// <exception cref="ArgumentException">There is a price for data and no size, or the cost is absurd. Nothing is booked.</exception>
    public void RecordApi(ApiUsage usage)
    {
        ArgumentNullException.ThrowIfNull(usage);
        Record(new MeteredCall { Api = usage });
    }

    /// <summary>
    /// Records a further figure: a rating, how long a job took. The ledger adds it up by the same dimensions as usage, exact to the billionth
    /// (<c>llmtelemetry report --metric NAME</c>), and OpenTelemetry has it as a histogram of this name on the meter <c>LlmTelemetry</c>. It costs nothing and
    /// counts as no call.
    /// </summary>
    /// <param name="name">
    /// What was measured: at most 64 letters (ASCII), digits, dots, underscores and hyphens, not beginning with <c>llm.</c> or <c>gen_ai.</c>. A process keeps
    /// the first 200 names; figures of others are counted as <c>_other</c>.
    /// </param>
    /// <param name="value">The figure: finite, between -10^15 and 10^15.</param>
    /// <param name="unit">Its unit as OpenTelemetry writes it (<c>s</c>, <c>By</c>, <c>{item}</c>), at most 32 characters; null: none. A name with another unit is another metric.</param>
    /// <param name="tags">
    /// What tells its figures apart further: at most 8, not beginning with <c>llm.</c> or <c>gen_ai.</c>. Of each tag a process keeps the first
    /// <see cref="UsageTrackingOptions.MaxAttributeValues"/> values, the rest is <c>_other</c>. Empty values are not said; what is too long is cut.
    /// </param>
    /// <param name="at">When it was measured; null: now.</param>
    /// <exception cref="ArgumentException">The name, the unit or a tag is not right. Nothing is recorded.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The value is not right, or the time is in the future or before the year 2000. Nothing is recorded.</exception>
    public void RecordMetric(string name, double value, string? unit = null, IEnumerable<KeyValuePair<string, string>>? tags = null, DateTimeOffset? at = null)
    {
        FigureRules.CheckName(name);
        FigureRules.CheckValue(value);
        var (inUnit, said) = (FigureRules.Unit(unit), FigureRules.Tags(tags));
        var when = NotInFuture(MeteredValues.Time(at, nameof(at)), nameof(at), "It");
        _figures.Record(name, value, inUnit, said, when);
    }

    private async Task<TAnswer> RunAsync<TAnswer>(
        MeteredCall call, Func<CancellationToken, Task<TAnswer>> send, Func<TAnswer, MeteredCall, MeteredCall?>? read, CancellationToken cancellationToken)
    {
        var recorder = RecorderOf(call);
        var begun = recorder.Time.GetTimestamp();
        var started = recorder.Start(RequestOf(call), UsageScope.Current);
        TAnswer answer;
        try
        {
            answer = await send(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception cause)
        {
            Fail(recorder, in started, cause, recorder.Time.GetElapsedTime(begun), cancellationToken);
            throw;
        }

        Finish(recorder, in started, call, answer, read, recorder.Time.GetElapsedTime(begun));
        return answer;
    }

    private static void Fail(CallRecorder recorder, in StartedCall started, Exception cause, TimeSpan duration, CancellationToken cancellationToken)
    {
        recorder.Finish(in started, default, new CallEnd(ErrorTypes.OutcomeOf(cause, cancellationToken), duration, duration, Error: cause));
    }

    private void Finish<TAnswer>(
        CallRecorder recorder, in StartedCall started, MeteredCall call, TAnswer answer, Func<TAnswer, MeteredCall, MeteredCall?>? read, TimeSpan duration)
    {
        var reading = default(CallReading);
        MeteredCall? said = null;
        var outcome = CallOutcome.Completed;
        try
        {
            // A call that is watched was not there before: its times are the watch's.
            var told = (read?.Invoke(answer, call) ?? call) with { StartedAt = null };
            _ = told.TryGetCost(out _);
            (outcome, reading, said) = (told.Ending, Read(told), told);
        }
        catch (Exception cause) // The user's own code, or what it said contradicts itself.
        {
            recorder.Failed("the usage of an answer", cause);
        }

        if (said is null)
        {
            recorder.Finish(in started, in reading, new CallEnd(outcome, duration, duration));
            return;
        }

        var attribution = said.Attribution == call.Attribution ? started.Attribution : recorder.Complete(said.Attribution, started.Attribution);
        var last = RecorderOf(said);
        var known = started with
        {
            RequestModel = said.Model,
            ServiceTier = said.ServiceTier,
            Region = said.Region,
            Attribution = attribution,
            IsTracked = started.IsTracked && last.IsTracked(in attribution),
        };
        last.Finish(in known, in reading, new CallEnd(outcome, duration, duration, Said: said));
    }

    private static CallReading Read(MeteredCall said)
    {
        var reading = default(CallReading);
        reading.Read(usage: null, raw: null, said.ResponseModel, said.ResponseId);
        var issue = said.Count(out var usage);
        reading.Add(in usage, issue);
        return reading;
    }

    private static CallRequest RequestOf(MeteredCall call) => new(call.Operation, call.Model, Said: call);

    private static CallOutcome Settled(MeteredCall call, CallOutcome outcome) => call.Outcome is null || call.Outcome == outcome
        ? outcome : throw new ArgumentException($"The call says of itself that it is {call.Outcome}.", nameof(call));

    private DateTimeOffset NotInFuture(DateTimeOffset? time, string parameter, string what)
    {
        var now = _options.TimeProvider.GetUtcNow();
        var then = time?.ToUniversalTime() ?? now;
        return then <= now + Tolerance ? then : throw new ArgumentOutOfRangeException(parameter, then, $"{what} is in the future: it is {now:O}.");
    }

    private bool IsTracking()
    {
        if (!_unnamed.IsListening)
        {
            return false;
        }

        if (Volatile.Read(ref _isNesting) == 0 && Interlocked.Exchange(ref _isNesting, 1) == 0)
        {
            // As two trackers: unlike a client, a meter can be inside itself. Only now: what is booked afterwards is inside nothing.
            _instruments.Nesting.Enter();
            _instruments.Nesting.Enter();
        }

        return true;
    }

    private CallRecorder RecorderOf(MeteredCall call)
    {
        var key = (call.Api?.Key ?? call.Provider, call.Server, call.Api is not null);
        if (key is (null, null, false))
        {
            return _unnamed;
        }

        if (_recorders.TryGetValue(key, out var recorder))
        {
            return recorder;
        }

        // An API's key is its own: google there is no word for Gemini.
        var source = call.Api is { } api ? new CallSource(api.Key, DefaultModel: null, call.Server) : CallSource.Of(call.Provider, call.Server, defaultModel: null);
        recorder = new CallRecorder(source, _options, _instruments);
        return _recorders.Count >= MaxKeptRecorders ? recorder : _recorders.GetOrAdd(key, recorder);
    }
}
