using System.Diagnostics;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation.Tests;

public sealed class ChargeTests : IDisposable
{
    private static readonly MarkupRules Rules = new()
    {
        Features = new Dictionary<string, decimal> { ["my-package"] = 10, ["gift"] = -100 },
        Tenants = new Dictionary<string, decimal> { ["acme"] = -20 },
        Providers = new Dictionary<string, decimal> { ["anthropic"] = 50 },
        FeatureModes = new Dictionary<string, TrackingMode> { ["secret"] = TrackingMode.None, ["internal"] = TrackingMode.Usage },
    };

    private readonly TrackedCalls _calls = new();
    private readonly ScriptedChatClient _provider = new()
    {
        // 1,001 input tokens at 0.15 USD and 100 output tokens at 0.60 USD per million: 0.00021015 USD.
        OnResponse = (options, _) => Task.FromResult(ScriptedChatClient.Answer(Usage(), options?.ModelId ?? "gpt-4o-mini")),
        OnStream = (_, _) => ScriptedChatClient.Stream(ScriptedChatClient.Text("Hi"), ScriptedChatClient.Text("!"), ScriptedChatClient.Usage(Usage())),
    };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _calls.Dispose();

    [Theory]
    [InlineData("MY_PACKAGE", "acme", 231_165_000L)] // 10 % more: the feature's, not the tenant's.
    [InlineData("search", "acme", 168_120_000L)] // 20 % less.
    [InlineData("gift", null, 0L)]
    [InlineData("search", null, null)] // No rule holds.
    [InlineData("internal", "acme", null)]
    public async Task Event_keeps_the_cost_and_what_is_charged_on_apart(string feature, string? tenant, long? charge)
    {
        using var client = Track();
        using (UsageScope.Begin(feature: feature, tenant: tenant))
        {
            await client.GetResponseAsync("Hi", cancellationToken: Stop);
            await client.GetStreamingResponseAsync("Hi", cancellationToken: Stop).ToListAsync(Stop);
        }

        Assert.Equal([210_150_000, 210_150_000], _calls.Events.Select(e => e.Cost.TotalPico));
        Assert.Equal([charge, charge], _calls.Events.Select(e => (long?)e.ChargePico));
    }

    [Fact]
    public async Task Charge_of_a_call_without_a_price_is_unknown()
    {
        using var client = Track();
        await client.GetResponseAsync("Hi", new ChatOptions { ModelId = "secret-model", AdditionalProperties = new() { [Options.Feature] = "my-package" } }, Stop);

        Assert.Equal((CostQuality.Unpriced, (Int128?)null), (_calls.Event.Quality, _calls.Event.ChargePico));
        Assert.Empty(_calls.Measurements.Of(Metrics.UsageCharge));
        Assert.Null(_calls.Span.GetTagItem(Attributes.ChargeAmount));
    }

    [Fact]
    public async Task Charge_is_a_counter_beside_the_cost_and_on_the_span()
    {
        using var client = Track();
        foreach (var feature in new[] { "my-package", "my-package", "gift", "internal" })
        {
            using (UsageScope.Begin(feature: feature))
            {
                await client.GetResponseAsync("Hi", cancellationToken: Stop);
            }
        }

        var charges = _calls.Measurements.Of(Metrics.UsageCharge).ToDictionary(m => (string)m.Tags[Attributes.Feature]!);
        Assert.Equal([("gift", 0d, "USD"), ("my-package", 0.00046233, "USD")], charges.Select(m => (m.Key, m.Value.Value, m.Value.Unit!)).Order());
        Assert.DoesNotContain(Attributes.UsageType, charges["my-package"].Tags.Keys);
        Assert.Equal(0.00084060, _calls.Measurements.Of(Metrics.UsageCost).Sum(m => m.Value), 12);
        Assert.Equal([0.000231165, 0.000231165, 0d, null], _calls.Spans.Select(span => (double?)span.GetTagItem(Attributes.ChargeAmount)));
    }

    [Fact]
    public async Task Span_has_no_charge_where_it_is_to_have_no_cost()
    {
        using var client = Track(o => o.SpanCost = false);
        using (UsageScope.Begin(feature: "my-package"))
        {
            await client.GetResponseAsync("Hi", cancellationToken: Stop);
        }

        Assert.Null(_calls.Span.GetTagItem(Attributes.ChargeAmount));
        Assert.Equal((Int128)231_165_000, _calls.Event.ChargePico);
    }

