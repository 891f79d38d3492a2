using LlmTelemetry.Instrumentation;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Budgets;

/// <summary>What calls may cost, and what they cost of which that is not known.</summary>
/// <param name="prices">The tracker's.</param>
internal sealed class CallPrices(PriceBook prices)
{
    /// <summary>
    /// The most that a call costs, in pico-USD: its input at the dearest rate that may be meant (the cache's write for five minutes, audio), its output as reasoning where
    /// that is dearer. Null: nobody knows.
    /// </summary>
    public Int128? AtMost(in TrackedCallTerms terms, CallSize size, DateTimeOffset now, UnknownPricePolicy unknown)
    {
        var most = Of(terms.Provider, terms.Model, size.Usage, now, terms.ServiceTier, terms.Region);
        if (most is null)
        {
            return unknown == UnknownPricePolicy.AssumeDearest ? Dearest(terms.Provider, size.Usage, now, terms.ServiceTier, terms.Region) : null;
        }

        var usage = size.Usage;
        Raise(in terms, ref usage, ref most, size.AudioSeconds > 0, UsageBucket.Input, UsageBucket.InputAudio, now);
        Raise(in terms, ref usage, ref most, size.MayCache, UsageBucket.Input, UsageBucket.CacheWrite5m, now);
        Raise(in terms, ref usage, ref most, may: true, UsageBucket.Output, UsageBucket.Reasoning, now);
        return most;
    }

    /// <summary>What a call costs; null: no price is known.</summary>
    public Int128? Of(string? provider, string? model, in CallUsage usage, DateTimeOffset when, string? serviceTier, string? region)
    {
        try
        {
            return prices.TryQuote(provider, model, in usage, when, serviceTier, region, out var cost) ? cost.TotalPico : null;
        }
        catch (OverflowException cause) // A usage beyond belief.
        {
            SelfDiagnostics.Log.Failed(cause, "The price of a call is taken as unknown.");
            return null;
        }
    }

    /// <summary>What it costs with the dearest model of its provider, or of all.</summary>
    public Int128? Dearest(string? provider, in CallUsage usage, DateTimeOffset when, string? serviceTier, string? region)
    {
        try
        {
            return (prices.QuoteDearest(provider, in usage, when, serviceTier, region) ?? prices.QuoteDearest(provider, in usage, when))?.TotalPico;
        }
        catch (OverflowException cause) // As above.
        {
            SelfDiagnostics.Log.Failed(cause, "The price of a call is taken as unknown.");
            return null;
        }
    }

    // Tokens may be of the other bucket as well; where that is dearer they are taken to be.
    private void Raise(in TrackedCallTerms terms, ref CallUsage usage, ref Int128? most, bool may, UsageBucket from, UsageBucket to, DateTimeOffset now)
    {
        if (!may || usage[from] == 0 || !prices.PricesApart(terms.Provider, terms.Model, to))
        {
            return;
        }

        var other = usage;
        (other[to], other[from]) = (usage[to] + usage[from], 0);
        if (Of(terms.Provider, terms.Model, in other, now, terms.ServiceTier, terms.Region) is { } cost && cost > most)
        {
            (usage, most) = (other, cost);
        }
    }
}
