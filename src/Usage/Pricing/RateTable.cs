using System.Numerics;
using System.Runtime.CompilerServices;

namespace LlmTelemetry.Usage;

/// <summary>The rate of every bucket under one price set and context tier: flat, containment resolved. Immutable.</summary>
internal sealed class RateTable
{
    private const uint RequestBit = 1u << (int)UsageBucket.Request;

    private readonly Rates _rates;
    private readonly uint _priced;

    /// <param name="own">The rates that the price set names.</param>
    public RateTable(IReadOnlyDictionary<UsageBucket, Rate> own)
    {
        for (var bucket = (UsageBucket)0; (int)bucket < UsageBucketExtensions.Count; bucket++)
        {
            if (Containment.Find(bucket, own) is { } rate)
            {
                _rates[(int)bucket] = rate;
                _priced |= 1u << (int)bucket;
            }
        }
    }

    /// <summary>Adds the cost of each bucket. Where there is a fee for each request, the call pays at least one.</summary>
    public void Price(in CallUsage usage, ref Cost cost)
    {
        for (var rest = usage.Reported & _priced & ~RequestBit; rest != 0; rest &= rest - 1)
        {
            var bucket = BitOperations.TrailingZeroCount(rest);
            Add((UsageBucket)bucket, _rates[bucket].Of(usage[(UsageBucket)bucket]), ref cost);
        }

        if ((_priced & RequestBit) != 0)
        {
            Add(UsageBucket.Request, _rates[(int)UsageBucket.Request].Of(Math.Max(1, usage[UsageBucket.Request])), ref cost);
        }
    }

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
