using Microsoft.Extensions.Logging;

namespace LlmTelemetry.CostExporter.Tests;

public sealed class HeartbeatTests
{
    [Fact]
    public async Task Exporter_beats_at_its_start_with_each_interval_and_at_a_clean_end()
    {
        var store = new FlakySpendStore();
        await using (var exporter = await ExporterUnderTest.StartAsync(o => o.Interval = TimeSpan.FromSeconds(10), store))
        {
            await ExporterUnderTest.UntilAsync(() => store.Beats.Count == 1, "the first beat");
            exporter.Time.Advance(TimeSpan.FromSeconds(10));
            await ExporterUnderTest.UntilAsync(() => store.Beats.Count == 2, "a beat with nothing to send");
            exporter.Call();
            exporter.Time.Advance(TimeSpan.FromSeconds(10));
            await ExporterUnderTest.UntilAsync(() => store.Beats.Count == 3, "a beat with something to send");

            // At most one in an interval.
            await exporter.FlushAsync();
            await exporter.FlushAsync();
        }

        Assert.Equal([false, false, false, true], store.Beats.Select(b => b.Ends));
        Assert.Equal([0, 10, 20, 20], store.Beats.Select(b => (b.At - Calls.Noon).TotalSeconds).Select(seconds => Math.Floor(seconds / 10) * 10));
        Assert.Single(store.Beats.Select(b => b.Instance).Distinct());
        Assert.All(store.Beats, b => Assert.Equal((Environment.MachineName, Environment.ProcessId, TimeSpan.FromSeconds(10), false), (b.Host, b.ProcessId, b.Interval, b.Journal)));
    }

    [Fact]
    public async Task Beat_waits_until_everything_before_it_is_in_the_store()
    {
        var store = new FlakySpendStore();
        await using var exporter = await ExporterUnderTest.StartAsync(o => o.Interval = TimeSpan.FromSeconds(10), store);
        await ExporterUnderTest.UntilAsync(() => store.Beats.Count == 1, "the first beat");
        store.DownPartition = "";
        exporter.Call();
        for (var i = 0; i < 5; i++)
        {
            exporter.Time.Advance(TimeSpan.FromSeconds(10));
            Assert.NotNull((await exporter.FlushAsync()).Error);
        }

        Assert.Single(store.Beats);
        store.DownPartition = null;
        await exporter.PassTimeUntilAsync(() => store.Beats.Count > 1, "a beat after the flush that succeeds");
        Assert.Equal(0, exporter.Host.PendingRows);
    }

    [Fact]
    public async Task Beats_that_fail_hurt_no_flush()
    {
        var store = new FlakySpendStore { RefusesBeats = true };
        await using (var exporter = await ExporterUnderTest.StartAsync(o => o.Interval = TimeSpan.FromSeconds(10), store))
        {
            exporter.Call();
            Assert.Equal(new FlushResult(1, 0, null), await exporter.FlushAsync());
        }

        Assert.Equal(1, store.Sum(SpendMeasure.Calls));
        Assert.Empty(store.Beats);
    }

    [Fact]
    public async Task End_with_something_left_is_not_taken_off_the_list()
    {
        var store = new FlakySpendStore();
        await using (var exporter = await ExporterUnderTest.StartAsync(o => o.Interval = TimeSpan.FromSeconds(10), store))
        {
            store.DownPartition = "";
            exporter.Call();
        }

        Assert.DoesNotContain(store.Beats, b => b.Ends);
    }

    [Theory]
    [InlineData(false, "is missing: one interval (00:00:10)")]
    [InlineData(true, "is in its journal")]
    [InlineData(true, "Of a service, which has no journal, nothing is missing")]
    public async Task Dead_exporter_is_told_with_what_became_of_its_spend(bool journal, string what)
    {
        var store = new FlakySpendStore();
        store.Dead.Enqueue(new ExporterBeat("abc", "host-7", 42, Calls.Noon.AddMinutes(-3), TimeSpan.FromSeconds(10), journal));
        await using var exporter = await ExporterUnderTest.StartAsync(configure: null, store);
        await ExporterUnderTest.UntilAsync(() => exporter.Log.Lines.Count > 0, "it is told");

        var (level, text) = Assert.Single(exporter.Log.Lines);
        Assert.Equal(LogLevel.Warning, level);
        Assert.Contains("abc (process 42 on host-7)", text, StringComparison.Ordinal);
        Assert.Contains("2026-11-22T11:57:00", text, StringComparison.Ordinal);
        Assert.Contains(what, text, StringComparison.Ordinal);
    }
}
