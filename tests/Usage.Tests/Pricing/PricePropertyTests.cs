using FsCheck;
using FsCheck.Fluent;

namespace LlmTelemetry.Usage.Tests;

/// <summary>What holds for the cost of any call of any entry of the embedded book.</summary>
public sealed class PricePropertyTests
{
    private const long AboveEveryTier = 2_000_000_000;

    private static readonly PriceBook Book = PriceBook.Embedded;
    private static readonly UsageBucket[] Buckets = Enum.GetValues<UsageBucket>();

    private static readonly long[] None = new long[Buckets.Length];

    // The padding is above every context tier that there is, or below all of them: no count of a case changes the tier.
    private static readonly Gen<Call> Calls =
        from name in Gen.Elements(NameCatalog.Names.ToArray())
        from day in Gen.Choose(0, 3 * 365)
        from minute in Gen.Choose(0, (24 * 60) - 1)
        from tier in Gen.Elements(null, "standard", "batch", "flex", "priority", "fast", "provisioned", "no-such-tier")
        from region in Gen.Elements(null, "us", "eu", "global", "us-east5", "nowhere")
        from pad in Gen.Elements(0L, AboveEveryTier)
        select new Call(name.Provider, name.Name, new DateTimeOffset(2024, 6, 1, 0, 0, 0, TimeSpan.Zero).AddDays(day).AddMinutes(minute), tier, region, pad);

    private static readonly Gen<long[]> SmallCounts = Counts(Gen.OneOf(Gen.Constant(0L), Gen.Choose(1, 1_000).Select(n => (long)n)));

    private static readonly Gen<long[]> AnyCounts = Counts(Gen.OneOf(
        Gen.Constant(0L), Gen.Choose(1, 1_000_000).Select(n => (long)n), Gen.Constant(1_000_000_000_000L), Gen.Elements(long.MaxValue, long.MaxValue - 1)));

    [Fact]
    public void Cost_is_never_negative_and_the_sum_of_its_buckets_whatever_the_counts() => Holds(AnyCounts, (call, counts) =>
        call.Quote(counts) is not { } cost || (Buckets.All(b => cost.Pico(b) >= 0) && cost.TotalPico == Buckets.Aggregate((Int128)0, (sum, b) => sum + cost.Pico(b)) && cost.Amount >= 0)
            ? null
            : $"{cost.Amount}");

    // Linear up to the largest counts: 2^62 costs twice what 2^61 costs, each rounded once.
    [Fact]
    public void Cost_of_the_largest_counts_is_not_wrapped() => Holds(Gen.Elements(Buckets), (call, bucket) =>
    {
        call = call with { Pad = AboveEveryTier };
        Int128? none = call.Alone(bucket, 0), half = call.Alone(bucket, 1L << 61), whole = call.Alone(bucket, 1L << 62), largest = call.Alone(bucket, long.MaxValue);
        return (none is null || IsAbout(whole + none, 2 * half, 3)) && (largest is null || largest >= whole) ? null : $"{bucket}: {none}, {half}, {whole}, {largest}";
    });

    [Fact]
    public void Cost_is_the_sum_of_the_costs_of_its_buckets_alone() => Holds(SmallCounts, (call, counts) =>
    {
        var pad = call.Quote(None)?.TotalPico;
        var parts = Array.ConvertAll(Buckets, b => call.Alone(b, counts[(int)b]) - pad);
        var sum = parts.Aggregate((Int128)0, (sum, part) => sum + (part ?? 0));
        var whole = call.Quote(counts)?.TotalPico - pad;

        // What has no price alone costs nothing beside what has one, unless its price depends on a kind: then the whole has none either.
        return (whole is null ? pad is null || parts.Contains(null) : IsAbout(whole, sum, Buckets.Length)) ? null : $"{whole} instead of {sum}";
    });

