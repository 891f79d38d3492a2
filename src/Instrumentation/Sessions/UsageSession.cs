using LlmTelemetry.Usage;

namespace LlmTelemetry.Instrumentation;

/// <summary>
/// A long session whose usage comes bit by bit: a voice call, an agent's run. What is added is booked at once, under the session's id, so that the
/// ledger knows what it cost so far; <see cref="Totals"/> tells it here. Thread-safe.
/// </summary>
/// <remarks>
/// The session counts as one call, with the first thing that is booked for it. It keeps the attribution of the scope it was started in. Each addition
/// is priced at its own time and as a request of its own: the context tiers of a model do not see the session's sum. What is added after the end
/// changes nothing and counts in <c>llm.telemetry.errors</c>. Calls that a tracked client makes are events of their own: open a
/// <see cref="UsageScope"/> with <see cref="Id"/> around them instead of adding their tokens here.
/// </remarks>
/// <example>
/// <code>
/// using var call = UsageSession.Start("openai", "gpt-realtime", o => o.Attribution = new(User: "ada"));
/// call.AddTokens(usage);
/// call.AddToolCall("find_order");
/// Console.WriteLine(call.Totals?.Cost);
/// </code>
/// </example>
public sealed class UsageSession : IDisposable, IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly SessionRecorder _recorder;
    private readonly SessionBooks _books;
    private readonly SessionTools _tools = new();
    private readonly SessionIdle? _idle;
    private readonly SessionName _name;
    private readonly bool _isLive;
    private readonly bool _isTracked;
    private readonly bool _isBooked;
    private readonly long _started;
    private SessionAudio _input;
    private SessionAudio _output;
    private DateTimeOffset _lastActivity;
    private long _last;
    private TimeSpan _duration;
    private CallOutcome? _outcome;

    /// <param name="recorder">Books it.</param>
    /// <param name="model">The model.</param>
    /// <param name="options">What the session is.</param>
    /// <param name="isBooked">False: what is used is calls that are booked already, of which only the totals are kept here.</param>
    internal UsageSession(SessionRecorder recorder, string? model, UsageSessionOptions options, bool isBooked = true)
    {
        _recorder = recorder;
        _name = new SessionName(options.Operation, recorder.Source.Provider, model);
        _isLive = options.LiveTotals;
        Attribution = SessionBooks.Attribute(recorder, options);
        _isTracked = recorder.IsTracked(Attribution);
        _isBooked = isBooked;
        _books = new SessionBooks(recorder, in _name, options, isBooked);
        _started = _last = recorder.Time.GetTimestamp();
        _lastActivity = recorder.Time.GetUtcNow();
        _idle = options.IdleTimeout == Timeout.InfiniteTimeSpan ? null : new SessionIdle(recorder.Time, options.IdleTimeout, EndIfIdle);
    }

    /// <summary>The session's id: the <c>session</c> of everything that is booked for it.</summary>
    public string Id => Attribution.Session!;

    /// <summary>Whom the session is attributed to.</summary>
    public Attribution Attribution { get; private set; }

    /// <summary>
    /// What was used and what it cost so far. Null: live totals are off (<see cref="UsageSessionOptions.LiveTotals"/>) and the session has not ended.
    /// </summary>
    public UsageSessionTotals? Totals
    {
        get
        {
            lock (_gate)
            {
                return _isLive || _outcome is not null ? Snapshot() : null;
            }
        }
    }

    /// <summary>Starts a session.</summary>
    /// <param name="provider">Whose model it is, by any name; null: not known, the model's name tells where it does.</param>
    /// <param name="model">The model; null, or one without a known price: what is added is unpriced, not refused.</param>
    /// <param name="configure">Changes the defaults; called once, now.</param>
    public static UsageSession Start(string? provider = null, string? model = null, Action<UsageSessionOptions>? configure = null) =>
        Start(provider, model, new UsageSessionOptions(), configure);

    /// <inheritdoc cref="Start(string?, string?, Action{UsageSessionOptions}?)"/>
    /// <param name="services">Where <see cref="UsageTrackingOptions"/>, hub, prices, markup and clock are taken from if they are registered there.</param>
    /// <param name="provider">Whose model it is, by any name; null: not known, the model's name tells where it does.</param>
    /// <param name="model">The model; null, or one without a known price: what is added is unpriced, not refused.</param>
    /// <param name="configure">Changes what came from the services; called once, now.</param>
    public static UsageSession Start(IServiceProvider services, string? provider = null, string? model = null, Action<UsageSessionOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        return Start(provider, model, new UsageSessionOptions { Tracking = UsageTrackingOptions.From(services) }, configure);
    }

    /// <summary>How long raw audio (PCM) plays.</summary>
    /// <param name="bytes">Its size, without a header.</param>
    /// <param name="sampleRate">Samples a second: 24,000 at OpenAI.</param>
    /// <param name="bitsPerSample">Of one channel.</param>
    /// <param name="channels">1: mono.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size is negative, or a part of the format is not positive.</exception>
    /// <exception cref="OverflowException">It plays longer than a <see cref="TimeSpan"/> holds.</exception>
    public static TimeSpan PcmDuration(long bytes, int sampleRate, int bitsPerSample = 16, int channels = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(sampleRate);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(bitsPerSample);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(channels);
        return new TimeSpan(checked((long)((Int128)bytes * 8 * TimeSpan.TicksPerSecond / ((Int128)sampleRate * bitsPerSample * channels))));
    }

    /// <summary>Adds what a request of the session used: tokens, or anything else that has a bucket.</summary>
    /// <param name="usage">The disjoint buckets.</param>
    public void AddTokens(in CallUsage usage)
    {
        var added = usage;
        Change(when => Book(in added, when));
    }

    /// <summary>Adds audio that went to the model. Charged by the whole second; what is left over waits for more, and at the end a started second counts.</summary>
    /// <param name="duration">How long it plays; <see cref="PcmDuration"/> tells it of raw audio.</param>
    /// <param name="bytes">Its size; 0: not known.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public void AddInputAudio(TimeSpan duration, long bytes = 0)
    {
        CheckAudio(duration, bytes);
        Change(when => Book(UsageBucket.InputAudioSecond, _input.Add(duration, bytes), when));
    }

    /// <summary>Adds audio that came from the model.</summary>
    /// <inheritdoc cref="AddInputAudio"/>
    public void AddOutputAudio(TimeSpan duration, long bytes = 0)
    {
        CheckAudio(duration, bytes);
        Change(when => Book(UsageBucket.AudioSecond, _output.Add(duration, bytes), when));
    }

    /// <summary>Adds calls of a tool.</summary>
    /// <param name="name">The tool: <c>web_search</c>, <c>file_search</c>, <c>code_execution</c>, or any other name.</param>
    /// <param name="calls">How many.</param>
    /// <param name="tokens">What they used of the model beside what is added otherwise: their tokens are the session's too.</param>
    /// <param name="isProviders">
    /// Whether the provider runs the tool: then a call without a known price makes the session's cost unknown. Default: false, an own tool, which costs
    /// its tokens alone, unless the model has a price for a tool of that name.
    /// </param>
    /// <exception cref="ArgumentException">There is no name.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The number is negative.</exception>
    public void AddToolCall(string name, long calls = 1, in CallUsage tokens = default, bool isProviders = false)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentOutOfRangeException.ThrowIfNegative(calls);
        var (tool, used) = (name.Trim(), tokens);
        Change(when =>
        {
            _tools.Add(tool, calls, in used);
            _recorder.Instruments.Sessions.RecordTool(in _name, tool, calls);
            Book(in used, when);
            var piece = SessionTools.Piece(tool, calls);
            if (calls > 0 && (isProviders || _books.Charges(in piece, when)))
            {
                Book(in piece, when);
            }
        });
    }

    /// <summary>Ends the session; only the first time.</summary>
    /// <param name="outcome">How it ended. Null: failed where there is an error, else completed.</param>
    /// <param name="error">What failed, if it did.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such outcome.</exception>
    public void End(CallOutcome? outcome = null, Exception? error = null)
    {
        var ending = MeteredValues.Outcome(outcome, nameof(outcome)) ?? (error is null ? CallOutcome.Completed : CallOutcome.Failed);
        lock (_gate)
        {
            End(ending, error, _recorder.Time.GetElapsedTime(_started));
        }
    }

    /// <summary>Ends the session as completed, unless it has ended.</summary>
    public void Dispose() => End();

    /// <inheritdoc cref="Dispose"/>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Takes a call into the totals that was booked by whoever made it.</summary>
    internal void Note(in UsageEvent call)
    {
        lock (_gate)
        {
            _books.Note(in call);
        }
    }

    /// <summary>Takes audio into the totals that is charged otherwise.</summary>
    internal void NoteAudio(bool isInput, TimeSpan duration, long bytes)
    {
        lock (_gate)
        {
            ref var audio = ref isInput ? ref _input : ref _output;
            audio.Add(duration, bytes);
        }
    }

    /// <summary>Takes a call of an own tool, of which nothing is charged, into the totals.</summary>
    internal void NoteTool(string name)
    {
        lock (_gate)
        {
            if (!_isTracked)
            {
                return;
            }

            _tools.Add(name, 1, default);
            _recorder.Instruments.Sessions.RecordTool(in _name, name, 1);
        }
    }

    /// <summary>Says that the session is in use.</summary>
    internal void NoteActivity()
    {
        lock (_gate)
        {
            Touch();
        }
    }

    /// <summary>Ends what somebody else counts: nothing is said of it.</summary>
    internal void Discard()
    {
        lock (_gate)
        {
            _outcome ??= CallOutcome.Abandoned;
            _idle?.Dispose();
        }
    }

    /// <summary>Gives the session an id while nothing has been booked for it.</summary>
    internal void Rename(string id) => Attribution = Attribution with { Session = id };

    private static UsageSession Start(string? provider, string? model, UsageSessionOptions options, Action<UsageSessionOptions>? configure)
    {
        configure?.Invoke(options);
        return new UsageSession(new SessionRecorder(CallSource.Of(provider, server: null, model), options.Tracking, Instruments.Shared), model, options);
    }

    private static void CheckAudio(TimeSpan duration, long bytes)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(duration, TimeSpan.Zero);
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
    }

    private void Change(Action<DateTimeOffset> change)
    {
        lock (_gate)
        {
            if (!_isTracked)
            {
                return;
            }

            try
            {
                if (_outcome is not null)
                {
                    throw new ObjectDisposedException(nameof(UsageSession), "The session has ended.");
                }

                Touch();
                change(_lastActivity);
            }
            catch (Exception cause) // Telemetry must never break what it watches.
            {
                _recorder.Failed("an addition to a session", cause);
            }
        }
    }

    private void Book(UsageBucket bucket, long count, DateTimeOffset when)
    {
        if (count > 0)
        {
            var seconds = default(CallUsage);
            seconds[bucket] = count;
            _books.Add(Attribution, in seconds, when, isAudio: true);
        }
    }

    private void Book(in CallUsage usage, DateTimeOffset when)
    {
        if (!usage.IsEmpty)
        {
            _books.Add(Attribution, in usage, when, isAudio: false);
        }
    }

    private void Touch()
    {
        _last = _recorder.Time.GetTimestamp();
        _lastActivity = _recorder.Time.GetUtcNow();
    }

    /// <returns>How long until it may be idle; zero: it was, or has ended.</returns>
    private TimeSpan EndIfIdle(TimeSpan limit)
    {
        lock (_gate)
        {
            var left = limit - _recorder.Time.GetElapsedTime(_last);
            if (left > TimeSpan.Zero && _outcome is null)
            {
                return left;
            }

            // The time that nothing happened in is not the session's.
            End(CallOutcome.Abandoned, error: null, _recorder.Time.GetElapsedTime(_started, _last));
            return TimeSpan.Zero;
        }
    }

    private void End(CallOutcome outcome, Exception? error, TimeSpan duration)
    {
        if (_outcome is not null)
        {
            return;
        }

        (_outcome, _duration) = (outcome, duration);
        _idle?.Dispose();
        if (!_isTracked)
        {
            return;
        }

        try
        {
            var when = _recorder.Time.GetUtcNow();
            if (_isBooked)
            {
                Book(UsageBucket.InputAudioSecond, _input.End(), when);
                Book(UsageBucket.AudioSecond, _output.End(), when);
                _books.End(Attribution, outcome, error, duration, when);
            }

            _recorder.Book(DurationOf(duration, outcome, when));
            _recorder.Instruments.Sessions.RecordEnd(in _name, duration, outcome);
        }
        catch (Exception cause) // Telemetry must never break what it watches.
        {
            _recorder.Failed("the end of a session", cause);
        }
    }

    // For the ledger, which has the instrument's figures by user, too.
    private MetricEvent DurationOf(TimeSpan duration, CallOutcome outcome, DateTimeOffset when) => new(
        Vocabulary.Figures.SessionDuration, duration.TotalSeconds, Vocabulary.Units.Second, when, Attribution,
        [new(Vocabulary.Figures.OperationTag, _name.Operation), new(Vocabulary.Figures.OutcomeTag, OutcomeNames.Of(outcome))]);

    private UsageSessionTotals Snapshot() => new()
    {
        Usage = _books.Sums.All,
        Cost = _books.Cost,
        Priced = _books.Sums.PricedCost.Amount,
        InputAudio = _input.Duration,
        OutputAudio = _output.Duration,
        InputAudioBytes = _input.Bytes,
        OutputAudioBytes = _output.Bytes,
        ToolCalls = _tools.Snapshot(),
        Duration = _outcome is null ? _recorder.Time.GetElapsedTime(_started) : _duration,
        LastActivity = _lastActivity,
        Outcome = _outcome,
    };
}
