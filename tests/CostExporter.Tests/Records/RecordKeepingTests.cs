using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;
using Microsoft.Extensions.Logging;

namespace LlmTelemetry.CostExporter.Tests.Records;

/// <summary>From the hub to the store of records.</summary>
[Collection<ProcessWide>]
public sealed class RecordKeepingTests : IAsyncDisposable
{
    private readonly ManualTime _time = new(Calls.Noon);
    private readonly FlakyRecordStore _store = new();
    private readonly UsageHub _hub = new();
    private readonly ListLogger<CostExporterHost> _log = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Every_call_is_a_record_after_a_flush()
    {
        await using var keeper = Start();
        Publish(3);
        Assert.Equal(0, await keeper.FlushAsync(Stop));
        var records = await keeper.Records.ReadAsync(new(), Stop).ToArrayAsync(Stop);
        Assert.Equal(3, records.Length);
        Assert.All(records, record => Assert.Equal(("alice", CallOutcome.Completed), (record.Attribution.User, record.Outcome)));
    }

    [Fact]
    public async Task Interval_writes_without_being_asked()
    {
        await using var keeper = Start();
        Publish(2);
        _time.Advance(TimeSpan.FromSeconds(10));
        await Eventually.HoldsAsync(() => Task.FromResult(_store.Count == 2), "the interval's write");
    }

    [Fact]
    public async Task Half_full_ring_is_written_before_the_interval()
    {
        await using var keeper = Start(maxRecords: 100);
        Publish(50);
        await Eventually.HoldsAsync(() => Task.FromResult(_store.Count == 50), "the early write");
    }

    [Fact]
    public async Task End_writes_what_is_left()
    {
        await using (Start())
        {
            Publish(4);
        }

        Assert.Equal(4, _store.Count);
    }

    [Fact]
    public async Task Tags_are_those_of_the_call_also_where_the_caller_changes_them_later()
    {
        await using var keeper = Start();
        var tags = new Dictionary<string, string> { ["plan"] = "gold" };
        var call = Calls.Make() with { CallId = Guid.NewGuid(), Attribution = new("ada", Tags: tags) };
        _hub.Publish(in call);
        tags["plan"] = "silver";
        call = call with { CallId = Guid.NewGuid() };
        _hub.Publish(in call);
        await keeper.FlushAsync(Stop);
        var plans = await keeper.Records.ReadAsync(new(), Stop).Select(record => record.Attribution.Tags!["plan"]).ToArrayAsync(Stop);
        Assert.Equal(["gold", "silver"], plans.Order());
    }

    [Fact]
    public async Task Store_that_fails_is_tried_again_and_keeps_the_latest_and_counts_the_others()
    {
        using var dropped = new MeasurementRecorder(Vocabulary.CostExporter);
        await using var keeper = Start(maxRecords: 10);
        _store.Down = true;
        Publish(6);
        Assert.Equal(6, await keeper.FlushAsync(Stop));
        Publish(7, from: 6);
        Assert.Equal(10, await keeper.FlushAsync(Stop));
        Assert.Equal(1, _log.Lines.Count(line => line.Level == LogLevel.Warning));
        var lost = Assert.Single(dropped.Of(Vocabulary.Metrics.RecordsDropped));
        Assert.Equal((3, "superseded"), (lost.Value, lost.Tags[Vocabulary.Attributes.Reason]));
        _store.Down = false;
        Assert.Equal(0, await keeper.FlushAsync(Stop));
        Assert.Equal(Enumerable.Range(3, 10), _store.Written.Select(record => (int)record.Usage!.Value[UsageBucket.Input]).Order());
        Assert.Contains(_log.Lines, line => line.Text.Contains("kept again", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Write_whose_answer_was_lost_doubles_nothing()
    {
        await using var keeper = Start();
        _store.LosesAnswers = true;
        Publish(5);
        Assert.Equal(5, await keeper.FlushAsync(Stop));
        _store.LosesAnswers = false;
        Assert.Equal(0, await keeper.FlushAsync(Stop));
        Assert.Equal(5, _store.Count);
    }

    [Fact]
    public async Task Store_that_hangs_is_given_up_at_its_limit_and_at_the_end()
    {
        var keeper = Start();
        _store.Hangs = true;
        Publish(1);
        var flush = keeper.FlushAsync(Stop);
        await PassTimeUntilAsync(() => flush.IsCompleted);
        Assert.Equal(1, await flush);
        var end = keeper.DisposeAsync().AsTask();
        await PassTimeUntilAsync(() => end.IsCompleted);
        await end;
    }

    [Fact]
    public async Task Records_that_cannot_be_written_do_not_touch_the_flush_of_spend()
    {
        await using var exporter = await ExporterUnderTest.StartAsync(options => options.Records.Path = "/dev/null/calls.jsonl");
        exporter.Call();
        var flushed = await exporter.FlushAsync();
        Assert.Equal((1, 0, null), (flushed.SentRows, flushed.PendingRows, flushed.Error));
        Assert.Contains(exporter.Log.Lines, line => line.Text.Contains("Records are not being kept", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Exporter_keeps_records_beside_the_ledger_unless_they_are_switched_off()
    {
        var folder = Directory.CreateTempSubdirectory("llmtelemetry-records-");
        try
        {
            foreach (var keep in new[] { RecordKeeping.Store, RecordKeeping.Memory, RecordKeeping.None })
            {
                var store = $"sqlite:{Path.Combine(folder.FullName, $"{keep}.db")}";
                await using var exporter = CostExporterHost.Start(options => (options.Store, options.Hub, options.Records.Keep) = (store, _hub, keep));
                Publish(2);
                await exporter.FlushAsync(Stop);
                Assert.Equal(keep != RecordKeeping.None, exporter.Records is not null);
                Assert.Equal(keep != RecordKeeping.None ? 2 : 0, exporter.Records is { } records ? await records.ReadAsync(new(), Stop).CountAsync(Stop) : 0);
                await using var outside = await UsageRecords.OpenAsync(store, cancellationToken: Stop);
                Assert.Equal(keep == RecordKeeping.Store ? 2 : 0, await outside.ReadAsync(new(), Stop).CountAsync(Stop));
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public void Options_changed_after_the_start_change_no_records()
    {
        var options = new CostExporterOptions();
        var copy = options.Copy();
        options.Records.MaxRecords = 1;
        Assert.Equal(10_000, copy.Records.MaxRecords);
    }

    public ValueTask DisposeAsync() => _store.DisposeAsync();

    private RecordKeeper Start(int maxRecords = 10_000)
    {
        var options = new CostExporterOptions { TimeProvider = _time };
        options.Records.MaxRecords = maxRecords;
        var keeper = new RecordKeeper(_store, options, _log);
        keeper.Subscribe(_hub);
        keeper.Start(options.Interval);
        return keeper;
    }

    private void Publish(int count, int from = 0)
    {
        for (var i = 0; i < count; i++)
        {
            var call = Calls.Make(input: from + i, at: Calls.Noon.AddSeconds(from + i));
            _hub.Publish(in call);
        }
    }

    private Task PassTimeUntilAsync(Func<bool> condition) => Eventually.HoldsAsync(
        () =>
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            return Task.FromResult(condition());
        },
        "the time limit");
}
