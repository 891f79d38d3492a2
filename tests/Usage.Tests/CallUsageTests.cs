namespace LlmTelemetry.Usage.Tests;

public sealed class CallUsageTests
{
    [Fact]
    public void Bucket_that_was_not_reported_is_not_one_reported_as_0()
    {
        var none = default(CallUsage);
        var zero = default(CallUsage);
        zero[UsageBucket.Input] = 0;

        Assert.True(none.IsEmpty);
        Assert.False(zero.IsEmpty);
        Assert.False(none.IsReported(UsageBucket.Input));
        Assert.True(zero.IsReported(UsageBucket.Input));
        Assert.Equal(none[UsageBucket.Input], zero[UsageBucket.Input]);
        Assert.True(none != zero);
    }

    [Fact]
    public void Negative_count_is_refused() => Assert.Throws<ArgumentOutOfRangeException>(() => Of((UsageBucket.Output, -1)));

    [Fact]
    public void Totals_count_tokens_of_every_kind_and_nothing_else()
    {
        var usage = default(CallUsage);
        for (var bucket = 0; bucket < UsageBucketExtensions.Count; bucket++)
        {
            usage[(UsageBucket)bucket] = 1L << bucket;
        }

        Assert.Equal(0b1_1111_1111 + (1L << (int)UsageBucket.CacheVideoRead), usage.InputTokens);
        Assert.Equal(0b111_1110_0000_0000, usage.OutputTokens);
    }

    [Fact]
    public void Setting_counts_allocates_nothing()
    {
        var usage = default(CallUsage);
        usage[UsageBucket.Input] = 1;
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 100; i++)
        {
            usage[UsageBucket.Input] = i;
            usage[UsageBucket.Output] = i;
        }

        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Total_past_Int64_is_the_largest_count()
    {
        var usage = Of((UsageBucket.Input, long.MaxValue), (UsageBucket.CacheRead, long.MaxValue), (UsageBucket.CacheWrite5m, 2), (UsageBucket.Output, 7));

        Assert.Equal(long.MaxValue, usage.InputTokens);
        Assert.Equal(7, usage.OutputTokens);
    }

    [Fact]
    public void Sum_has_what_either_reported()
    {
        var sum = Of((UsageBucket.Input, 1), (UsageBucket.CacheRead, 0));
        sum.Add(Of((UsageBucket.Input, 2), (UsageBucket.Output, 3)));

        Assert.Equal(Of((UsageBucket.Input, 3), (UsageBucket.CacheRead, 0), (UsageBucket.Output, 3)), sum);
    }

    [Fact]
    public void Sum_that_does_not_fit_throws_and_adds_nothing()
    {
        var sum = Of((UsageBucket.Input, 1), (UsageBucket.Output, long.MaxValue));
        var before = sum;

        Assert.Throws<OverflowException>(() => sum.Add(Of((UsageBucket.Input, 1), (UsageBucket.Output, 1))));
        Assert.Equal(before, sum);
    }

    [Fact]
    public void Walk_visits_reported_buckets_in_their_order()
    {
        var seen = new List<UsageBucket>();
        foreach (var bucket in Of((UsageBucket.TextMessage, 1), (UsageBucket.Input, 0), (UsageBucket.Reasoning, 5)))
        {
            seen.Add(bucket);
        }

        Assert.Equal([UsageBucket.Input, UsageBucket.Reasoning, UsageBucket.TextMessage], seen);
    }

    [Fact]
    public void Equal_usages_have_equal_hash_codes()
    {
        Assert.Equal(Of((UsageBucket.Input, 5)).GetHashCode(), Of((UsageBucket.Input, 5)).GetHashCode());
        Assert.False(Of((UsageBucket.Input, 5)).Equals((object)Of((UsageBucket.Input, 6))));
    }

    [Fact]
    public void Every_bucket_has_a_name_of_its_own_that_leads_back_to_it()
    {
        var names = Enum.GetValues<UsageBucket>().ToDictionary(b => b.Name());

        Assert.Equal(UsageBucketExtensions.Count, names.Count);
        Assert.All(names, n => Assert.True(UsageBucketExtensions.TryParse(n.Key, out var bucket) && bucket == n.Value));
        Assert.False(UsageBucketExtensions.TryParse("inputs", out _));
        Assert.False(UsageBucketExtensions.TryParse(null, out _));
    }

    private static CallUsage Of(params (UsageBucket Bucket, long Count)[] counts)
    {
        var usage = default(CallUsage);
        foreach (var (bucket, count) in counts)
        {
            usage[bucket] = count;
        }

        return usage;
    }
}
