using FsCheck;
using FsCheck.Fluent;

namespace LlmTelemetry.Usage.Tests;

public sealed class InclusiveUsageTests
{
    // 1,000 in: 300 cached (50 of them audio), 200 written (80 for an hour), 150 audio (50 cached), 60 image, 40 video: 1,000 - 300 - 200 - 100 - 60 - 40 = 300
    [Fact]
    public void Parts_are_taken_out_of_their_wholes()
    {
        var inclusive = new InclusiveUsage
        {
            Input = 1_000,
            CacheRead = 300,
            CacheWrite = 200,
            CacheWrite1h = 80,
            InputAudio = 150,
            CacheAudioRead = 50,
            InputImage = 60,
            CacheImageRead = 0,
            InputVideo = 40,
            CacheVideoRead = 30,
            Output = 500,
            Reasoning = 200,
            Citation = 10,
            OutputAudio = 100,
            OutputImage = 50,
            OutputVideo = 20,
            Total = 1_500,
        };

        Assert.Equal(UsageIssue.None, inclusive.ToDisjoint(out var usage));
        long[] expected = [330, 220, 120, 80, 100, 50, 60, 0, 10, 120, 200, 10, 100, 50, 20];
        Assert.Equal(expected, Enumerable.Range(0, expected.Length).Select(b => usage[(UsageBucket)b]));
        Assert.Equal(30, usage[UsageBucket.CacheVideoRead]);
    }

    [Fact]
    public void Part_above_its_whole_is_believed_and_flagged()
    {
        Assert.Equal(UsageIssue.PartExceedsWhole, new InclusiveUsage { Input = 10, CacheRead = 11 }.ToDisjoint(out var usage));
        Assert.Equal((0, 11), (usage[UsageBucket.Input], usage[UsageBucket.CacheRead]));
    }

    [Fact]
    public void Part_without_its_whole_is_flagged_and_the_rest_stays_unknown()
    {
        Assert.Equal(UsageIssue.MissingWhole, new InclusiveUsage { CacheRead = 5, Output = 1 }.ToDisjoint(out var usage));
        Assert.False(usage.IsReported(UsageBucket.Input));
        Assert.Equal(UsageIssue.MissingWhole, new InclusiveUsage { Input = 9, InputAudio = 5, CacheAudioRead = 5 }.ToDisjoint(out _));
    }

    [Fact]
    public void Negative_count_is_left_out_and_flagged()
    {
        Assert.Equal(UsageIssue.Negative, new InclusiveUsage { Input = -1, Output = 4 }.ToDisjoint(out var usage));
        Assert.False(usage.IsReported(UsageBucket.Input));
        Assert.Equal(4, usage[UsageBucket.Output]);
    }

    [Fact]
    public void Total_that_is_not_the_sum_is_flagged()
    {
        Assert.Equal(UsageIssue.None, new InclusiveUsage { Input = 3, Output = 4, Total = 7 }.ToDisjoint(out _));
        Assert.Equal(UsageIssue.TotalMismatch, new InclusiveUsage { Input = 3, Output = 4, Total = 8 }.ToDisjoint(out _));
    }

    [Fact]
    public void Unknown_overlap_yields_to_any_worse_issue()
    {
        Assert.Equal(UsageIssue.UnknownOverlap, new InclusiveUsage { Input = 9, CacheRead = 2, InputAudio = 3 }.ToDisjoint(out _));
        Assert.Equal(UsageIssue.UnknownOverlap, new InclusiveUsage { Input = 9, CacheRead = 2, InputImage = 3 }.ToDisjoint(out _));
        Assert.Equal(UsageIssue.None, new InclusiveUsage { Input = 9, CacheRead = 2, InputAudio = 3, CacheAudioRead = 0 }.ToDisjoint(out _));
        Assert.Equal(UsageIssue.PartExceedsWhole, new InclusiveUsage { Input = 4, CacheRead = 2, InputAudio = 3 }.ToDisjoint(out _));
    }

