using LlmTelemetry.CostExporter.Tests.Records;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Resources;

namespace LlmTelemetry.CostExporter.Tests.Emitting;

public sealed class UsageEventOtlpTests : IDisposable
{
    private readonly LogsEndpoint _endpoint = new();
    private readonly UsageHub _hub = new();
    private readonly ManualTime _time = new(Calls.Noon);
    private readonly ListLogger<UsageEventOtlp> _log = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _endpoint.Dispose();

    [Fact]
    public async Task Event_arrives_as_a_log_record_with_all_that_is_known_of_it()
    {
        await using var events = Start(o => o.Resource = new Resource([new("service.name", "shop"), new("service.instance.id", "7")]));
        var call = RecordCases.Full(Calls.Noon).ToEvent();
        _hub.Publish(in call);

        Assert.True(await events.FlushAsync(Token));

        var log = Assert.Single(_endpoint.Taken);
        Assert.Equal(("llm.usage.event", "LlmTelemetry", UsageEventLog.Body(in call)), (log.EventName, log.Scope, log.Body));
        Assert.Equal((ulong)Calls.Noon.ToUnixTimeMilliseconds() * 1_000_000, log.UnixNano);
        Assert.Equal(("shop", "7"), (log.Resource["service.name"], log.Resource["service.instance.id"]));
        Assert.Equal("/v1/logs", Assert.Single(_endpoint.Requests).Path);
        Assert.Equal(
            ["error.type", "gen_ai.operation.name", "gen_ai.provider.name", "gen_ai.request.model", "gen_ai.response.model", "gen_ai.usage.cost.amount", "gen_ai.usage.input_tokens",
                "gen_ai.usage.output_tokens", "llm.cost.quality", "llm.feature", "llm.outcome", "llm.tenant", "user.hash"],
            log.Attributes.Keys.Order(StringComparer.Ordinal));
        Assert.Equal((long.MaxValue, "failed"), (log.Attributes["gen_ai.usage.input_tokens"], log.Attributes["llm.outcome"]));
    }

    [Fact]
    public async Task Unknown_cost_and_usage_are_no_attributes_rather_than_zero()
    {
        await using var events = Start();
        Publish(Calls.Make(quality: CostQuality.Unmeasured));

        await events.FlushAsync(Token);

        var log = Assert.Single(_endpoint.Taken);
        Assert.DoesNotContain(log.Attributes.Keys, name => name.StartsWith("gen_ai.usage", StringComparison.Ordinal));
        Assert.Equal(("alice", "search"), (log.Attributes["user.id"], log.Attributes["llm.feature"]));
    }

    [Fact]
    public async Task Any_event_is_received_as_it_was_published()
    {
        var random = new Random(7);
        await using var events = Start(o => o.BatchSize = 64);
        var published = Enumerable.Range(0, 400).Select(_ => RandomRecord.Make(random).ToEvent()).ToArray();
        foreach (var call in published)
        {
            _hub.Publish(in call);
        }

        Assert.True(await events.FlushAsync(Token));

        Assert.Equal(published.Select(call => UsageEventLog.Body(in call)), _endpoint.Taken.Select(log => log.Body));
        Assert.All(_endpoint.Requests, request => Assert.InRange(request.Records, 1, 64));
    }

    [Fact]
    public async Task What_waits_is_sent_by_itself_after_the_interval()
    {
        await using var events = Start();
        Publish(Calls.Make());
        Assert.Empty(_endpoint.Requests);

        _time.Advance(TimeSpan.FromSeconds(1));

        await Eventually.HoldsAsync(() => Task.FromResult(_endpoint.Taken.Count == 1 && events.PendingEvents == 0), "the event is sent");
    }

    [Fact]
    public async Task Enough_for_a_request_is_sent_without_waiting()
    {
        await using var events = Start(o => o.BatchSize = 5);
        for (var n = 0; n < 12; n++)
        {
            Publish(Calls.Make(input: n));
        }

        await Eventually.HoldsAsync(() => Task.FromResult(_endpoint.Taken.Count >= 10), "ten of twelve events are sent");
        Assert.True(await events.FlushAsync(Token));
        Assert.Equal(Enumerable.Range(0, 12).Select(n => (long)n), _endpoint.Events.Select(e => e.Usage!.Value[UsageBucket.Input]));
    }

