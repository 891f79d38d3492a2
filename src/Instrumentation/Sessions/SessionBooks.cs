using LlmTelemetry.Usage;

namespace LlmTelemetry.Instrumentation;

/// <summary>Sums what a session uses and books it: each part at once, or all at the end. Used under its session's lock.</summary>
internal sealed class SessionBooks(SessionRecorder recorder, in SessionName name, UsageSessionOptions options, bool isBooked)
{
    private readonly SessionName _name = name;
    private readonly SessionPrices _prices = new(recorder, name.Model);
    private readonly bool _isLive = options.LiveTotals;
    private readonly string? _serviceTier = options.Tracking.ServiceTier;
    private readonly string? _region = options.Tracking.Region;
    private bool _isCounted = !isBooked; // As a call.

    public SessionSums Sums { get; } = new();

    /// <summary>In USD; null: not known.</summary>
    public decimal? Cost => Sums.CostOf(recorder.Knows(_name.Model));

    /// <summary>Whom a session is attributed to, with its id, whatever scope is open later.</summary>
    public static Attribution Attribute(SessionRecorder recorder, UsageSessionOptions options)
    {
        var said = (options.Attribution with { Session = options.Id }).Over(options.Attribution).Over(UsageScope.Current);
        var attribution = recorder.AttributionOf(in said);
        return attribution with
        {
            Session = attribution.Session ?? Guid.NewGuid().ToString("N"),
            Tags = attribution.Tags is { } tags ? new Dictionary<string, string>(tags) : null,
        };
    }

    public bool Charges(in CallUsage tool, DateTimeOffset when) => _prices.Charges(in tool, when);

    public void Add(in Attribution attribution, in CallUsage usage, DateTimeOffset when, bool isAudio)
    {
        var part = _prices.Price(in usage, when, isAudio);
        Sums.Add(in part);
        if (_isLive)
        {
            Book(in attribution, in part, when);
        }
    }

    /// <summary>Sums a call that was booked by whoever made it.</summary>
    public void Note(in UsageEvent call)
    {
        if (call.HasUsage)
        {
            var part = call.HasCost ? new SessionPart(in call.Usage, in call.Cost, default, default) : new SessionPart(default, default, in call.Usage, default);
            Sums.Add(in part);
        }
    }

    public void End(in Attribution attribution, CallOutcome outcome, Exception? error, TimeSpan duration, DateTimeOffset when)
    {
        var end = Event(in attribution, when) with
        {
            Duration = duration,
            Outcome = outcome,
            ErrorType = outcome != CallOutcome.Failed ? null : error is null ? Vocabulary.Placeholders.OtherError : ErrorTypes.Of(error),
            Quality = Sums.Quality,
        };
        if (_isLive || Sums.All.IsEmpty)
        {
            Book(in end, isOperation: true);
            return;
        }

        if (Sums.HasCost)
        {
            var priced = end with { Quality = CostQuality.Reported, ChargePico = recorder.Charge(Sums.PricedCost.TotalPico, attribution) };
            priced.SetUsage(in Sums.Priced);
            priced.SetCost(in Sums.PricedCost);
            Book(in priced, isOperation: true);
        }

        if (!Sums.Rest.IsEmpty)
        {
            var rest = end with { Quality = CostQuality.Unpriced, Calls = _isCounted ? 0 : 1, Duration = _isCounted ? default : duration };
            rest.SetUsage(in Sums.Rest);
            Book(in rest, isOperation: !Sums.HasCost);
        }
    }

    private void Book(in Attribution attribution, in SessionPart part, DateTimeOffset when)
    {
        if (!part.Priced.IsEmpty)
        {
            var call = Event(in attribution, when) with { Quality = CostQuality.Reported, ChargePico = recorder.Charge(part.Cost.TotalPico, attribution) };
            call.SetUsage(in part.Priced);
            call.SetCost(in part.Cost);
            Book(in call, isOperation: false);
        }

        if (!part.Unpriced.IsEmpty)
        {
            var call = Event(in attribution, when) with { Quality = CostQuality.Unpriced };
            call.SetUsage(in part.Unpriced);
            Book(in call, isOperation: false);
        }

        if (!part.InTokens.IsEmpty)
        {
            // Does not make the session one without a price, so it does not stand for it either.
            var call = Event(in attribution, when) with { Quality = CostQuality.Unpriced, Calls = 0 };
            call.SetUsage(in part.InTokens);
            recorder.Book(in call, isOperation: false);
        }
    }

    private void Book(in UsageEvent call, bool isOperation)
    {
        recorder.Book(in call, isOperation);
        _isCounted = true;
    }

    private UsageEvent Event(in Attribution attribution, DateTimeOffset when) => new()
    {
        CallId = TrackerContext.NextId(),
        EndedAt = when,
        Operation = _name.Operation,
        Provider = _name.Provider,
        RequestModel = _name.Model,
        ServiceTier = _serviceTier,
        Region = _region,
        Attribution = attribution,
        Calls = _isCounted ? 0 : 1,
    };
}
