using System.Numerics;
using System.Runtime.CompilerServices;

namespace LlmTelemetry.Usage;

/// <summary>The rate of every bucket under one price set, context tier, service tier and region: flat, containment resolved. Immutable.</summary>
internal sealed class RateTable
{
    private const uint RequestBit = 1u << (int)UsageBucket.Request;

    // What a call can be about, rather than something that comes with it, as a search does.
    private const uint Tokens = UsageBucketExtensions.InputTokenMask | UsageBucketExtensions.OutputTokenMask;
    private const uint Pieces = 1u << (int)UsageBucket.Image | 1u << (int)UsageBucket.AudioSecond | 1u << (int)UsageBucket.InputAudioSecond
        | 1u << (int)UsageBucket.Character | 1u << (int)UsageBucket.DocumentPage | 1u << (int)UsageBucket.AnnotatedDocumentPage
        | 1u << (int)UsageBucket.CodeExecution | 1u << (int)UsageBucket.RerankUnit | 1u << (int)UsageBucket.VideoSecond
        | 1u << (int)UsageBucket.DataByte;

    private readonly Rates _rates;
    private readonly uint _priced;
    private readonly uint _byKind;
    private readonly uint _wholeCalls;
    private readonly KindRates?[] _kinds;

    /// <param name="sheet">The prices.</param>
    /// <param name="times">What the price of a bucket is multiplied by.</param>
    public RateTable(PriceSheet sheet, Func<UsageBucket, decimal> times)
    {
        _kinds = [];
        for (var bucket = (UsageBucket)0; (int)bucket < UsageBucketExtensions.Count; bucket++)
        {
            if (sheet.Find(bucket, out _) is not { } price)
            {
                continue;
            }

            var units = PriceUnits.Of(bucket).Units;
            _priced |= 1u << (int)bucket;
            if (price.Kinds is { } kinds)
            {
                _byKind |= 1u << (int)bucket;
                _kinds = _kinds.Length == 0 ? new KindRates?[UsageBucketExtensions.Count] : _kinds;
                _kinds[(int)bucket] = new KindRates(price.Usd is { } rest ? Rate.Of(rest, units) : null, kinds.ToDictionary(k => k.Key, k => Rate.Of(k.Value, units)), bucket);
            }
            else
            {
                _rates[(int)bucket] = Rate.Of(Times(price.Usd!.Value, times(bucket)), units);
            }
        }

        // Tokens of a model that is priced by the second or by the image. A fee for each request may be the price of its tokens.
        _wholeCalls = (_priced & (RequestBit | Tokens)) == 0 ? Pieces | Tokens : Pieces;
    }

    /// <summary>Adds the cost of each bucket. Where there is a fee for each request, the call pays at least one.</summary>
    /// <returns>False: something was used whose kind has no price, or nothing but what this model has no price for (images of a model that is priced by tokens).</returns>
    public bool TryPrice(in CallUsage usage, ref Cost cost)
    {
        if ((usage.Reported & _wholeCalls & ~_priced) != 0 && IsOnlyUnpriced(in usage))
        {
            return false;
        }

        for (var rest = usage.Reported & _priced & ~(RequestBit | _byKind); rest != 0; rest &= rest - 1)
        {
            var bucket = BitOperations.TrailingZeroCount(rest);
            Add((UsageBucket)bucket, _rates[bucket].Of(usage[(UsageBucket)bucket]), ref cost);
        }

        if ((_priced & ~_byKind & RequestBit) != 0)
        {
            Add(UsageBucket.Request, _rates[(int)UsageBucket.Request].Of(RequestsOf(in usage)), ref cost);
        }

        return (usage.Reported & _byKind) == 0 || TryPriceKinds(in usage, ref cost);
    }

    /// <summary>The lines of an explanation: every bucket that was used, with its rate.</summary>
    /// <param name="sheet">The prices that the table was made of.</param>
    /// <param name="usage">What was used.</param>
    public IEnumerable<PriceLine> Explain(PriceSheet sheet, CallUsage usage)
    {
        List<PriceLine> lines = [];
        for (var bucket = (UsageBucket)0; (int)bucket < UsageBucketExtensions.Count; bucket++)
        {
            var isFee = bucket is UsageBucket.Request && (_priced & RequestBit) != 0;
            var count = isFee ? RequestsOf(in usage) : usage[bucket];
            if (count == 0)
            {
                continue;
            }

            sheet.Find(bucket, out var pricedAs);
            if ((_byKind >> (int)bucket & 1) == 0)
            {
                Line(null, count, (_priced >> (int)bucket & 1) != 0 ? _rates[(int)bucket] : default(Rate?));
                continue;
            }

            foreach (var (kind, part) in KindRates.Split(usage, bucket))
            {
                Line(kind, part, _kinds[(int)bucket]!.Of(kind));
            }

            void Line(string? kind, long part, Rate? rate) =>
                lines.Add(new PriceLine(bucket, kind, part, rate?.Usd(PriceUnits.Of(bucket).Units), PriceUnits.Of(bucket).Units, pricedAs, rate?.Of(part) ?? 0));
        }

        return lines;
    }

    /// <inheritdoc cref="PriceSet.SumProblem"/>
    public string? SumProblem(in CallUsage usage)
    {
        if (_priced == 0)
        {
            return null; // Free.
        }

        if ((_priced & RequestBit) != 0)
        {
            return "it has a fee for each request";
        }

        foreach (var bucket in usage)
        {
            var bit = 1u << (int)bucket;
            if (usage[bucket] != 0 && ((bit & _byKind) != 0 || (bit & _wholeCalls & ~_priced) != 0))
            {
                return (bit & _byKind) != 0 ? $"the price of {bucket.Name()} depends on its kind, which sums do not keep" : $"it has no price for {bucket.Name()}, so that a call of nothing else has none";
            }

            if (usage[bucket] != 0 && (bit & _priced) != 0 && !_rates[(int)bucket].IsWhole)
            {
                return $"the price of {bucket.Name()} is no whole number of pico-dollars a unit, and each call is rounded by itself";
            }
        }

        return null;
    }

    // A free model prices nothing and costs nothing.
    private bool IsOnlyUnpriced(in CallUsage usage)
    {
        var isUsed = false;
        foreach (var bucket in usage)
        {
            if (usage[bucket] != 0)
            {
                if ((_priced >> (int)bucket & 1) != 0)
                {
                    return false;
                }

                isUsed |= (_wholeCalls >> (int)bucket & 1) != 0;
            }
        }

        return isUsed && _priced != 0;
    }

    private bool TryPriceKinds(in CallUsage usage, ref Cost cost)
    {
        for (var rest = usage.Reported & _byKind; rest != 0; rest &= rest - 1)
        {
            var bucket = (UsageBucket)BitOperations.TrailingZeroCount(rest);
            if (_kinds[(int)bucket]!.Of(in usage) is not { } pico)
            {
                return false;
            }

            Add(bucket, pico, ref cost);
        }

        return true;
    }

    private static decimal Times(decimal usd, decimal times) => times == 1 ? usd : decimal.Round(usd * times, PriceUnits.MultipliedDecimals, MidpointRounding.ToEven);

    private static long RequestsOf(in CallUsage usage) => Math.Max(1, usage[UsageBucket.Request]);

    private static void Add(UsageBucket bucket, Int128 pico, ref Cost cost)
    {
        if (pico != 0)
        {
            cost.Set(bucket, pico);
        }
    }

    [InlineArray(UsageBucketExtensions.Count)]
    private struct Rates
    {
        private Rate _first;
    }
}
