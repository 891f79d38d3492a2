using System.Collections.Concurrent;
using System.Diagnostics;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace LlmTelemetry.Instrumentation.Tests;

/// <summary>The public doors, with the process's own meter, source and hub: each test looks only at the calls of a user of its own.</summary>
public sealed class DoorTests
{
    private readonly string _user = "user-" + Guid.NewGuid().ToString("N");

    [Fact]
    public async Task Client_publishes_to_the_default_hub_unless_told_otherwise()
    {
        var sink = new Collected();
        using var subscription = UsageHub.Default.Subscribe(sink);
        using var client = new ScriptedChatClient().UseUsageTracking();

        await CallAsync(client);

        Assert.Single(sink.Events, e => e.Attribution.User == _user);
    }

    [Fact]
    public async Task Services_give_what_they_hold_and_the_callback_has_the_last_word()
    {
        var (registered, configured, time) = (new Collected(), new Collected(), new ManualTime());
        var (hub, other) = (new UsageHub(), new UsageHub());
        hub.Subscribe(registered);
        other.Subscribe(configured);
        var services = new Services { [typeof(UsageHub)] = hub, [typeof(TimeProvider)] = time, [typeof(UsageTrackingOptions)] = new UsageTrackingOptions { Attribution = () => new Attribution(Feature: "from-options") } };
        using var client = new ScriptedChatClient().UseUsageTracking(services);
        using var changed = new ScriptedChatClient().UseUsageTracking(services, o => o.Hub = other);

        await CallAsync(client);
        await CallAsync(changed);

        var call = Assert.Single(registered.Events);
        Assert.Equal((time.GetUtcNow(), "from-options"), (call.EndedAt, call.Attribution.Feature));
        Assert.Single(configured.Events);
    }

    [Fact]
    public async Task Options_are_read_once()
    {
        UsageTrackingOptions? kept = null;
        var sink = new Collected();
        var hub = new UsageHub();
        hub.Subscribe(sink);
        using var client = new ScriptedChatClient().UseUsageTracking(o =>
        {
            o.Hub = hub;
            kept = o;
        });
        kept!.Hub = new UsageHub();
        kept.Attribution = () => new Attribution(User: "late");

        await CallAsync(client);

        Assert.Equal(_user, Assert.Single(sink.Events).Attribution.User);
    }

    [Fact]
    public void Options_guard_themselves()
    {
        var options = new UsageTrackingOptions();

        Assert.Throws<ArgumentOutOfRangeException>(() => options.MaxAttributeValues = -1);
        Assert.Throws<ArgumentNullException>(() => options.Hub = null!);
        Assert.Throws<ArgumentNullException>(() => options.Prices = null!);
        Assert.Throws<ArgumentNullException>(() => options.TimeProvider = null!);
        Assert.Equal((200, true, UsageHub.Default, PriceBook.Embedded), (options.MaxAttributeValues, options.SpanCost, options.Hub, options.Prices));
    }

    [Fact]
    public async Task Providers_of_the_sdk_collect_metrics_and_spans()
    {
        var metrics = new ConcurrentBag<string>();
        var spans = new ConcurrentBag<Activity>();
        using var meters = Sdk.CreateMeterProviderBuilder().AddUsageTracking().AddReader(new BaseExportingMetricReader(new Names(metrics))).Build();
        using var tracers = Sdk.CreateTracerProviderBuilder().AddUsageTracking().AddProcessor(new Ended(spans)).Build();
        using var client = new ScriptedChatClient().UseUsageTracking();

        await CallAsync(client);
        meters.ForceFlush();

        Assert.Contains(Vocabulary.GenAi.OperationDuration, metrics);
        Assert.Contains(Vocabulary.Metrics.UsageCalls, metrics);
        Assert.Contains(spans, span => (string?)span.GetTagItem(Vocabulary.Attributes.UserId) == _user);
    }

    [Fact]
    public void Null_is_refused()
    {
        Assert.Throws<ArgumentNullException>(() => ((IChatClient)null!).UseUsageTracking());
        Assert.Throws<ArgumentNullException>(() => new ScriptedChatClient().UseUsageTracking((IServiceProvider)null!));
    }

    private Task<ChatResponse> CallAsync(IChatClient client) =>
        client.GetResponseAsync("Hi", new ChatOptions { AdditionalProperties = new() { [Vocabulary.Options.User] = _user } }, TestContext.Current.CancellationToken);

    private sealed class Collected : IUsageSink
    {
        public ConcurrentQueue<UsageEvent> Events { get; } = new();

        public void Record(in UsageEvent usageEvent) => Events.Enqueue(usageEvent);
    }

    private sealed class Services : Dictionary<Type, object>, IServiceProvider
    {
        public object? GetService(Type serviceType) => TryGetValue(serviceType, out var service) ? service : null;
    }

    private sealed class Names(ConcurrentBag<string> names) : BaseExporter<Metric>
    {
        public override ExportResult Export(in Batch<Metric> batch)
        {
            foreach (var metric in batch)
            {
                names.Add(metric.Name);
            }

            return ExportResult.Success;
        }
    }

    private sealed class Ended(ConcurrentBag<Activity> spans) : BaseProcessor<Activity>
    {
        public override void OnEnd(Activity data) => spans.Add(data);
    }
}
