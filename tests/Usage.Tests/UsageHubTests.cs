namespace LlmTelemetry.Usage.Tests;

public sealed class UsageHubTests
{
    private readonly UsageHub _hub = new();

    [Fact]
    public void Event_reaches_every_sink_that_is_subscribed_at_the_time()
    {
        var first = new CollectingSink();
        var second = new CollectingSink();
        Assert.False(_hub.HasSinks);

        using (_hub.Subscribe(first))
        {
            _hub.Publish(Event(1));
            using (_hub.Subscribe(second))
            {
                _hub.Publish(Event(2));
            }

            _hub.Publish(Event(3));
        }

        _hub.Publish(Event(4));
        Assert.Equal([1, 2, 3], first.Seen);
        Assert.Equal([2], second.Seen);
        Assert.False(_hub.HasSinks);
    }

    [Fact]
    public void Figure_reaches_the_sinks_that_take_figures_and_passes_those_for_calls()
    {
        var calls = new CollectingSink();
        var figures = new FigureSink();
        List<Exception> errors = [];
        using var one = _hub.Subscribe(calls);
        using var two = _hub.Subscribe(new FigureSink { Fails = true });
        using var three = _hub.Subscribe(figures);

        _hub.Publish(new MetricEvent("session.duration", 12.5, "s", DateTimeOffset.UnixEpoch), (_, cause) => errors.Add(cause));

        Assert.Empty(calls.Seen);
        Assert.Equal(12.5, Assert.Single(figures.Seen).Value);
        Assert.Single(errors);
    }

    [Fact]
    public void Sink_subscribed_twice_gets_an_event_once()
    {
        var sink = new CollectingSink();
        using var one = _hub.Subscribe(sink);
        using var two = _hub.Subscribe(sink);

        _hub.Publish(Event(1));

        Assert.Equal([1], sink.Seen);
    }

    [Fact]
    public void Subscription_disposed_twice_leaves_a_later_one_alone()
    {
        var sink = new CollectingSink();
        var earlier = _hub.Subscribe(sink);
        earlier.Dispose();
        using var later = _hub.Subscribe(sink);
        earlier.Dispose();

        _hub.Publish(Event(1));

        Assert.Equal([1], sink.Seen);
    }

    [Fact]
    public void Sink_that_throws_harms_neither_the_caller_nor_its_neighbours()
    {
        var broken = new BrokenSink();
        var sink = new CollectingSink();
        using var one = _hub.Subscribe(broken);
        using var two = _hub.Subscribe(sink);
        var errors = new List<(IUsageSink Sink, string Message)>();

        _hub.Publish(Event(1), (s, e) => errors.Add((s, e.Message)));
        _hub.Publish(Event(2));

        Assert.Equal([1, 2], sink.Seen);
        Assert.Equal([(broken, "out of order")], errors);
    }

    [Fact]
    public async Task Subscriptions_may_change_while_events_are_published()
    {
        var lasting = new CollectingSink();
        using var subscription = _hub.Subscribe(lasting);
        using var done = new CancellationTokenSource();
        var changing = Task.Run(() =>
        {
            while (!done.IsCancellationRequested)
            {
                _hub.Subscribe(new CollectingSink()).Dispose();
            }
        }, TestContext.Current.CancellationToken);

        for (var i = 0; i < 10_000; i++)
        {
            _hub.Publish(Event(i));
        }

        await done.CancelAsync();
        await changing;
        Assert.Equal(10_000, lasting.Seen.Count);
    }

    private static UsageEvent Event(int seconds) =>
        new() { CallId = Guid.NewGuid(), EndedAt = DateTimeOffset.UnixEpoch, Operation = "chat", Duration = TimeSpan.FromSeconds(seconds) };

    private sealed class CollectingSink : IUsageSink
    {
        public List<int> Seen { get; } = [];

        public void Record(in UsageEvent usageEvent) => Seen.Add((int)usageEvent.Duration.TotalSeconds);
    }

    private sealed class BrokenSink : IUsageSink
    {
        public void Record(in UsageEvent usageEvent) => throw new InvalidOperationException("out of order");
    }

    private sealed class FigureSink : IUsageSink
    {
        public List<MetricEvent> Seen { get; } = [];

        public bool Fails { get; init; }

        public void Record(in UsageEvent usageEvent) => throw new InvalidOperationException("No call was published.");

        public void Record(in MetricEvent metricEvent)
        {
            if (Fails)
            {
                throw new InvalidOperationException();
            }

            Seen.Add(metricEvent);
        }
    }
}
