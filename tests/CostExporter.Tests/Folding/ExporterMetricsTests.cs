using System.Diagnostics.Metrics;
using System.Diagnostics.Tracing;

namespace LlmTelemetry.CostExporter.Tests;

// Counters and gauges are the process's: what other tests do meanwhile would be in them.
[CollectionDefinition(DisableParallelization = true)]
public sealed class ProcessWide;

[Collection<ProcessWide>]
public sealed class ExporterMetricsTests
{
    [Fact]
    public async Task Pending_rows_and_lag_grow_while_the_store_is_down_and_are_zero_after_it()
    {
        using var meter = new Listener();
        await using var exporter = await ExporterUnderTest.StartAsync(o => o.Interval = Timeout.InfiniteTimeSpan);
        Assert.Equal((0, 0), (meter.Gauge("llm.exporter.pending_rows"), meter.Gauge("llm.exporter.lag")));
        exporter.Store.IsDown = true;
        exporter.Call();
        exporter.Call(user: "bob");
        await exporter.FlushAsync();
        exporter.Time.Advance(TimeSpan.FromSeconds(40));
        exporter.Call(user: "carol");

        Assert.Equal((3, 40), (meter.Gauge("llm.exporter.pending_rows"), meter.Gauge("llm.exporter.lag")));

        exporter.Store.IsDown = false;
        await exporter.FlushAsync();
        Assert.Equal((0, 0), (meter.Gauge("llm.exporter.pending_rows"), meter.Gauge("llm.exporter.lag")));
    }

    [Fact]
    public async Task Flushes_count_failures_and_successes_apart()
    {
        using var meter = new Listener();
        await using var exporter = await ExporterUnderTest.StartAsync(o => o.Interval = Timeout.InfiniteTimeSpan);
        exporter.Store.Meet(Fault.Refuse);
        exporter.Call();

        await exporter.FlushAsync();
        await exporter.FlushAsync();

        Assert.Equal((1, 1), (meter.Counter("llm.exporter.flushes/failed"), meter.Counter("llm.exporter.flushes/ok")));
    }

