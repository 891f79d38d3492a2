using System.Globalization;
using LlmTelemetry.Usage;
using Microsoft.Extensions.Logging;

namespace LlmTelemetry.CostExporter.Tests;

public sealed class SpendFlusherTests
{
    private const byte Tokens = 32; // SpendMeasure.Usage(UsageBucket.Input)

    [Fact]
    public async Task Flush_brings_everything_recorded_before_it()
    {
        await using var exporter = await ExporterUnderTest.StartAsync();
        for (var i = 0; i < 1_000; i++)
        {
            exporter.Call(user: i.ToString(CultureInfo.InvariantCulture), input: i);
        }

        var result = await exporter.FlushAsync();

        Assert.Equal(new FlushResult(1_000, 0, null), result);
        Assert.Equal(1_000L * 999 / 2, exporter.Store.Sum(Tokens));
        Assert.Equal((Int128)3_000_001 * (1_000L * 999 / 2), exporter.Store.Sum(SpendMeasure.Cost(UsageBucket.Input)));
        Assert.Equal([1L, 2, 3, 4, 5], exporter.Store.Sent.Select(b => b.Number));
    }

    [Fact]
    public async Task Flush_of_nothing_does_not_ask_the_store()
    {
        await using var exporter = await ExporterUnderTest.StartAsync();

        Assert.Equal(new FlushResult(0, 0, null), await exporter.FlushAsync());
        Assert.Empty(exporter.Store.Sent);
    }

    [Fact]
    public async Task Interval_flushes_by_the_clock()
    {
        await using var exporter = await ExporterUnderTest.StartAsync(o => o.Interval = TimeSpan.FromSeconds(10));
        exporter.Call();

        exporter.Time.Advance(TimeSpan.FromSeconds(9.9));
        Assert.Empty(exporter.Store.Sent);
        exporter.Time.Advance(TimeSpan.FromSeconds(0.1));

        await ExporterUnderTest.UntilAsync(() => exporter.Store.Sum(SpendMeasure.Calls) == 1, "the first interval is flushed");
    }

    [Fact]
    public async Task Infinite_interval_flushes_only_when_asked()
    {
        await using var exporter = await ExporterUnderTest.StartAsync(o => o.Interval = Timeout.InfiniteTimeSpan);
        exporter.Call();

        exporter.Time.Advance(TimeSpan.FromDays(10));
        Assert.Empty(exporter.Store.Sent);

        Assert.Equal(1, (await exporter.FlushAsync()).SentRows);
    }

    [Theory]
    [InlineData(Fault.Refuse)]
    [InlineData(Fault.ApplyAndLoseTheAnswer)]
    [InlineData(Fault.NeverAnswer)]
    [InlineData(Fault.ApplyAndNeverAnswer)]
    public async Task Fault_any_number_of_times_counts_once_and_repeats_the_same_batch(object fault)
    {
        await using var exporter = await ExporterUnderTest.StartAsync();
        exporter.Store.Meet([.. Enumerable.Repeat((Fault)fault, 6)]);
        exporter.Call(input: 5);
        exporter.Call(user: "bob", input: 7);

        var flush = exporter.FlushAsync();
        await exporter.PassTimeUntilAsync(() => exporter.Store.Sent.Count >= 7 && exporter.Host.PendingRows == 0, "all six faults are over");

        Assert.NotNull((await flush).Error);
        Assert.Equal(12, exporter.Store.Sum(Tokens));
        Assert.Equal(2, exporter.Store.Sum(SpendMeasure.Calls));
        Assert.Single(exporter.Store.Sent.Distinct(ReferenceEqualityComparer.Instance));
    }