    [Fact]
    public async Task Charges_inside_the_span_of_another_library_add_up()
    {
        using var others = new ActivitySource(_calls.Name + "-others");
        using var listener = new ActivityListener { ShouldListenTo = source => source == others, Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded };
        ActivitySource.AddActivityListener(listener);
        using var surrounding = others.StartActivity("chat gpt-4o-mini")!.AddTag(GenAi.OperationName, "chat");
        using var client = Track();
        foreach (var feature in new[] { "my-package", "internal", "secret", "my-package" })
        {
            using (UsageScope.Begin(feature: feature))
            {
                await client.GetResponseAsync("Hi", cancellationToken: Stop);
            }
        }

        Assert.Equal(0.00046233, surrounding.GetTagItem(Attributes.ChargeAmount));
        Assert.Equal(0.00063045, (double)surrounding.GetTagItem(GenAi.UsageCostAmount)!, 12); // Of three calls: one is not tracked.
    }

    [Fact]
    public async Task Feature_that_is_not_tracked_leaves_no_trace_and_its_calls_are_untouched()
    {
        var messages = new ChatMessage[] { new(ChatRole.User, "Hi") };
        var response = ScriptedChatClient.Answer(Usage());
        var updates = new[] { ScriptedChatClient.Text("Hi"), ScriptedChatClient.Text("!"), ScriptedChatClient.Usage(Usage()) };
        IEnumerable<ChatMessage>? sent = null;
        using var bare = new Remembering(new ScriptedChatClient { OnResponse = (_, _) => Task.FromResult(response), OnStream = (_, _) => ScriptedChatClient.Stream(updates) }) { OnMessages = m => sent = m };
        using var client = _calls.Track(bare, o => o.Markup = Rules);
        var options = new ChatOptions { Temperature = 0.5f, AdditionalProperties = new() { [Options.Feature] = "Secret", ["theirs"] = 7 } };

        Assert.Same(response, await client.GetResponseAsync(messages, options, Stop));
        Assert.Same(messages, sent);
        Assert.Equal(updates, await client.GetStreamingResponseAsync(messages, options, Stop).ToListAsync(Stop));
        using (UsageScope.Begin(feature: "SECRET"))
        {
            Assert.Equal(updates, await client.GetStreamingResponseAsync(messages, cancellationToken: Stop).ToListAsync(Stop));
        }

        Assert.Equal(2, bare.Seen.OfType<ChatOptions>().Count(seen => seen.Temperature == 0.5f && seen.AdditionalProperties!.Single() is { Key: "theirs", Value: 7 }));
        Assert.Equal("Secret", options.AdditionalProperties[Options.Feature]);
        Assert.Empty(_calls.Events);
        Assert.Empty(_calls.Spans);
        Assert.All(
            new[] { Metrics.UsageCalls, Metrics.UsageTokens, Metrics.UsageCost, Metrics.UsageCharge, Metrics.UsageDuration, GenAi.TokenUsage, GenAi.OperationDuration, GenAi.TimeToFirstChunk, GenAi.TimePerOutputChunk },
            metric => Assert.Empty(_calls.Measurements.Of(metric)));
    }