    [Fact]
    public void Any_counts_at_all_give_buckets_that_are_not_negative_and_reported_where_their_count_was() =>
        Holds(AnyCounts(), counts =>
        {
            Usage(counts).ToDisjoint(out var usage);
            return Fields.All(f => usage.IsReported(f) == counts[Array.IndexOf(Fields, f)] is >= 0 && usage[f] >= 0) && usage.InputTokens >= 0 && usage.OutputTokens >= 0;
        });

    [Fact]
    public void Any_counts_without_an_issue_add_up_to_their_wholes() =>
        Holds(AnyCounts(), counts =>
        {
            var inclusive = Usage(counts);
            return inclusive.ToDisjoint(out var usage) is not (UsageIssue.None or UsageIssue.UnknownOverlap)
                || (usage.InputTokens == (inclusive.Input ?? 0) && usage.OutputTokens == (inclusive.Output ?? 0));
        });

    [Fact]
    public void Buckets_made_inclusive_come_back_as_they_were() =>
        Holds(Leaves(), leaves => FromLeaves(leaves).ToDisjoint(out var usage) == UsageIssue.None && Fields.All(f => usage[f] == leaves[Array.IndexOf(Fields, f)]));

    [Fact]
    public void Sum_of_two_calls_splits_into_the_sum_of_their_buckets() =>
        Holds(Leaves().Zip(Leaves()), pair =>
        {
            FromLeaves(pair.Item1).ToDisjoint(out var sum);
            FromLeaves(pair.Item2).ToDisjoint(out var other);
            sum.Add(in other);
            return FromLeaves([.. pair.Item1.Zip(pair.Item2, (a, b) => a + b)]).ToDisjoint(out var together) == UsageIssue.None && together == sum;
        });

    private static readonly UsageBucket[] Fields = [.. Enum.GetValues<UsageBucket>().Where(b => b.IsInputTokens() || b.IsOutputTokens())];

    // Null, negative, 0, small and absurd counts, in the order of the buckets whose whole or part they are.
    private static Gen<long?[]> AnyCounts() =>
        Gen.OneOf(Gen.Constant<long?>(null), Gen.Elements<long?>(-1, long.MinValue), Gen.Constant<long?>(0), Gen.Choose(1, 30).Select(n => (long?)n),
            Gen.Choose(100, 200).Select(n => (long?)n), Gen.Elements<long?>(1_000_000_000_000, long.MaxValue - 1, long.MaxValue)).ArrayOf(Fields.Length);

    private static Gen<long[]> Leaves() =>
        Gen.OneOf(Gen.Constant(0L), Gen.Choose(1, 1_000_000).Select(n => (long)n), Gen.Constant(1_000_000_000_000L)).ArrayOf(Fields.Length);

    private static InclusiveUsage Usage(long?[] c) => new()
    {
        Input = c[0],
        CacheRead = c[1],
        CacheWrite = c[2],
        CacheWrite1h = c[3],
        InputAudio = c[4],
        CacheAudioRead = c[5],
        InputImage = c[6],
        CacheImageRead = c[7],
        InputVideo = c[8],
        Output = c[9],
        Reasoning = c[10],
        Citation = c[11],
        OutputAudio = c[12],
        OutputImage = c[13],
        OutputVideo = c[14],
        CacheVideoRead = c[15],
    };

    private static InclusiveUsage FromLeaves(long[] c) => Usage(
        [
            c[..9].Sum() + c[15], c[1] + c[5] + c[7] + c[15], c[2] + c[3], c[3], c[4] + c[5], c[5], c[6] + c[7], c[7], c[8] + c[15],
            c[9..15].Sum(), c[10], c[11], c[12], c[13], c[14], c[15],
        ])
        with
    { Total = c.Sum() };

    private static void Holds<T>(Gen<T> cases, Func<T, bool> property) =>
        Prop.ForAll(cases.ToArbitrary(), property).Check(Config.QuickThrowOnFailure.WithMaxTest(3_000));
}
