using LlmTelemetry.Usage;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation;

/// <summary>What the calls of one client cost, and what is charged for them. What goes wrong here loses the price; the call and its usage are counted all the same.</summary>
internal sealed class CallPricer(UsageTrackingOptions options, string? provider, Uri? server, Instruments instruments)
{
    private readonly PriceBook _prices = options.Prices;
    private readonly string? _serviceTier = options.ServiceTier;
    private readonly bool _isProvisioned = options.ServiceTier?.ToLowerInvariant() is Tiers.Provisioned or Tiers.Ptu;
    private readonly string? _region = options.Region ?? ServerRegions.Of(server);
    private readonly MarkupRules? _markup = options.Markup;

    /// <summary>What the provider did goes before what it was asked for, and that before what is usual for the client. Only capacity that is paid for anyway goes before all.</summary>
    public CallTerms Terms(in StartedCall start, in CallReading reading, DateTimeOffset when) =>
        new(_isProvisioned ? _serviceTier : reading.ServiceTier ?? start.ServiceTier ?? _serviceTier, reading.Region ?? start.Region ?? _region, when);

    /// <summary>The cost by the model that answered; only where the book does not know its name by the one that was asked. False: no price is known.</summary>
    public bool TryPrice(string? answered, string? asked, in CallUsage usage, in CallTerms terms, out Cost cost)
    {
        cost = default;
        try
        {
            var model = _prices.Knows(provider, answered) ? answered : asked;
            return model is not null && _prices.TryQuote(provider, model, in usage, terms.When, terms.ServiceTier, terms.Region, out cost);
        }
        catch (Exception cause) // A price beyond belief.
        {
            instruments.Failed("the price of a call", cause);
            return false;
        }
    }

    /// <summary>The fee of a call that has no model, under a name of its own in the book. None: it is free, which is a price. False: no price is known.</summary>
    public bool TryPriceFee(string name, in CallUsage usage, in CallTerms terms, out Cost cost)
    {
        if (_prices.Knows(provider, name))
        {
            return TryPrice(answered: null, name, in usage, in terms, out cost);
        }

        cost = new Cost(provider ?? "", name, _prices.Version);
        return true;
    }

    /// <summary>The cost of an API by the book, where that has a price for requests or bytes under its name: a model of that name is another thing.</summary>
    public bool TryPriceApi(string name, in CallUsage usage, in CallTerms terms, out Cost cost)
    {
        cost = default;
        return (_prices.PricesApart(provider, name, UsageBucket.Request) || _prices.PricesApart(provider, name, UsageBucket.DataByte))
            && TryPrice(answered: null, name, in usage, in terms, out cost);
    }

    /// <summary>What is charged for a cost; null: nothing is.</summary>
    public Int128? Charge(Int128 costPico, in Attribution attribution)
    {
        try
        {
            return _markup?.ChargePico(costPico, attribution.Feature, attribution.Tenant, provider);
        }
        catch (OverflowException cause) // A usage beyond belief.
        {
            instruments.Failed("the charge of a call", cause);
            return null;
        }
    }
}
