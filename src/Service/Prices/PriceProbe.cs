using LlmTelemetry.Usage;

namespace LlmTelemetry.Service;

/// <summary>
/// What a book charges for a bucket of a model, found by asking for the price of a call, so that names, dates and containment count as they do for
/// calls: this is how prices of books with different entries are compared.
/// </summary>
internal static class PriceProbe
{
    /// <summary>More input tokens than any context tier starts at.</summary>
    public const long LongContext = 10_000_000;

    // Few enough tokens for the lowest context tier; whole hours cost whole pico-USD.
    private const long Tokens = 1_000;
    private const long Seconds = 3_600;

    /// <summary>USD for the units of a price file; null: the book has no such price.</summary>
    /// <param name="book">The book.</param>
    /// <param name="provider">The provider.</param>
    /// <param name="model">The model.</param>
    /// <param name="bucket">The bucket.</param>
    /// <param name="when">The time of the call.</param>
    /// <param name="serviceTier">The service tier; null: the standard one.</param>
    /// <param name="longContext">Whether the input is longer than any context tier starts at.</param>
    /// <param name="kind">What is counted, for buckets that are priced by kind.</param>
    public static decimal? Price(PriceBook book, string provider, string model, UsageBucket bucket, DateTimeOffset when, string? serviceTier = null, bool longContext = false, string? kind = null)
    {
        var usage = default(CallUsage);
        usage[UsageBucket.Input] = longContext ? LongContext : 0;
        var count = bucket == UsageBucket.Input && longContext ? LongContext : PriceUnits.Of(bucket).Units == Seconds ? Seconds : Tokens;
        if (kind is null)
        {
            usage[bucket] = count;
        }
        else
        {
            usage.Add(bucket, kind, count);
        }

        return book.Quote(provider, model, in usage, when, serviceTier)?[bucket] * PriceUnits.Of(bucket).Units / count;
    }
}
