using System.Globalization;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter.Tests;

public sealed class SpendFolderTests
{
    private static readonly DateTimeOffset Noon = Calls.Noon;
    private readonly ManualTime _time = new(Noon);

    [Fact]
    public void Event_becomes_every_measure_of_its_row()
    {
        var folder = new SpendFolder(TimeZoneInfo.Utc, _time);

        folder.Record(Calls.Make(input: 100, output: 10, picoPerInput: 3_000_001, outcome: CallOutcome.Cancelled, quality: CostQuality.Partial, inconsistent: true));

        var row = Assert.Single(folder.Drain(out _));
        Assert.Equal(new SpendKey("anthropic", "claude-sonnet-4-5", "alice", null, "search", SpendKeyMore.Of(new(Outcome: "cancelled", Quality: "partial"))), row.Key);
        Assert.Equal(new DateOnly(2026, 11, 22), row.Day);
        Assert.Equal(Noon.ToUnixTimeSeconds() / 3600, row.Hour);
        Assert.Equal(
            [
                (SpendMeasure.Calls, 1), (SpendMeasure.Cancelled, 1), (SpendMeasure.Partial, 1), (SpendMeasure.Inconsistent, 1), (SpendMeasure.DurationMicros, 1500),
                (SpendMeasure.Usage(UsageBucket.Input), 100), (SpendMeasure.Usage(UsageBucket.Output), 10),
                (SpendMeasure.Cost(UsageBucket.Input), 300_000_100), (SpendMeasure.Cost(UsageBucket.Output), 150_000_000),
            ],
            Enumerable.Range(0, row.Measures.Count).Select(i => ((byte, long))row.Measures.At(i)));
    }

    [Theory]
    [InlineData(CallOutcome.Failed, SpendMeasure.Failed)]
    [InlineData(CallOutcome.Cancelled, SpendMeasure.Cancelled)]
    [InlineData(CallOutcome.Abandoned, SpendMeasure.Abandoned)]
    public void Outcome_is_counted_in_its_own_measure(CallOutcome outcome, byte measure)
    {
        Assert.Equal(1, Fold(Calls.Make(outcome: outcome))[measure]);
        Assert.Equal(0, Fold(Calls.Make())[measure]);
    }

    [Theory]
    [InlineData(CostQuality.Partial, SpendMeasure.Partial)]
    [InlineData(CostQuality.Estimated, SpendMeasure.Estimated)]
    [InlineData(CostQuality.Unpriced, SpendMeasure.Unpriced)]
    [InlineData(CostQuality.Unmeasured, SpendMeasure.Unmeasured)]
    public void Quality_is_counted_in_its_own_measure(CostQuality quality, byte measure)
    {
        Assert.Equal(1, Fold(Calls.Make(quality: quality))[measure]);
        Assert.Equal(0, Fold(Calls.Make())[measure]);
    }

    [Fact]
    public void Event_without_a_cost_is_unpriced_whatever_its_maker_calls_it()
    {
        var call = new UsageEvent { CallId = Guid.NewGuid(), EndedAt = Noon, Operation = "chat", Provider = "acme", ResponseModel = "secret" };
        Assert.Equal(1, Fold(call)[SpendMeasure.Unmeasured]);

        call.SetUsage(Calls.Make().Usage);
        var row = Fold(call);

        Assert.Equal(1, row[SpendMeasure.Unpriced]);
        Assert.Null(new UsageReportRow(default, null, row).Cost);
    }

    [Fact]
    public void Call_without_a_price_keeps_its_tokens_as_unpriced_and_has_no_cost()
    {
        var row = Fold(Calls.Make(input: long.MaxValue, output: long.MaxValue, quality: CostQuality.Unpriced));

        Assert.Equal((Int128)long.MaxValue * 2, row[SpendMeasure.UnpricedTokens]);
        Assert.Equal(long.MaxValue, row[SpendMeasure.Usage(UsageBucket.Input)]);
        Assert.DoesNotContain(Enumerable.Range(0, row.Count), i => SpendMeasure.IsCost(row.At(i).Measure, out _));
    }

