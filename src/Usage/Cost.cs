using System.Numerics;
using System.Runtime.CompilerServices;

namespace LlmTelemetry.Usage;

/// <summary>
/// What one call costs, by bucket. Each bucket is rounded half to even to whole pico-USD (10^-12) once; sums of costs are exact.
/// </summary>
public struct Cost
{
    /// <summary>ISO 4217 code of every amount here.</summary>
    public const string Currency = "USD";

    /// <summary>Pico-USD in one US dollar.</summary>
    public const long PicoPerUsd = 1_000_000_000_000;

    private static readonly Int128 MostPico = (Int128)decimal.MaxValue;

    private Amounts _pico;
    private uint _priced;

    /// <summary>Makes an empty cost: 0 USD, as for a free model.</summary>
    /// <param name="provider">Id of the price book's provider entry that was used.</param>
    /// <param name="model">Id of the price book's model entry that was used.</param>
    /// <param name="priceVersion">Version of the price book.</param>
    public Cost(string provider, string model, string priceVersion)
    {
        Provider = provider;
        Model = model;
        PriceVersion = priceVersion;
    }

    /// <summary>Id of the price book's provider entry that was used.</summary>
    public readonly string Provider { get; }

    /// <summary>Id of the price book's model entry that was used.</summary>
    public readonly string Model { get; }

    /// <summary>Version of the price book at the time of the call.</summary>
    public readonly string PriceVersion { get; }

    /// <summary>The whole cost in pico-USD. Exact.</summary>
    public readonly Int128 TotalPico
    {
        get
        {
            Int128 sum = 0;
            for (var rest = _priced; rest != 0; rest &= rest - 1)
            {
                sum += _pico[BitOperations.TrailingZeroCount(rest)];
            }

            return sum;
        }
    }

    /// <summary>The whole cost in USD. Exact.</summary>
    public readonly decimal Amount => ToUsd(TotalPico);

    /// <summary>The bucket's cost in USD; 0 when it has none.</summary>
    public readonly decimal this[UsageBucket bucket] => ToUsd(_pico[(int)bucket]);

    /// <summary>The bucket's cost in pico-USD; 0 when it has none.</summary>
    public readonly Int128 Pico(UsageBucket bucket) => _pico[(int)bucket];

    /// <summary>Walks the buckets that cost something.</summary>
    public readonly CallUsage.Enumerator GetEnumerator() => new(_priced);

    /// <summary>Pico-USD as USD: exact up to 7 * 10^16 USD, rounded to what decimal holds above.</summary>
    public static decimal ToUsd(Int128 pico) => Int128.Abs(pico) <= MostPico
        ? (decimal)pico / PicoPerUsd
        : (decimal)(pico / PicoPerUsd) + ((decimal)(pico % PicoPerUsd) / PicoPerUsd);

    /// <summary>Adds the cost of another part of the same thing, bucket by bucket. Names and price version stay this one's.</summary>
    public void Add(in Cost other)
    {
        foreach (var bucket in other)
        {
            Set(bucket, checked(_pico[(int)bucket] + other._pico[(int)bucket]));
        }
    }

    /// <summary>Takes away the cost of a part of the same thing, bucket by bucket.</summary>
    /// <exception cref="ArgumentException">More than there is in a bucket; nothing was taken away.</exception>
    public void Subtract(in Cost part)
    {
        var rest = this;
        foreach (var bucket in part)
        {
            var pico = _pico[(int)bucket] - part._pico[(int)bucket];
            rest.Set(bucket, pico >= 0 ? pico : throw new ArgumentException($"The part cost more {bucket.Name()} than the whole.", nameof(part)));
        }

        this = rest;
    }

    /// <summary>
    /// Adds what some units of a bucket cost, for costs that no price book knows: an API with a price of its own, or, as one unit, a whole cost that
    /// the provider told. Computed exactly and rounded once, half to even.
    /// </summary>
    /// <param name="bucket">What is paid for.</param>
    /// <param name="count">How many units.</param>
    /// <param name="usd">The price in USD.</param>
    /// <param name="units">Of how many units that is the price.</param>
    /// <exception cref="ArgumentOutOfRangeException">The count or the price is negative, or the price is that of no unit.</exception>
    /// <exception cref="OverflowException">The amount does not fit in Int128; nothing was added.</exception>
    public void Add(UsageBucket bucket, long count, decimal usd, long units = 1)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfNegative(usd);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(units);
        var more = ExactPrice.Of(count, usd, units);
        if (more != 0)
        {
            Set(bucket, checked(_pico[(int)bucket] + more));
        }
    }

    internal void Set(UsageBucket bucket, Int128 pico)
    {
        _pico[(int)bucket] = pico;
        _priced |= 1u << (int)bucket;
    }

    [InlineArray(UsageBucketExtensions.Count)]
    private struct Amounts
    {
        private Int128 _first;
    }
}