    [Fact]
    public async Task Nothing_newer_of_a_partition_is_sent_before_an_unknown_batch()
    {
        await using var exporter = await ExporterUnderTest.StartAsync();
        exporter.Store.IsDown = true;
        exporter.Call(input: 1);
        Assert.NotNull((await exporter.FlushAsync()).Error);

        for (var i = 0; i < 20; i++)
        {
            exporter.Call(user: "bob", input: 1);
            Assert.NotNull((await exporter.FlushAsync()).Error);
        }

        // Twenty flushes later one batch is held, and the rest waits as one row.
        Assert.Equal(2, exporter.Host.PendingRows);
        Assert.Single(exporter.Store.Sent.Distinct(ReferenceEqualityComparer.Instance));

        exporter.Store.IsDown = false;
        Assert.Equal(new FlushResult(2, 0, null), await exporter.FlushAsync());
        Assert.Equal(21, exporter.Store.Sum(Tokens));
    }

    [Fact]
    public async Task Other_partitions_go_on_while_one_is_stuck()
    {
        await using var exporter = await ExporterUnderTest.StartAsync();
        exporter.Store.DownPartition = "t1";
        exporter.Call(tenant: "t1", input: 1);
        exporter.Call(tenant: "t2", input: 2);
        exporter.Call(tenant: null, input: 4);

        var result = await exporter.FlushAsync();

        Assert.Equal((2, 1), (result.SentRows, result.PendingRows));
        Assert.Contains("The store is down.", result.Error, StringComparison.Ordinal);
        Assert.Equal(6, exporter.Store.Sum(Tokens));

        exporter.Store.DownPartition = null;
        Assert.Null((await exporter.FlushAsync()).Error);
        Assert.Equal(7, exporter.Store.Sum(Tokens));
    }

    [Fact]
    public async Task Retries_go_on_in_the_background_without_another_flush()
    {
        await using var exporter = await ExporterUnderTest.StartAsync(o => o.Interval = Timeout.InfiniteTimeSpan);
        exporter.Store.Meet(Fault.Refuse, Fault.Refuse, Fault.Refuse);
        exporter.Call();
        Assert.NotNull((await exporter.FlushAsync()).Error);

        await exporter.PassTimeUntilAsync(() => exporter.Host.PendingRows == 0, "the batch arrives by itself");

        Assert.Equal(1, exporter.Store.Sum(SpendMeasure.Calls));
    }

    [Fact]
    public async Task Store_that_lost_its_last_batches_gets_them_again()
    {
        await using var exporter = await ExporterUnderTest.StartAsync();
        for (var i = 0; i < 5; i++)
        {
            exporter.Call(input: 1);
            Assert.Null((await exporter.FlushAsync()).Error);
        }

        exporter.Store.LoseLast(3);
        exporter.Call(input: 1);

        Assert.Null((await exporter.FlushAsync()).Error);
        Assert.Equal(6, exporter.Store.Sum(Tokens));
    }

    [Fact]
    public async Task Store_that_lost_its_last_batch_gets_it_again_even_when_no_call_follows()
    {
        await using var exporter = await ExporterUnderTest.StartAsync(o => o.Interval = TimeSpan.FromSeconds(10));
        exporter.Call(input: 3);
        Assert.Null((await exporter.FlushAsync()).Error);
        exporter.Store.LoseLast(1);
        Assert.Equal(0, exporter.Store.Sum(Tokens));

        await exporter.PassTimeUntilAsync(() => exporter.Store.Sum(Tokens) == 3, "the store is asked, and gets it again");
    }

    [Fact]
    public async Task Store_that_keeps_losing_batches_is_not_asked_in_a_busy_loop()
    {
        await using var exporter = await ExporterUnderTest.StartAsync();
        exporter.Call(input: 1);
        Assert.Null((await exporter.FlushAsync()).Error);
        exporter.Store.Meet([.. Enumerable.Repeat(Fault.LoseTheLastBatch, 60)]);
        exporter.Call(input: 1);

        var result = await exporter.FlushAsync();

        Assert.Contains("losing", result.Error, StringComparison.Ordinal);
        Assert.InRange(exporter.Store.Sent.Count, 2, 10);
        await exporter.PassTimeUntilAsync(() => exporter.Host.PendingRows == 0, "it ends well when the store does");
        Assert.Equal(2, exporter.Store.Sum(Tokens));
    }