    [Fact]
    public void Call_without_usage_has_neither_tokens_nor_cost_and_is_still_a_call()
    {
        var row = Fold(Calls.Make(quality: CostQuality.Unmeasured));

        Assert.Equal(1, row[SpendMeasure.Calls]);
        Assert.Equal(0, row[SpendMeasure.UnpricedTokens]);
        Assert.Equal(3, row.Count);
    }

    [Fact]
    public void Sums_beyond_Int64_are_exact()
    {
        var folder = new SpendFolder(TimeZoneInfo.Utc, _time);
        for (var i = 0; i < 5; i++)
        {
            folder.Record(Calls.Make(input: long.MaxValue, picoPerInput: 7, output: 0));
        }

        var row = Assert.Single(folder.Drain(out _)).Measures;
        Assert.Equal((Int128)long.MaxValue * 5, row[SpendMeasure.Usage(UsageBucket.Input)]);
        Assert.Equal((Int128)long.MaxValue * 35, row[SpendMeasure.Cost(UsageBucket.Input)]);
    }

    [Fact]
    public void Null_and_empty_user_are_two_rows()
    {
        var folder = new SpendFolder(TimeZoneInfo.Utc, _time);
        folder.Record(Calls.Make(user: null));
        folder.Record(Calls.Make(user: ""));

        Assert.Equal([null, ""], folder.Drain(out _).Select(r => r.Key.User).OrderBy(u => u?.Length ?? -1));
    }

    [Fact]
    public void Drained_rows_are_gone_and_the_next_increment_starts_at_nothing()
    {
        var folder = new SpendFolder(TimeZoneInfo.Utc, _time);
        folder.Record(Calls.Make());
        _ = folder.Drain(out _);
        Assert.Equal(0, folder.Count);
        Assert.Empty(folder.Drain(out _));

        folder.Record(Calls.Make());

        Assert.Equal(1, Assert.Single(folder.Drain(out _)).Measures[SpendMeasure.Calls]);
    }

    [Fact]
    public void Returned_row_is_summed_with_what_came_meanwhile_and_keeps_its_age()
    {
        var folder = new SpendFolder(TimeZoneInfo.Utc, _time);
        var started = _time.GetTimestamp();
        folder.Record(Calls.Make());
        var row = Assert.Single(folder.Drain(out var since));
        _time.Advance(TimeSpan.FromMinutes(1));
        folder.Record(Calls.Make());

        folder.Return(in row, since);

        Assert.Equal(started, folder.Since);
        Assert.Equal(2, Assert.Single(folder.Drain(out _)).Measures[SpendMeasure.Calls]);
    }

    [Fact]
    public void Added_measures_are_copied()
    {
        var folder = new SpendFolder(TimeZoneInfo.Utc, _time);
        var measures = new SpendMeasures();
        measures.Add(SpendMeasure.Calls, 2);
        var key = new SpendKey("openai", "gpt\n-5", null, null, null);
        folder.Add(Noon, in key, measures);

        measures.Add(SpendMeasure.Calls, 40);
        folder.Add(Noon, in key, measures);

        var row = Assert.Single(folder.Drain(out _));
        Assert.Equal(44, row.Measures[SpendMeasure.Calls]);
        Assert.Equal("gpt-5", row.Key.Model);
    }

    [Fact]
    public void Keys_past_the_cap_fold_into_other_and_keep_the_money()
    {
        var folder = new SpendFolder(TimeZoneInfo.Utc, _time, maxRows: 100);
        for (var i = 0; i < 5_000; i++)
        {
            var n = i.ToString(CultureInfo.InvariantCulture);
            folder.Record(Calls.Make(user: "u" + n, model: "m" + (i % 50).ToString(CultureInfo.InvariantCulture), tenant: "t" + n, input: i, output: 0));
        }

        var rows = folder.Drain(out _);
        Assert.InRange(rows.Count, 100, 101);
        Assert.Equal(5_000, Sum(rows, SpendMeasure.Calls));
        Assert.Equal(5_000L * 4_999 / 2, Sum(rows, SpendMeasure.Usage(UsageBucket.Input)));
        Assert.Equal((Int128)3_000_001 * (5_000L * 4_999 / 2), Sum(rows, SpendMeasure.Cost(UsageBucket.Input)));
        Assert.Contains(rows, r => r.Key is { User: "_other", Tenant: not "_other" });
        Assert.Contains(rows, r => r.Key is { User: "_other", Tenant: "_other", Model: "_other" });
        Assert.Equal(rows.Count, rows.DistinctBy(r => r.Key).Count());
    }

