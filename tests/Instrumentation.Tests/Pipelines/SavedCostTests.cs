using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation.Tests.Pipelines;

/// <summary>A tracker with SavedCost around a cache, and another inside.</summary>
public class SavedCostTests
{
    public static MatrixTheoryData<bool, bool, bool> Ways { get; } = new([true, false], [true, false], [true, false]);

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Hit_is_recorded_once_as_what_it_saved_and_is_no_call(bool isStreaming, bool isHidden, bool isSerialized)
    {
        using var calls = new TrackedCalls();
        var provider = new ProviderLike();
        using var client = Cached(calls, calls.Track(provider), isHidden, isSerialized);

        var miss = await AskAsync(client, isStreaming);
        var hit = await AskAsync(client, isStreaming);

        Assert.Equal(1, provider.Calls);
        Assert.Equal(2, calls.Events.Length);
        var call = calls.Events[0];
        Assert.False(call.IsCacheHit);
        Assert.Equal(provider.Owed, call.Cost.TotalPico);
        var saved = calls.Events[1];
        Assert.True(saved.IsCacheHit);
        Assert.Equal(provider.Owed, saved.SavedPico);
        Assert.Equal(0, saved.Calls);
        Assert.False(saved.HasUsage);
        Assert.False(saved.HasCost);
        Assert.NotEqual(call.GetId(), saved.GetId());
        Assert.Equal(("openai", "gpt-4o-mini"), (saved.Provider, saved.Model));

        Assert.Equal((1, null), (miss!.Requests, miss.Saved));
        Assert.Equal((0, 0m, Cost.ToUsd(provider.Owed)), (hit!.Requests, hit.Total, hit.Saved));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Metrics_and_span_tell_what_a_hit_saved(bool isHidden)
    {
        using var calls = new TrackedCalls();
        var provider = new ProviderLike();
        using var client = Cached(calls, calls.Track(provider), isHidden, isSerialized: true);

        for (var i = 0; i < 3; i++)
        {
            await AskAsync(client, isStreaming: false);
        }

        Assert.Equal(2 * (double)Cost.ToUsd(provider.Owed), Assert.Single(calls.Measurements.Of(Metrics.UsageSaved)).Value, 12);
        Assert.Equal("USD", calls.Measurements.Of(Metrics.UsageSaved)[0].Unit);
        Assert.Equal(2, Assert.Single(calls.Measurements.Of(Metrics.CacheHits)).Value);
        Assert.Equal(1, calls.Measurements.Of(Metrics.UsageCalls).Sum(m => m.Value));
        Assert.Equal((double)Cost.ToUsd(provider.Owed), calls.Measurements.Of(Metrics.UsageCost).Sum(m => m.Value), 12);
        Assert.Single(calls.Measurements.Of(GenAi.OperationDuration));
        var spans = calls.Spans.Where(span => span.GetTagItem(Attributes.UsageSaved) is not null).ToArray();
        Assert.Equal(2, spans.Length);
        Assert.All(spans, span =>
        {
            Assert.Equal("chat gpt-4o-mini", span.DisplayName);
            Assert.Equal((double)Cost.ToUsd(provider.Owed), span.GetTagItem(Attributes.UsageSaved));
            Assert.Null(span.GetTagItem(GenAi.UsageInputTokens));
            Assert.Null(span.GetTagItem(GenAi.UsageCostAmount));
        });
        Assert.Equal(isHidden ? 4 : 3, calls.Spans.Length); // A tracker that cannot see what is inside opens its span before it knows.
    }

    [Fact]
    public async Task Hit_is_attributed_as_its_call_would_be()
    {
        using var calls = new TrackedCalls();
        using var client = Cached(calls, calls.Track(new ProviderLike()), isHidden: false, isSerialized: true);
        await AskAsync(client, isStreaming: false);

        using (UsageScope.Begin(user: "ada", feature: "search"))
        {
            await AskAsync(client, isStreaming: false);
        }

        Assert.Equal(("ada", "search"), (calls.Events[1].Attribution.User, calls.Events[1].Attribution.Feature));
    }

    [Fact]
    public async Task Hit_of_a_model_without_a_price_is_counted_and_saves_nothing_that_is_known()
    {
        using var calls = new TrackedCalls();
        using var client = Cached(calls, calls.Track(new ProviderLike { Model = "nobody-knows-it" }), isHidden: false, isSerialized: true);

        await AskAsync(client, isStreaming: false);
        await AskAsync(client, isStreaming: false);

        Assert.True(calls.Events[1].IsCacheHit);
        Assert.Null(calls.Events[1].SavedPico);
        Assert.Equal(CostQuality.Unpriced, calls.Events[1].Quality);
        Assert.Equal(1, Assert.Single(calls.Measurements.Of(Metrics.CacheHits)).Value);
        Assert.Empty(calls.Measurements.Of(Metrics.UsageSaved));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Call_that_fails_behind_the_cache_is_no_hit(bool isHidden)
    {
        using var calls = new TrackedCalls();
        using var client = Cached(calls, calls.Track(new ProviderLike { Failures = 1 }), isHidden, isSerialized: true);

        await Assert.ThrowsAsync<HttpRequestException>(() => AskAsync(client, isStreaming: false));

        Assert.Equal(CallOutcome.Failed, calls.Event.Outcome);
        Assert.False(calls.Event.IsCacheHit);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Untracked_feature_behind_the_cache_is_neither_a_call_nor_a_hit(bool isHidden)
    {
        using var calls = new TrackedCalls();
        var untracked = new MarkupRules { FeatureModes = new Dictionary<string, TrackingMode> { ["internal"] = TrackingMode.None } };
        using var client = Cached(calls, calls.Track(new ProviderLike(), options => options.Markup = untracked), isHidden, isSerialized: true);

        using (UsageScope.Begin(feature: "internal"))
        {
            await AskAsync(client, isStreaming: false);
        }

        Assert.DoesNotContain(calls.Events, e => e.IsCacheHit);
    }

    [Fact]
    public async Task Tracker_that_is_the_only_one_takes_no_call_for_a_hit()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(new CachingLike(new ProviderLike()), options => options.SavedCost = true);

        await AskAsync(client, isStreaming: false);

        Assert.False(calls.Event.IsCacheHit);
        Assert.True(calls.Event.HasCost);
    }

    [Fact]
    public async Task Tracker_that_nobody_else_listens_to_is_still_seen_from_outside()
    {
        using var calls = new TrackedCalls(listenToSpans: false, listenToMetrics: false);
        var silent = calls.Track(new ProviderLike(), options => (options.ResponseCost, options.Hub) = (false, new UsageHub()));
        using var client = Cached(calls, silent, isHidden: false, isSerialized: true);

        await AskAsync(client, isStreaming: false);
        Assert.Empty(calls.Events);

        await AskAsync(client, isStreaming: false);
        Assert.True(calls.Event.IsCacheHit);
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public async Task Hit_is_no_call_to_a_tracker_further_outside_either(bool isStreaming, bool isHidden, bool isSerialized)
    {
        using var calls = new TrackedCalls();
        var provider = new ProviderLike();
        using var client = calls.Track(new HidingLike(Cached(calls, calls.Track(provider), isHidden, isSerialized)));

        await AskAsync(client, isStreaming);
        var hit = await AskAsync(client, isStreaming);

        Assert.Equal([(1L, false), (0L, true)], calls.Events.Select(e => (e.Calls, e.IsCacheHit)));
        Assert.Equal((0, 0m, Cost.ToUsd(provider.Owed)), (hit!.Requests, hit.Total, hit.Saved));
    }

    [Fact]
    public async Task Without_saved_cost_a_hit_is_nothing_where_the_tracker_inside_is_seen()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(new SerializingCachingLike(calls.Track(new ProviderLike())));

        await AskAsync(client, isStreaming: false);
        await AskAsync(client, isStreaming: false);

        Assert.Single(calls.Events);
        Assert.Single(calls.Spans);
    }

    private static IChatClient Cached(TrackedCalls calls, IChatClient inner, bool isHidden, bool isSerialized)
    {
        IChatClient cache = isSerialized ? new SerializingCachingLike(inner) : new CachingLike(inner);
        return calls.Track(isHidden ? new Described(cache) : cache, options => options.SavedCost = true);
    }

    private static async Task<UsageCost?> AskAsync(IChatClient client, bool isStreaming)
    {
        var token = TestContext.Current.CancellationToken;
        return isStreaming
            ? (await client.GetStreamingResponseAsync("Hi", cancellationToken: token).ToListAsync(token)).GetUsageCost()
            : (await client.GetResponseAsync("Hi", cancellationToken: token)).GetUsageCost();
    }

    /// <summary>Hides the tracker inside, and says what provider it is.</summary>
    private sealed class Described(IChatClient inner) : DelegatingChatClient(inner)
    {
        public override object? GetService(Type serviceType, object? serviceKey = null) =>
            serviceType == typeof(ChatClientMetadata) ? base.GetService(serviceType, serviceKey) : null;
    }
}
