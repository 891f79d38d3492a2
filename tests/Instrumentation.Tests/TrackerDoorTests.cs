using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;
using OpenTelemetry;

namespace LlmTelemetry.Instrumentation.Tests;

public sealed class TrackerDoorTests
{
    [Fact]
    public void Client_that_is_not_tracked_has_none() => Assert.Null(new ScriptedChatClient().GetService<IUsageTracker>());

    [Fact]
    public void Tracker_that_is_switched_off_is_none() => Assert.Null(new ScriptedChatClient().UseUsageTracking(o => o.Enabled = false).GetService<IUsageTracker>());

    [Fact]
    public void Tracker_of_a_key_is_none() => Assert.Null(new ScriptedChatClient().UseUsageTracking().GetService(typeof(IUsageTracker), "key"));

    [Fact]
    public void Tracker_publishes_and_prices_as_its_options_say()
    {
        var hub = new UsageHub();
        var prices = PriceBook.Embedded.WithBaseModel("mine", "gpt-4o", "openai");
        using var client = new ScriptedChatClient().UseUsageTracking(o => (o.Hub, o.Prices) = (hub, prices));
        var tracker = client.GetService<IUsageTracker>()!;
        Assert.Same(hub, tracker.Hub);
        Assert.Same(prices, tracker.Prices);
        Assert.Same(tracker, client.GetService<IUsageTracker>());
    }

    [Fact]
    public void Of_two_trackers_the_one_inside_answers()
    {
        var hub = new UsageHub();
        using var client = new ScriptedChatClient().UseUsageTracking(o => o.Hub = hub).UseUsageTracking(o => o.Hub = new UsageHub());
        Assert.Same(hub, client.GetService<IUsageTracker>()!.Hub);
    }

    [Fact]
    public void Outside_a_tracker_that_is_switched_off_the_outer_one_answers()
    {
        var hub = new UsageHub();
        using var client = new ScriptedChatClient().UseUsageTracking(o => o.Enabled = false).UseUsageTracking(o => o.Hub = hub);
        Assert.Same(hub, client.GetService<IUsageTracker>()!.Hub);
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("gpt-4o", null)]
    [InlineData("gpt-4o", "flex")]
    public async Task Description_is_what_the_event_says(string? model, string? serviceTier)
    {
        UsageEvent? published = null;
        using var client = new ScriptedChatClient { Metadata = new("openai", new Uri("https://eu.api.openai.com/v1"), "gpt-4o-mini") }.UseUsageTracking(options =>
        {
            options.Hub = new UsageHub();
            options.OnCompleted = (in UsageEvent call) => published = call;
            options.Attribution = () => new Attribution(Feature: "callback", Tier: "free");
            options.Baggage = ["llm.tenant"];
            options.UserHashKey = new byte[32];
            options.ClientId = "shop";
        });
        Baggage.SetBaggage("llm.tenant", "acme");
        using var scope = UsageScope.Begin(user: "ada", feature: "scope", tags: [new("plan", "x")]);
        var properties = new AdditionalPropertiesDictionary { ["llm.session"] = "s1" };
        if (serviceTier is not null)
        {
            properties["service_tier"] = serviceTier;
        }

        var terms = client.GetService<IUsageTracker>()!.Describe(properties, model);
        await client.GetResponseAsync("Hi", new ChatOptions { ModelId = model, AdditionalProperties = properties }, TestContext.Current.CancellationToken);

        var call = published!.Value;
        Assert.Equal(new TrackedCallTerms(call.Provider, call.RequestModel, call.ServiceTier, call.Region, call.Attribution), terms);
        Assert.Equal(("acme", "scope", "s1", "free", "shop"), (terms.Attribution.Tenant, terms.Attribution.Feature, terms.Attribution.Session, terms.Attribution.Tier, terms.Attribution.Client));
        Assert.True(terms.Attribution.IsUserHashed);
        Assert.NotEqual("ada", terms.Attribution.User);
        Assert.Equal(("openai", model ?? "gpt-4o-mini", serviceTier, "eu"), (terms.Provider, terms.Model, terms.ServiceTier, terms.Region));
    }

    [Fact]
    public void Callback_that_throws_costs_only_what_it_would_have_said()
    {
        using var client = new ScriptedChatClient().UseUsageTracking(o => o.Attribution = () => throw new InvalidOperationException("no user"));
        using var scope = UsageScope.Begin(user: "ada");
        Assert.Equal("ada", client.GetService<IUsageTracker>()!.Describe(null, null).Attribution.User);
    }
}