    [Fact]
    public async Task Failure_of_a_call_that_is_not_tracked_reaches_the_caller_and_nobody_else()
    {
        var failure = new IOException("down");
        using var client = _calls.Track(
            new ScriptedChatClient { OnResponse = (_, _) => Task.FromException<ChatResponse>(failure), OnStream = (_, token) => ScriptedChatClient.StreamThen(failure, [ScriptedChatClient.Text("Hi")], token) },
            o => o.Markup = new() { DefaultMode = TrackingMode.None });

        Assert.Same(failure, await Assert.ThrowsAsync<IOException>(() => client.GetResponseAsync("Hi", cancellationToken: Stop)));
        Assert.Same(failure, await Assert.ThrowsAsync<IOException>(() => client.GetStreamingResponseAsync("Hi", cancellationToken: Stop).ToListAsync(Stop).AsTask()));

        Assert.Empty(_calls.Events);
        Assert.Empty(_calls.Spans);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Nested_trackers_of_one_set_of_rules_track_none_or_charge_once(bool isHidden)
    {
        using var inner = Track();
        using var client = _calls.Track(isHidden ? new Hiding(inner) : inner, o => o.Markup = Rules);
        foreach (var feature in new[] { "secret", "my-package" })
        {
            var options = new ChatOptions { AdditionalProperties = new() { [Options.Feature] = feature } };
            await client.GetResponseAsync("Hi", options, Stop);
            await client.GetStreamingResponseAsync("Hi", options, Stop).ToListAsync(Stop);
        }

        Assert.Equal([231_165_000, 231_165_000], _calls.Events.Select(e => e.ChargePico!.Value));
    }

    [Fact]
    public async Task Tracker_that_tracks_nothing_between_two_others_does_not_make_them_count_twice()
    {
        using var inner = _calls.Track(_provider);
        using var between = _calls.Track(new Hiding(inner), o => o.Markup = Rules);
        using var client = _calls.Track(new Hiding(between));
        var options = new ChatOptions { AdditionalProperties = new() { [Options.Feature] = "secret" } };

        await client.GetResponseAsync("Hi", options, Stop);
        await client.GetStreamingResponseAsync("Hi", options, Stop).ToListAsync(Stop);

        Assert.Equal(["secret", "secret"], _calls.Events.Select(e => e.Attribution.Feature));
    }

    [Fact]
    public async Task Call_that_a_tool_makes_inside_an_untracked_call_is_tracked_by_its_own_feature()
    {
        using var tool = Track();
        using var client = _calls.Track(
            new ScriptedChatClient
            {
                OnResponse = async (_, token) =>
                {
                    using (UsageScope.Begin(feature: "my-package"))
                    {
                        await tool.GetResponseAsync("Look this up", new ChatOptions { AdditionalProperties = new() { [Options.Feature] = "my-package" } }, token);
                    }

                    return ScriptedChatClient.Answer(Usage());
                },
            },
            o => o.Markup = Rules);

        await client.GetResponseAsync("Hi", new ChatOptions { AdditionalProperties = new() { [Options.Feature] = "secret" } }, Stop);

        Assert.Equal(("my-package", (Int128)231_165_000), (_calls.Event.Attribution.Feature, _calls.Event.ChargePico));
    }

    [Fact]
    public async Task Rules_come_from_the_services_unless_they_are_set()
    {
        var services = new Services { [typeof(UsageHub)] = _calls.Hub, [typeof(MarkupRules)] = Rules };
        using var registered = _provider.UseUsageTracking(services);
        using var set = _provider.UseUsageTracking(services, o => o.Markup = new() { Default = 100 });
        using (UsageScope.Begin(feature: "my-package"))
        {
            await registered.GetResponseAsync("Hi", cancellationToken: Stop);
            await set.GetResponseAsync("Hi", cancellationToken: Stop);
        }

        Assert.Equal([231_165_000, 420_300_000], _calls.Events.Select(e => e.ChargePico!.Value));
        Assert.Null(new UsageTrackingOptions().Markup);
    }

    [Fact]
    public async Task Calls_at_the_same_time_are_each_charged_by_their_own_feature()
    {
        using var client = Track();
        string[] features = ["my-package", "gift", "secret", "internal"];
        await Task.WhenAll(Enumerable.Range(0, 400).Select(i => Task.Run(
            async () =>
            {
                using (UsageScope.Begin(feature: features[i % 4]))
                {
                    await client.GetResponseAsync("Hi", cancellationToken: Stop);
                }
            },
            Stop)));

        Assert.Equal(
            [("gift", 100, (Int128?)0), ("internal", 100, null), ("my-package", 100, 231_165_000)],
            _calls.Events.GroupBy(e => (e.Attribution.Feature, e.ChargePico)).Select(group => (group.Key.Feature!, group.Count(), group.Key.ChargePico)).Order());
        Assert.Equal(0.0231165, _calls.Measurements.Of(Metrics.UsageCharge).Sum(m => m.Value), 12);
    }

    private static UsageDetails Usage() => new() { InputTokenCount = 1_001, OutputTokenCount = 100, TotalTokenCount = 1_101 };

    private IChatClient Track(Action<UsageTrackingOptions>? configure = null) => _calls.Track(_provider, o =>
    {
        o.Markup = Rules;
        configure?.Invoke(o);
    });

    private sealed class Hiding(IChatClient inner) : DelegatingChatClient(inner)
    {
        public override object? GetService(Type serviceType, object? serviceKey = null) => null;
    }

    private sealed class Remembering(ScriptedChatClient inner) : DelegatingChatClient(inner)
    {
        public Action<IEnumerable<ChatMessage>> OnMessages { get; init; } = _ => { };

        public List<ChatOptions?> Seen => inner.SeenOptions;

        public override Task<ChatResponse> GetResponseAsync(IEnumerable<ChatMessage> messages, ChatOptions? options = null, CancellationToken cancellationToken = default)
        {
            OnMessages(messages);
            return base.GetResponseAsync(messages, options, cancellationToken);
        }
    }

    private sealed class Services : Dictionary<Type, object>, IServiceProvider
    {
        public object? GetService(Type serviceType) => TryGetValue(serviceType, out var service) ? service : null;
    }
}
