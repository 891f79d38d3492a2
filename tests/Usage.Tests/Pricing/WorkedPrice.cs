using System.Globalization;

namespace LlmTelemetry.Usage.Tests;

/// <summary>Calls priced with the embedded book. What they must cost is worked out by hand in the comments of the tests, USD per million tokens.</summary>
internal static class WorkedPrice
{
    // A Sunday.
    public const string Now = "2026-11-22T12:00:00Z";

    public static Cost Price(string provider, string model, string when, InclusiveUsage inclusive, string? tier = null, string? region = null) =>
        Find(provider, model, when, inclusive, tier, region)!.Value;

    public static Cost? Find(string provider, string model, string when, InclusiveUsage inclusive, string? tier = null, string? region = null)
    {
        Assert.Equal(UsageIssue.None, inclusive.ToDisjoint(out var usage));
        return PriceBook.Embedded.Quote(provider, model, in usage, DateTimeOffset.Parse(when, CultureInfo.InvariantCulture), tier, region);
    }

    public static Cost? Pieces(string provider, string model, UsageBucket bucket, long count, string? tier = null, string? kind = null)
    {
        var usage = default(CallUsage);
        if (kind is null)
        {
            usage[bucket] = count;
        }
        else
        {
            usage.Add(bucket, kind, count);
        }

        return PriceBook.Embedded.Quote(provider, model, in usage, DateTimeOffset.Parse(Now, CultureInfo.InvariantCulture), tier);
    }
}