    [Theory]
    [InlineData(503)]
    [InlineData(429)]
    [InlineData(500)]
    [InlineData(401)]
    [InlineData(404)]
    public async Task What_is_not_taken_is_sent_again_until_it_is(int status)
    {
        await using var events = Start();
        _endpoint.Answer = _ => new LogsReply(status);
        Publish(Calls.Make(user: "ada"));
        Publish(Calls.Make(user: "bob"));

        Assert.False(await events.FlushAsync(Token));
        Assert.False(await events.FlushAsync(Token));
        Assert.Equal(2, events.PendingEvents);
        _endpoint.Answer = static _ => null;
        var before = _endpoint.Requests.Count;
        _time.Advance(TimeSpan.FromSeconds(1));

        await Eventually.HoldsAsync(() => Task.FromResult(_endpoint.Taken.Count == 2 && events.PendingEvents == 0), "both events are sent");
        Assert.Equal(["ada", "bob"], _endpoint.Events.Select(e => e.Attribution.User));
        Assert.Equal(before + 1, _endpoint.Requests.Count);
        Assert.Contains($"HTTP {status}", Assert.Single(_log.Lines, line => line.Level == LogLevel.Error).Text, StringComparison.Ordinal);
        Assert.Single(_log.Lines, line => line.Text.Contains("again; what waited", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Receiver_that_says_when_is_not_asked_before()
    {
        await using var events = Start();
        _endpoint.Answer = _ => new LogsReply(503, RetryAfter: "30");
        Publish(Calls.Make());
        Assert.False(await events.FlushAsync(Token));
        _endpoint.Answer = static _ => null;

        _time.Advance(TimeSpan.FromSeconds(29));
        Assert.Single(_endpoint.Requests);
        _time.Advance(TimeSpan.FromSeconds(1));

        await Eventually.HoldsAsync(() => Task.FromResult(_endpoint.Taken.Count == 1), "the event is sent when it was asked for");
    }

    [Fact]
    public async Task Failure_that_comes_late_is_not_taken_for_success()
    {
        // The SDK's flush comes back after a second, whether or not the request was answered.
        await using var events = Start();
        _endpoint.Answer = _ => new LogsReply(503, After: Task.Delay(TimeSpan.FromSeconds(1.3), Token));
        Publish(Calls.Make());

        Assert.False(await events.FlushAsync(Token));

        Assert.Equal(1, events.PendingEvents);
        _endpoint.Answer = static _ => null;
        Assert.True(await events.FlushAsync(Token));
        Assert.Single(_endpoint.Taken);
    }

    [Fact]
    public async Task Nobody_there_costs_a_call_nothing_and_a_flush_says_so()
    {
        await using var events = Start(o =>
        {
            (o.TimeProvider, o.ShutdownTimeout) = (TimeProvider.System, TimeSpan.FromMilliseconds(100));
            o.Endpoint = new Uri($"http://127.0.0.1:{Server.FreePort()}");
        });
        Publish(Calls.Make());

        Assert.False(await events.FlushAsync(Token));
        Assert.Equal(1, events.PendingEvents);
    }

    [Fact]
    public async Task Registered_tags_are_those_of_the_moment_of_the_call()
    {
        await using var events = Start();
        var tags = new Dictionary<string, string> { ["plan"] = "pro" };
        Publish(Calls.Make() with { Attribution = new Attribution(Tags: tags) });
        tags["plan"] = "free";

        await events.FlushAsync(Token);

        Assert.Equal("pro", Assert.Single(_endpoint.Events).Attribution.Tags!["plan"]);
    }

    [Fact]
    public async Task Headers_and_whole_addresses_are_sent_as_they_are_set()
    {
        await using var events = Start(o => (o.Headers, o.Endpoint) = ("X-Api-Key=k%20ey,Other=2", new Uri(_endpoint.Address, "/otlp/v1/logs")));
        Publish(Calls.Make());

        Assert.True(await events.FlushAsync(Token));

        var (path, headers, _) = Assert.Single(_endpoint.Requests);
        Assert.Equal(("/otlp/v1/logs", "k ey", "2"), (path, headers["X-Api-Key"], headers["Other"]));
    }

    [Fact]
    public async Task Exporter_that_books_the_same_calls_in_this_process_is_warned_of_by_name()
    {
        await using var exporter = CostExporterHost.Start(o => (o.Store, o.Hub) = ("sqlite::memory:", _hub));
        await using var events = Start();
        Publish(Calls.Make());
        await events.FlushAsync(Token);
        Publish(Calls.Make());
        await events.FlushAsync(Token);

        Assert.Contains("AddCostExporter", Assert.Single(_log.Lines, line => line.Level == LogLevel.Warning).Text, StringComparison.Ordinal);
    }

    private UsageEventOtlp Start(Action<UsageEventOtlpOptions>? configure = null) => EventsUnderTest.Start(_endpoint, _hub, _time, _log, configure);

    private void Publish(UsageEvent call) => _hub.Publish(in call);
}
