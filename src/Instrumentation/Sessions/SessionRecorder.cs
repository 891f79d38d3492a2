using LlmTelemetry.Usage;

namespace LlmTelemetry.Instrumentation;

/// <summary>What a session needs to know, and whom it tells.</summary>
internal sealed class SessionRecorder(CallSource source, UsageTrackingOptions options, Instruments instruments)
{
    private readonly TrackerContext _tracker = new(source, options, instruments, isTrackedInside: false);

    public CallSource Source => _tracker.Source;

    public TimeProvider Time => _tracker.Time;

    public Instruments Instruments => _tracker.Instruments;

    public void Failed(string what, Exception cause) => _tracker.Instruments.Failed(what, cause);

    /// <summary>Whom a session is attributed to.</summary>
    public Attribution AttributionOf(in Attribution ambient) => _tracker.Attribution.Of(properties: null, surrounding: null, in ambient, earlierBaggage: null);

    /// <inheritdoc cref="TrackerContext.IsTracked"/>
    public bool IsTracked(in Attribution attribution) => _tracker.IsTracked(in attribution);

    /// <summary>What a part of a session costs; false: no price is known.</summary>
    public bool TryQuote(string? model, in CallUsage usage, DateTimeOffset when, out Cost cost) => _tracker.Pricer.TryPrice(null, model, in usage, _tracker.Pricer.Terms(default, default, when), out cost);

    /// <summary>Which of what was used has which rate.</summary>
    public IReadOnlyList<PriceLine> Rates(string? model, in CallUsage usage, DateTimeOffset when)
    {
        var terms = _tracker.Pricer.Terms(default, default, when);
        return _tracker.Prices.Explain(_tracker.Source.Provider, model, in usage, when, terms.ServiceTier, terms.Region).Lines;
    }

    public bool Knows(string? model) => _tracker.Prices.Knows(_tracker.Source.Provider, model);

    /// <inheritdoc cref="CallPricer.Charge"/>
    public Int128? Charge(Int128 costPico, in Attribution attribution) => _tracker.Pricer.Charge(costPico, in attribution);

    /// <summary>Tells every sink of a figure of a session's.</summary>
    public void Book(in MetricEvent figure) => _tracker.Publish(in figure);

    /// <summary>Tells everybody of a part of a session, or of its end.</summary>
    /// <param name="call">The event.</param>
    /// <param name="isOperation">Whether its duration is that of a whole operation.</param>
    public void Book(in UsageEvent call, bool isOperation)
    {
        try
        {
            if (_tracker.Instruments.HasMetricListeners)
            {
                _tracker.Instruments.Record(in call, _tracker.Prices, _tracker.Options.MaxAttributeValues, _tracker.Options.CostAlias, isOperation);
            }
        }
        catch (Exception cause) // Somebody's listener.
        {
            _tracker.Instruments.Failed("the metrics of a session", cause);
        }

        _tracker.Publish(in call);
    }
}