    [Fact]
    public void Keys_that_are_folded_altogether_still_say_how_their_calls_ended()
    {
        var folder = new SpendFolder(TimeZoneInfo.Utc, _time, maxRows: 10);
        for (var i = 0; i < 1_000; i++)
        {
            var n = i.ToString(CultureInfo.InvariantCulture);
            folder.Record(Calls.Make(user: "u" + n, tenant: "t" + n, outcome: i % 2 == 0 ? CallOutcome.Failed : CallOutcome.Completed, quality: i % 2 == 0 ? CostQuality.Unmeasured : CostQuality.Reported));
        }

        var rows = folder.Drain(out _);
        Assert.Equal(500, Sum([.. rows.Where(row => row.Key.More?.Parts.Outcome == "failed")], SpendMeasure.Failed));
        Assert.Equal(500, Sum([.. rows.Where(row => SpendDimension.Outcome.Of(row.Key) == "completed")], SpendMeasure.Calls));
        Assert.Contains(rows, row => row.Key is { User: "_other", Model: "_other", More.Parts: { Outcome: "failed", Quality: "unmeasured" } });
    }

    [Fact]
    public async Task Known_key_does_not_allocate()
    {
        var folder = new SpendFolder(TimeZoneInfo.FindSystemTimeZoneById("Europe/Berlin"), _time);
        var call = Calls.Make();
        folder.Record(in call);

        // Code that the just-in-time compiler has not optimised yet boxes in places where the same code later does not: that takes some calls and some time.
        await Eventually.HoldsAsync(() => Task.FromResult(AllocatedBy(folder, call) == 0), "1,000 records without a byte", TimeSpan.FromSeconds(20));
    }

    [Fact]
    public async Task Writers_and_drains_at_once_lose_nothing()
    {
        var folder = new SpendFolder(TimeZoneInfo.Utc, _time);
        var drained = new List<SpendRow>();
        using var done = new CancellationTokenSource();
        var drain = Task.Run(
            () =>
            {
                while (!done.IsCancellationRequested)
                {
                    drained.AddRange(folder.Drain(out _));
                }
            },
            TestContext.Current.CancellationToken);

        await Task.WhenAll(Enumerable.Range(0, 4).Select(w => Task.Run(
            () =>
            {
                for (var i = 0; i < 20_000; i++)
                {
                    folder.Record(Calls.Make(user: (i % 97).ToString(CultureInfo.InvariantCulture), input: i));
                }
            },
            TestContext.Current.CancellationToken)));
        await done.CancelAsync();
        await drain;
        drained.AddRange(folder.Drain(out _));

        Assert.Equal(80_000, Sum(drained, SpendMeasure.Calls));
        Assert.Equal(4L * 20_000 * 19_999 / 2, Sum(drained, SpendMeasure.Usage(UsageBucket.Input)));
    }

    [Fact]
    public void Folder_is_active_on_a_hub_until_every_subscription_ends()
    {
        var hub = new UsageHub();
        Assert.False(SpendFolder.IsActiveOn(hub));
        var one = new SpendFolder(TimeZoneInfo.Utc, _time).SubscribeTo(hub);
        var two = new SpendFolder(TimeZoneInfo.Utc, _time).SubscribeTo(hub);

        one.Dispose();
        one.Dispose();
        Assert.True(SpendFolder.IsActiveOn(hub));
        two.Dispose();

        Assert.False(SpendFolder.IsActiveOn(hub));
        Assert.False(hub.HasSinks);
    }

    private static long AllocatedBy(SpendFolder folder, in UsageEvent call)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1_000; i++)
        {
            folder.Record(in call);
        }

        return GC.GetAllocatedBytesForCurrentThread() - before;
    }

    private static Int128 Sum(IEnumerable<SpendRow> rows, byte measure) => rows.Aggregate((Int128)0, (sum, row) => sum + row.Measures[measure]);

    private SpendMeasures Fold(UsageEvent call)
    {
        var folder = new SpendFolder(TimeZoneInfo.Utc, _time);
        folder.Record(in call);
        return Assert.Single(folder.Drain(out _)).Measures;
    }
}