    [Fact]
    public async Task What_the_end_leaves_behind_is_counted_and_told_by_the_event_source()
    {
        using var meter = new Listener();
        using var events = new Events();
        var exporter = await ExporterUnderTest.StartAsync();
        exporter.Store.IsDown = true;
        exporter.Call();
        exporter.Call(user: "bob");

        await exporter.DisposeAsync();
        exporter.Host.Folder.Record(Calls.Make());

        Assert.Equal(3, meter.Counter("llm.exporter.dropped/shutdown"));
        Assert.Contains("Dropped shutdown 2 IOException: The store is down.", events.Lines);
        Assert.Contains(events.Lines, l => l.StartsWith("FlushFailed System.IO.IOException The store is down.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Lost_by_the_store_is_counted_in_rows()
    {
        using var meter = new Listener();
        await using var exporter = await ExporterUnderTest.StartAsync(o => o.Interval = Timeout.InfiniteTimeSpan);
        for (var i = 0; i < 3; i++)
        {
            exporter.Call();
            exporter.Call(user: "bob");
            await exporter.FlushAsync();
            exporter.Time.Advance(TimeSpan.FromSeconds(6));
        }

        exporter.Store.LoseLast(int.MaxValue);
        exporter.Call();
        await exporter.FlushAsync();

        Assert.Equal(4, meter.Counter("llm.exporter.dropped/store_lost"));
    }

    [Fact]
    public void Increment_without_room_of_its_own_is_counted_as_folded()
    {
        using var meter = new Listener();
        var folder = new SpendFolder(TimeZoneInfo.Utc, TimeProvider.System, maxRows: 2);

        for (var i = 0; i < 5; i++)
        {
            folder.Record(Calls.Make(user: i.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        }

        Assert.Equal(3, meter.Counter("llm.exporter.folded"));
    }

    [Fact]
    public async Task Journal_tells_what_it_holds_and_counts_what_it_has_no_room_for()
    {
        using var meter = new Listener();
        await using var journal = new JournalUnderTest();
        await using var exporter = await journal.StartAsync(o => o.JournalMaxBytes = 1 << 20);
        Assert.Equal(0, meter.Gauge("llm.exporter.journal.frames"));
        journal.Call(exporter);
        journal.Call(exporter, user: "bob");

        Assert.Equal(2, meter.Gauge("llm.exporter.journal.frames"));
        Assert.InRange(meter.Gauge("llm.exporter.journal.bytes"), 1, 1 << 20);

        for (var i = 0; i < 6_000; i++)
        {
            journal.Call(exporter, user: i.ToString(System.Globalization.CultureInfo.InvariantCulture));
        }

        await ExporterUnderTest.UntilAsync(() => meter.Counter("llm.exporter.journal.missed") > 1_000, "rows without room are counted");
        Assert.Equal(6_002, meter.Gauge("llm.exporter.journal.frames") + meter.Counter("llm.exporter.journal.missed"));
    }

    [Fact]
    public async Task Exporters_that_ended_without_a_word_are_counted_by_what_became_of_their_spend()
    {
        using var meter = new Listener();
        var store = new FlakySpendStore();
        store.Dead.Enqueue(new ExporterBeat("a", "h", 1, Calls.Noon, TimeSpan.FromSeconds(10), Journal: false));
        store.Dead.Enqueue(new ExporterBeat("b", "h", 2, Calls.Noon, TimeSpan.FromSeconds(10), Journal: true));
        await using var exporter = await ExporterUnderTest.StartAsync(o => o.Interval = TimeSpan.FromSeconds(10), store);
        await exporter.PassTimeUntilAsync(() => store.Dead.IsEmpty && exporter.Log.Lines.Count == 2, "both are told");

        Assert.Equal((1, 1), (meter.Counter("llm.exporter.gaps/lost"), meter.Counter("llm.exporter.gaps/journal")));
    }

    private sealed class Listener : IDisposable
    {
        private readonly MeterListener _listener = new();
        private readonly Dictionary<string, double> _sums = [];
        private readonly Dictionary<string, double> _last = [];

        public Listener()
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == "LlmTelemetry.CostExporter")
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            };
            _listener.SetMeasurementEventCallback<long>((i, value, tags, _) => Take(i, value, tags));
            _listener.SetMeasurementEventCallback<double>((i, value, tags, _) => Take(i, value, tags));
            _listener.Start();
        }

        public double Counter(string name)
        {
            lock (_sums)
            {
                return _sums.GetValueOrDefault(name);
            }
        }

        public double Gauge(string name)
        {
            _listener.RecordObservableInstruments();
            lock (_sums)
            {
                return _last[name];
            }
        }

        public void Dispose() => _listener.Dispose();

        private void Take(Instrument instrument, double value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            var name = tags.Length == 0 ? instrument.Name : $"{instrument.Name}/{tags[0].Value}";
            lock (_sums)
            {
                _sums[name] = _sums.GetValueOrDefault(name) + value;
                _last[name] = value;
            }
        }
    }

    private sealed class Events : EventListener
    {
        private readonly List<string> _lines = [];

        public IReadOnlyList<string> Lines
        {
            get
            {
                lock (_lines)
                {
                    return [.. _lines];
                }
            }
        }

        protected override void OnEventSourceCreated(EventSource eventSource)
        {
            if (eventSource.Name == "OpenTelemetry-LlmTelemetry-CostExporter")
            {
                EnableEvents(eventSource, EventLevel.Verbose);
            }
        }

        protected override void OnEventWritten(EventWrittenEventArgs eventData)
        {
            if (_lines is null)
            {
                // The base constructor reports sources before the fields of this class are there.
                return;
            }

            lock (_lines)
            {
                _lines.Add(string.Join(' ', [eventData.EventName, .. eventData.Payload ?? []]));
            }
        }
    }
}