    [Fact]
    public async Task Emptied_store_gets_what_is_still_held_and_the_loss_is_told()
    {
        await using var exporter = await ExporterUnderTest.StartAsync(o => o.Interval = Timeout.InfiniteTimeSpan);
        for (var i = 0; i < 3; i++)
        {
            exporter.Call(input: 1);
            Assert.Null((await exporter.FlushAsync()).Error);
            exporter.Time.Advance(TimeSpan.FromSeconds(6));
        }

        exporter.Store.LoseLast(int.MaxValue);
        exporter.Call(input: 10);
        Assert.Null((await exporter.FlushAsync()).Error);

        // Batches 1 and 2 were surely on disk by all that is known, and forgotten; 3 and the new one were held.
        Assert.Equal(11, exporter.Store.Sum(Tokens));
        Assert.Contains(exporter.Log.Lines, l => l.Level == LogLevel.Error && l.Text.Contains("lost about 2 rows", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Failing_and_recovered_are_logged_once_each_and_not_for_every_attempt()
    {
        await using var exporter = await ExporterUnderTest.StartAsync();
        exporter.Store.IsDown = true;
        exporter.Call(tenant: "t1");
        exporter.Call(tenant: "t2");
        for (var i = 0; i < 5; i++)
        {
            Assert.NotNull((await exporter.FlushAsync()).Error);
        }

        exporter.Store.IsDown = false;
        await exporter.PassTimeUntilAsync(() => exporter.Host.PendingRows == 0, "both tenants arrive");

        Assert.Equal([LogLevel.Error, LogLevel.Information], exporter.Log.Lines.Select(l => l.Level));
    }

    [Fact]
    public async Task Concurrent_flushes_and_writers_count_every_call_once()
    {
        await using var exporter = await ExporterUnderTest.StartAsync();
        exporter.Store.Meet(Fault.Refuse, Fault.ApplyAndLoseTheAnswer, Fault.None, Fault.ApplyAndLoseTheAnswer);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(w => Task.Run(
            async () =>
            {
                for (var i = 0; i < 200; i++)
                {
                    exporter.Call(user: (i % 10).ToString(CultureInfo.InvariantCulture), tenant: (w % 3).ToString(CultureInfo.InvariantCulture), input: 1);
                    if (i % 20 == 0)
                    {
                        await exporter.FlushAsync();
                    }
                }
            },
            TestContext.Current.CancellationToken)));

        await exporter.PassTimeUntilAsync(() => exporter.FlushAsync() is { IsCompletedSuccessfully: true } && exporter.Host.PendingRows == 0, "everything arrives");

        Assert.Equal(1_600, exporter.Store.Sum(Tokens));
    }

    [Fact]
    public async Task Store_that_cannot_say_where_a_row_belongs_loses_nothing()
    {
        await using var exporter = await ExporterUnderTest.StartAsync();
        exporter.Store.Partition = static _ => throw new InvalidOperationException("No idea.");
        exporter.Call(input: 3);
        await Assert.ThrowsAsync<InvalidOperationException>(exporter.FlushAsync);

        exporter.Store.Partition = static _ => "p";

        Assert.Equal(1, (await exporter.FlushAsync()).SentRows);
        Assert.Equal(3, exporter.Store.Sum(Tokens));
    }

    [Fact]
    public async Task Partition_that_is_quiet_for_a_day_starts_again_under_a_new_instance()
    {
        await using var exporter = await ExporterUnderTest.StartAsync();
        exporter.Call(input: 1);
        await exporter.FlushAsync();
        await exporter.PassTimeUntilAsync(() => exporter.Store.Sent.Count == 2, "the last batch is confirmed");

        // Not while its answer is under way, which would take the two days for a time-out.
        await exporter.FlushAsync();
        exporter.Time.Advance(TimeSpan.FromDays(2));

        exporter.Call(input: 1);
        await exporter.FlushAsync();

        var batches = exporter.Store.Sent.ToArray();
        Assert.Equal([1L, 1, 1], batches.Select(b => b.Number));
        Assert.NotEqual(batches[0].Instance, batches[2].Instance);
        Assert.Equal(2, exporter.Store.Sum(Tokens));
    }
}
