using System.Text;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;
using Microsoft.Extensions.Logging;

namespace LlmTelemetry.CostExporter.Tests.Emitting;

/// <summary>What is lost is counted by reason. One after the other: the counters are the process's.</summary>
[Collection(nameof(ProcessWide))]
public sealed class DroppedEventTests : IDisposable
{
    private readonly LogsEndpoint _endpoint = new();
    private readonly UsageHub _hub = new();
    private readonly ListLogger<UsageEventOtlp> _log = new();
    private readonly MeasurementRecorder _measured = new("LlmTelemetry.CostExporter", "llm.events.sent", "llm.events.dropped", "llm.events.queued");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _endpoint.Dispose();
        _measured.Dispose();
    }

    [Fact]
    public async Task More_than_may_wait_are_dropped_and_those_that_wait_arrive()
    {
        _endpoint.Answer = static _ => new LogsReply(503);
        await using var events = Start(o => (o.QueueSize, o.BatchSize) = (10, 4));
        Publish(15);

        Assert.False(await events.FlushAsync(Token));
        Assert.Equal((5, 10, 10), (Dropped("overflow"), events.PendingEvents, (int)Assert.Single(_measured.Of("llm.events.queued")).Value));
        _endpoint.Answer = static _ => null;
        Assert.True(await events.FlushAsync(Token));

        Assert.Equal(Enumerable.Range(0, 10).Select(n => (long)n), _endpoint.Events.Select(e => e.Usage!.Value[UsageBucket.Input]));
        Assert.Equal((10, 0), (Sent(), events.PendingEvents));
        Assert.Single(_log.Lines, line => line.Level == LogLevel.Error && line.Text.Contains("as many as may", StringComparison.Ordinal));
    }

    [Fact]
    public async Task One_that_is_not_understood_is_dropped_and_its_neighbours_arrive()
    {
        _endpoint.Answer = static logs => logs.Any(log => log.Event.Attribution.Feature == "poison") ? new LogsReply(400, Body: [0x08, 3, 0x12, 5, .. "wrong"u8]) : null;
        await using var events = Start();
        for (var n = 0; n < 9; n++)
        {
            var call = Calls.Make(input: n, feature: n == 6 ? "poison" : "search");
            _hub.Publish(in call);
        }

        Assert.True(await events.FlushAsync(Token));

        Assert.Equal([0L, 1, 2, 3, 4, 5, 7, 8], _endpoint.Events.Select(e => e.Usage!.Value[UsageBucket.Input]));
        Assert.Equal((8, 1, 0), (Sent(), Dropped("refused"), events.PendingEvents));
        Assert.Contains("HTTP 400 (wrong)", Assert.Single(_log.Lines, line => line.Level == LogLevel.Error).Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Request_that_is_too_large_is_sent_in_parts()
    {
        _endpoint.Answer = static logs => logs.Count > 3 ? new LogsReply(413) : null;
        await using var events = Start();
        Publish(10);

        Assert.True(await events.FlushAsync(Token));

        Assert.Equal(Enumerable.Range(0, 10).Select(n => (long)n), _endpoint.Events.Select(e => e.Usage!.Value[UsageBucket.Input]));
        Assert.Equal((10, 0), (Sent(), Dropped("refused")));
    }

    [Fact]
    public async Task What_the_receiver_takes_in_part_is_counted_in_part()
    {
        byte[] partial = [0x08, 2, 0x12, 7, .. "too old"u8];
        _endpoint.Answer = _ => new LogsReply(200, Body: [0x0a, (byte)partial.Length, .. partial]);
        await using var events = Start();
        Publish(5);

        Assert.True(await events.FlushAsync(Token));

        Assert.Equal((3, 2), (Sent(), Dropped("refused")));
        Assert.Contains("too old", Assert.Single(_log.Lines, line => line.Level == LogLevel.Error).Text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("not protobuf at all")]
    [InlineData("\u000a\u007f")]
    [InlineData("")]
    public async Task Answer_that_is_none_is_what_its_status_says(string body)
    {
        _endpoint.Answer = _ => new LogsReply(200, Body: Encoding.UTF8.GetBytes(body));
        await using var events = Start();
        Publish(1);

        Assert.True(await events.FlushAsync(Token));
        Assert.Equal((1, 0), (Sent(), Dropped("refused")));
    }

    [Fact]
    public async Task End_of_the_process_sends_what_is_left()
    {
        var events = Start();
        Publish(7);

        await events.DisposeAsync();

        Assert.Equal((7, 0), (_endpoint.Taken.Count, events.PendingEvents));
        Assert.False(_hub.HasSinks);
    }

    [Fact]
    public async Task End_of_the_process_tries_again_within_its_time()
    {
        var attempts = 0;
        _endpoint.Answer = _ => Interlocked.Increment(ref attempts) < 3 ? new LogsReply(503) : null;
        var events = Start(o => o.ShutdownTimeout = TimeSpan.FromSeconds(30));
        Publish(2);

        await events.DisposeAsync();

        Assert.Equal((2, 0), (_endpoint.Taken.Count, Dropped("shutdown")));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task End_of_the_process_waits_no_longer_than_its_time_and_says_what_is_lost(bool hangs)
    {
        using var over = new CancellationTokenSource();
        _endpoint.Answer = _ => new LogsReply(503, After: hangs ? Task.Delay(Timeout.InfiniteTimeSpan, over.Token).ContinueWith(static _ => { }, TaskScheduler.Default) : null);
        var events = Start(o => (o.ShutdownTimeout, o.Timeout) = (TimeSpan.FromMilliseconds(300), TimeSpan.FromMinutes(10)));
        Publish(3);

        await events.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20), Token);

        Assert.Equal((3, 3), (Dropped("shutdown"), events.PendingEvents));
        Assert.Contains("3 usage events", Assert.Single(_log.Lines, line => line.Text.StartsWith("The process ends", StringComparison.Ordinal)).Text, StringComparison.Ordinal);
        await over.CancelAsync();
    }

    private UsageEventOtlp Start(Action<UsageEventOtlpOptions>? configure = null) => EventsUnderTest.Start(_endpoint, _hub, TimeProvider.System, _log, o =>
    {
        // Nothing is sent by itself.
        o.Interval = TimeSpan.FromDays(1);
        configure?.Invoke(o);
    });

    private void Publish(int calls)
    {
        for (var n = 0; n < calls; n++)
        {
            var call = Calls.Make(input: n);
            _hub.Publish(in call);
        }
    }

    private int Sent() => (int)_measured.Of("llm.events.sent").Sum(m => m.Value);

    private int Dropped(string reason) => (int)_measured.Of("llm.events.dropped").Where(m => (string)m.Tags["llm.exporter.reason"]! == reason).Sum(m => m.Value);
}