    [Fact]
    public void Cost_of_two_calls_of_one_tier_is_that_of_both_together() => Holds(SmallCounts.Zip(SmallCounts), (call, two) =>
    {
        long[] both = [.. two.Item1.Zip(two.Item2, (a, b) => a + b)];
        var together = call.Quote(both)?.TotalPico + call.Quote(None)?.TotalPico;
        var apart = call.Quote(two.Item1)?.TotalPico + call.Quote(two.Item2)?.TotalPico;

        // The padding, tokens, alone has no price with a model that is priced by the second.
        return apart is null || call.Quote(None) is null || IsAbout(together, apart, 2 * Buckets.Length) ? null : $"{together} instead of {apart}";
    });

    [Fact]
    public void Cost_never_falls_when_a_count_rises_within_a_tier() => Holds(
        from counts in SmallCounts from bucket in Gen.Elements(Buckets) from more in Gen.Choose(0, 5_000) select (counts, bucket, more), (call, c) =>
        {
            long[] risen = [.. c.counts];
            risen[(int)c.bucket] += c.more;
            var (before, after) = (call.Quote(c.counts), call.Quote(risen));
            var isMonotone = (before, after) is not ({ } low, { } high) || (high.TotalPico >= low.TotalPico && Buckets.All(b => high.Pico(b) >= low.Pico(b)));
            return isMonotone ? null : $"{before?.Amount} falls to {after?.Amount} with {c.more} more {c.bucket}";
        });

    [Fact]
    public void Explanation_has_the_cost_of_the_quote_line_by_line_or_a_problem() => Holds(AnyCounts, (call, counts) =>
    {
        var usage = call.Usage(counts);
        var explanation = Book.Explain(call.Provider, call.Model, in usage, call.When, call.Tier, call.Region);
        var cost = call.Quote(counts);
        var lines = explanation.Lines.Aggregate((Int128)0, (sum, line) => sum + line.CostPico);
        return explanation.Cost?.TotalPico == cost?.TotalPico && explanation.Problem is null == cost is not null && (cost is null || lines == cost.Value.TotalPico)
            ? null
            : $"{explanation.Cost?.TotalPico}, lines {lines}, problem {explanation.Problem} instead of {cost?.TotalPico}";
    });

    [Fact]
    public void Unknown_model_has_no_price_whatever_it_used() => Holds(AnyCounts, (call, counts) =>
        (call with { Model = "zz-" + call.Model.Replace("claude", "cloud", StringComparison.Ordinal).Replace("arn:", "", StringComparison.Ordinal) }) is var unknown
        && (Book.Knows(unknown.Provider, unknown.Model) || unknown.Quote(counts) is null)
        && (call with { Provider = "no-such-seller" }).Quote(counts) is null ? null : $"{unknown} has a price");

    private static bool IsAbout(Int128? one, Int128? other, int pico) => one is null == other is null && (one is null || Int128.Abs(one.Value - other!.Value) <= pico);

    private static Gen<long[]> Counts(Gen<long> one) => one.ArrayOf(Buckets.Length);

    private static void Holds<T>(Gen<T> cases, Func<Call, T, string?> fault) =>
        PropertyRun.Holds(Calls.Zip(cases), c => fault(c.Item1, c.Item2) is { } text ? $"{c.Item1}: {text}" : null);

    private sealed record Call(string Provider, string Model, DateTimeOffset When, string? Tier, string? Region, long Pad)
    {
        /// <summary>The counts and the padding. One request is part of every call, so that its fee is, too.</summary>
        public CallUsage Usage(long[] counts)
        {
            var usage = default(CallUsage);
            foreach (var bucket in Buckets.Where(b => counts[(int)b] != 0))
            {
                usage[bucket] = counts[(int)bucket];
            }

            usage[UsageBucket.Input] = Math.Min(usage[UsageBucket.Input], long.MaxValue - Pad) + Pad;
            usage[UsageBucket.Request] = Math.Min(usage[UsageBucket.Request], long.MaxValue - 1) + 1;
            return usage;
        }

        public Cost? Quote(long[] counts)
        {
            var usage = Usage(counts);
            return Book.Quote(Provider, Model, in usage, When, Tier, Region);
        }

        /// <summary>The cost of the padding and one bucket.</summary>
        public Int128? Alone(UsageBucket bucket, long count)
        {
            var counts = new long[Buckets.Length];
            counts[(int)bucket] = count;
            return Quote(counts)?.TotalPico;
        }
    }
}
