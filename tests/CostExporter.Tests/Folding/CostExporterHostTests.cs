using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;
using Microsoft.Extensions.Logging;

namespace LlmTelemetry.CostExporter.Tests;

public sealed class CostExporterHostTests
{
    private const byte Tokens = 32; // SpendMeasure.Usage(UsageBucket.Input)

    [Fact]
    public async Task Console_exporter_keeps_what_a_hub_publishes_in_a_file()
    {
        var file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".db");
        try
        {
            var hub = new UsageHub();
            using (var exporter = CostExporterHost.Start(o => (o.Store, o.Hub) = ("sqlite:" + file, hub)))
            {
                Assert.True(SpendFolder.IsActiveOn(hub));
                var call = Calls.Make(input: 1_000, output: 10, picoPerInput: 3_000_001, at: DateTimeOffset.UtcNow);
                hub.Publish(in call);
                Assert.Equal(1, (await exporter.FlushAsync(TestContext.Current.CancellationToken)).SentRows);
                hub.Publish(in call);
            }

            Assert.False(SpendFolder.IsActiveOn(hub));
            using var again = CostExporterHost.Start(o => (o.Store, o.Hub) = ("sqlite:" + file, hub));
            var today = again.Reports.Today;
            var report = await again.Reports.QueryAsync(new UsageReportQuery { From = today.AddDays(-1), To = today }, TestContext.Current.CancellationToken);
            Assert.Equal((2, 2 * (0.003000001m + 0.00015m)), (report.Total.Calls, report.Total.Cost));
        }
        finally
        {
            Array.ForEach(Directory.GetFiles(Path.GetTempPath(), Path.GetFileName(file) + "*"), File.Delete);
        }
    }

    [Fact]
    public void Bad_address_fails_at_once() =>
        Assert.Contains("sqlite:", Assert.Throws<FormatException>(() => CostExporterHost.Start(o => o.Store = "llmtelemetry.db")).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(25 * TimeSpan.TicksPerDay)]
    [InlineData(long.MaxValue)]
    public void Time_that_no_timer_takes_is_refused_where_it_is_set(long ticks)
    {
        var options = new CostExporterOptions();
        foreach (Action<TimeSpan> set in new Action<TimeSpan>[] { v => options.Interval = v, v => options.StoreTimeout = v, v => options.ShutdownTimeout = v })
        {
            Assert.Contains("24 days", Assert.Throws<ArgumentOutOfRangeException>(() => set(TimeSpan.FromTicks(ticks))).Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Options_changed_after_the_start_change_nothing()
    {
        var (hub, late) = (new UsageHub(), new UsageHub());
        CostExporterOptions? kept = null;
        await using var exporter = CostExporterHost.Start(o => (kept, o.Store, o.Hub) = (o, "sqlite::memory:", hub));
        var sink = new SpendFolder(TimeZoneInfo.Utc, TimeProvider.System);
        kept!.Hub = late;
        kept.DailyBudgets["total"] = 1;

        exporter.Subscribe(sink);

        Assert.False(late.HasSinks);
        Assert.NotSame(kept.DailyBudgets, kept.Copy().DailyBudgets);
    }

    [Fact]
    public void Store_of_another_time_zone_fails_the_start_and_names_both()
    {
        var file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName() + ".db");
        try
        {
            var hub = new UsageHub();
            CostExporterHost.Start(o => (o.Store, o.Hub) = ("sqlite:" + file, hub)).Dispose();

            var failure = Assert.ThrowsAny<InvalidOperationException>(
                () => CostExporterHost.Start(o => (o.Store, o.Hub, o.TimeZone) = ("sqlite:" + file, hub, TimeZoneInfo.FindSystemTimeZoneById("Asia/Tokyo"))));

            Assert.Contains("Asia/Tokyo", failure.Message, StringComparison.Ordinal);
            Assert.Contains("UTC", failure.Message, StringComparison.Ordinal);
            Assert.False(hub.HasSinks);
        }
        finally
        {
            Array.ForEach(Directory.GetFiles(Path.GetTempPath(), Path.GetFileName(file) + "*"), File.Delete);
        }
    }

    [Fact]
    public async Task Store_that_is_down_at_the_start_gets_everything_when_it_is_up()
    {
        var store = new FlakySpendStore { Opening = static () => throw new IOException("Nobody listens.") };
        await using var exporter = await ExporterUnderTest.StartAsync(store: store);
        Assert.Equal(LogLevel.Warning, Assert.Single(exporter.Log.Lines).Level);
        exporter.Call(input: 5);
        Assert.Contains("Nobody listens.", (await exporter.FlushAsync()).Error, StringComparison.Ordinal);

        store.Opening = static () => Task.CompletedTask;

        Assert.Equal(new FlushResult(1, 0, null), await exporter.FlushAsync());
        Assert.Equal(5, store.Sum(Tokens));
    }

    [Fact]
    public async Task Store_that_never_answers_at_the_start_is_given_up_and_tried_again()
    {
        var hang = new TaskCompletionSource();
        var store = new FlakySpendStore { Opening = () => hang.Task };
        var time = new ManualTime();
        var hub = new UsageHub();
        var host = new CostExporterHost(new CostExporterOptions { Hub = hub, TimeProvider = time }, store: store);
        var start = host.StartAsync(subscribe: true, TestContext.Current.CancellationToken);
        var call = Calls.Make(input: 4);
        hub.Publish(in call);
        await Advance(() => start.IsCompleted, "the start gives up");
        await start;

        store.Opening = () => Task.CompletedTask;
        await host.FlushAsync(TestContext.Current.CancellationToken);
        await host.FlushAsync(TestContext.Current.CancellationToken);

        Assert.Equal(4, store.Sum(Tokens));
        Assert.Equal(2, store.Opened);
        await host.DisposeAsync();

        Task Advance(Func<bool> until, string what) => Eventually.HoldsAsync(
            () =>
            {
                time.Advance(TimeSpan.FromSeconds(1));
                return Task.FromResult(until());
            },
            what);
    }

    [Fact]
    public async Task Dispose_sends_what_is_left_and_takes_nothing_more()
    {
        var exporter = await ExporterUnderTest.StartAsync(o => o.Interval = Timeout.InfiniteTimeSpan);
        exporter.Call(input: 8);

        await exporter.Host.DisposeAsync();
        exporter.Call(input: 100);
        await exporter.Host.DisposeAsync();

        Assert.Equal(8, exporter.Store.Sum(Tokens));
        Assert.True(exporter.Store.IsDisposed);
        Assert.False(exporter.Hub.HasSinks);
        Assert.Empty(exporter.Log.Lines);
    }

    [Fact]
    public async Task Dispose_tries_again_until_its_time_is_over()
    {
        var exporter = await ExporterUnderTest.StartAsync();
        exporter.Store.Meet(Fault.Refuse, Fault.ApplyAndLoseTheAnswer, Fault.Refuse);
        exporter.Call(input: 8);

        await exporter.DisposeAsync();

        Assert.Equal(8, exporter.Store.Sum(Tokens));
        Assert.Equal([LogLevel.Error, LogLevel.Information], exporter.Log.Lines.Select(l => l.Level));
    }

    [Fact]
    public async Task Reading_for_the_gauges_that_breaks_at_the_end_does_not_take_what_is_left_with_it()
    {
        var begun = new TaskCompletionSource();
        var store = new FlakySpendStore
        {
            Reading = async stop =>
            {
                var cut = new TaskCompletionSource();
                await using var end = stop.Register(cut.SetResult);
                begun.TrySetResult();
                await cut.Task;
                throw new IOException("The connection was cut.");
            },
        };
        var exporter = await ExporterUnderTest.StartAsync(o => (o.Interval, o.LedgerGauges) = (Timeout.InfiniteTimeSpan, true), store);
        await begun.Task;
        exporter.Call(input: 8);

        await exporter.Host.DisposeAsync();

        Assert.Equal(8, store.Sum(Tokens));
        Assert.Empty(exporter.Log.Lines);
    }

    [Theory]
    [InlineData(Fault.Refuse)]
    [InlineData(Fault.NeverAnswer)]
    public async Task Dispose_with_a_dead_store_ends_in_time_and_says_what_is_left(object fault)
    {
        var exporter = await ExporterUnderTest.StartAsync(o => o.ShutdownTimeout = TimeSpan.FromSeconds(3));
        exporter.Store.Meet([.. Enumerable.Repeat((Fault)fault, 1_000)]);
        exporter.Call();
        exporter.Call(user: "bob");
        var start = exporter.Time.GetUtcNow();

        await exporter.DisposeAsync();

        Assert.InRange(exporter.Time.GetUtcNow() - start, TimeSpan.Zero, TimeSpan.FromSeconds(5));
        Assert.Equal(2, exporter.Host.PendingRows);
        Assert.Contains(exporter.Log.Lines, l => l.Level == LogLevel.Error && l.Text.Contains("2 rows that the store did not acknowledge", StringComparison.Ordinal));
        Assert.Equal(0, exporter.Store.Sum(Tokens));
    }

    [Fact]
    public async Task Flush_after_the_end_answers()
    {
        var exporter = await ExporterUnderTest.StartAsync();
        exporter.Store.IsDown = true;
        exporter.Call();
        await exporter.DisposeAsync();

        Assert.NotNull((await exporter.FlushAsync()).Error);
    }

    [Fact]
    public async Task Cancelled_flush_ends_and_sending_goes_on()
    {
        await using var exporter = await ExporterUnderTest.StartAsync();
        exporter.Store.Meet(Fault.NeverAnswer);
        exporter.Call(input: 2);
        using var cancel = new CancellationTokenSource();
        var flush = exporter.Host.FlushAsync(cancel.Token);

        await cancel.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => flush);
        await exporter.PassTimeUntilAsync(() => exporter.Store.Sum(Tokens) == 2, "the batch arrives without the caller");
    }

    [Fact]
    public async Task Two_exporters_on_one_store_add_up()
    {
        var store = new FlakySpendStore();
        await using var one = await ExporterUnderTest.StartAsync(store: store);
        await using var two = await ExporterUnderTest.StartAsync(store: store);
        store.Meet(Fault.ApplyAndLoseTheAnswer, Fault.Refuse, Fault.None, Fault.ApplyAndLoseTheAnswer);
        for (var i = 0; i < 50; i++)
        {
            one.Call(input: 1);
            two.Call(input: 1_000);
            await Task.WhenAll(one.FlushAsync(), two.FlushAsync());
        }

        await one.PassTimeUntilAsync(() => one.Host.PendingRows == 0, "the first has sent everything");
        await two.PassTimeUntilAsync(() => two.Host.PendingRows == 0, "the second has sent everything");

        Assert.Equal(50_050, store.Sum(Tokens));
        Assert.Single(store.Rows);
    }

    [Fact]
    public async Task Exporter_without_a_subscription_takes_only_what_is_added()
    {
        var hub = new UsageHub();
        var store = new FlakySpendStore();
        var options = new CostExporterOptions { Hub = hub, TimeProvider = new ManualTime() };
        await using var host = new CostExporterHost(options, store: store);
        await host.StartAsync(subscribe: false, TestContext.Current.CancellationToken);
        Assert.False(SpendFolder.IsActiveOn(hub));
        var measures = new SpendMeasures();
        measures.Add(SpendMeasure.Calls, 3);

        host.Folder.Add(Calls.Noon, new SpendKey("openai", "gpt-5", null, null, null), measures);
        await host.FlushAsync(TestContext.Current.CancellationToken);

        Assert.Equal(3, store.Sum(SpendMeasure.Calls));
    }
}
