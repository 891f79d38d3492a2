using System.Text;
using Amazon.BedrockRuntime.Model;
using Google.Cloud.AIPlatform.V1;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation.Tests;

/// <summary>Service tier and region of a call: who says them, and that its price and its event have them.</summary>
public sealed class CallTermsTests
{
    // 1,000 x 10 USD a million = 0.01 for every call here; half of it in a batch, twice as priority, 1.1 times in the US, 1.2 elsewhere.
    private static readonly PriceBook Prices = PriceBook.Parse(Encoding.UTF8.GetBytes("""
        {"schema":1,"date":"2026-11-22","currency":"USD","source":"made up","providers":[{"id":"any","name":"Any","alias":["/./"],"sources":[],"models":[
        {"id":"m","match":["/./"],"prices":[{"input":10,"output":20,"service_tiers":{"batch":0.5,"flex":0.25,"priority":2,"fast":6},"regions":{"us":1.1,"global":1,"*":1.2}}]}]}]}
        """));

    private static UsageDetails Usage => new() { InputTokenCount = 1_000, OutputTokenCount = 0, TotalTokenCount = 1_000 };

    [Theory]
    [InlineData(null, null, null, null, "0.01")]
    [InlineData(null, null, "batch", "batch", "0.005")]
    [InlineData(null, "priority", "batch", "priority", "0.02")]
    [InlineData(null, " Priority ", "batch", "Priority", "0.02")]
    [InlineData(null, " ", "batch", "batch", "0.005")]
    [InlineData("default", "flex", "batch", "default", "0.01")] // Asked for, and not got.
    [InlineData("reserved", "flex", null, "reserved", "0")] // Paid by the hour: tokens cost nothing.
    [InlineData(null, null, "unheard-of", "unheard-of", null)]
    [InlineData("default", "flex", "Provisioned", "Provisioned", "0")] // Capacity that is paid for anyway is answered as standard.
    [InlineData("default", null, "PTU", "PTU", "0")]
    [InlineData("default", null, "reserved", "default", "0.01")] // Bedrock tells what went beyond the reserved capacity.
    public async Task Answer_tells_the_tier_before_the_call_and_the_call_before_the_client(string? answered, string? asked, string? usual, string? tier, string? cost)
    {
        foreach (var streaming in (bool[])[false, true])
        {
            using var calls = new TrackedCalls();
            var raw = new ConverseResponse { ServiceTier = answered is null ? null : new ServiceTier { Type = new ServiceTierType(answered) } };
            using var client = Track(calls, "https://example.org", raw, o => o.ServiceTier = usual);
            var options = asked is null ? null : new ChatOptions { AdditionalProperties = new() { ["service_tier"] = asked } };

            await CallAsync(client, options, streaming);

            Assert.Equal((tier, cost is null), (calls.Event.ServiceTier, !calls.Event.HasCost));
            Assert.Equal(cost is null ? 0 : decimal.Parse(cost, System.Globalization.CultureInfo.InvariantCulture), calls.Event.HasCost ? calls.Event.Cost.Amount : 0);
        }
    }

    // The model asked for has a price for the tier, the one that answered has none: the first one's would be a guess.
    [Theory]
    [InlineData("gpt-4.1-nano", null)]
    [InlineData("gpt-4o-mini-2024-07-18", "0.00025")]
    [InlineData("nobody-knows-it", "0.00025")]
    public async Task Model_that_answered_without_a_price_for_the_tier_is_not_priced_as_the_one_asked_for(string answered, string? cost)
    {
        using var calls = new TrackedCalls();
        var prices = PriceBook.Parse(Encoding.UTF8.GetBytes("""
            {"schema":1,"date":"2026-11-22","currency":"USD","source":"made up","providers":[{"id":"openai","models":[
            {"id":"gpt-4o-mini","match":["gpt-4o-mini*"],"prices":[{"input":0.125,"output":1,"service_tiers":{"priority":2}}]},
            {"id":"gpt-4.1-nano","match":["gpt-4.1-nano"],"prices":[{"input":0.1,"output":1}]}]}]}
            """));
        var inner = new ScriptedChatClient { OnResponse = (_, _) => Task.FromResult(ScriptedChatClient.Answer(Usage, answered)) };
        using var client = calls.Track(inner, o => (o.Prices, o.ServiceTier) = (prices, "priority"));

        await client.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(cost is null ? CostQuality.Unpriced : CostQuality.Reported, calls.Event.Quality);
        Assert.Equal(cost is null ? 0 : decimal.Parse(cost, System.Globalization.CultureInfo.InvariantCulture), calls.Event.HasCost ? calls.Event.Cost.Amount : 0);
    }

    [Fact]
    public async Task Provider_sees_its_own_key_of_the_tier_and_not_ours_which_wins()
    {
        using var calls = new TrackedCalls();
        var inner = new ScriptedChatClient { OnResponse = (_, _) => Task.FromResult(ScriptedChatClient.Answer(Usage)) };
        using var client = calls.Track(inner, o => o.Prices = Prices);
        var options = new ChatOptions { AdditionalProperties = new() { [Options.ServiceTier] = "batch", ["service_tier"] = "priority" } };

        await client.GetResponseAsync("Hi", options, TestContext.Current.CancellationToken);

        Assert.Equal(["service_tier"], Assert.Single(inner.SeenOptions)!.AdditionalProperties!.Keys);
        Assert.Equal(("batch", 0.005m), (calls.Event.ServiceTier, calls.Event.Cost.Amount));
        Assert.Equal(2, options.AdditionalProperties!.Count);
    }

    [Theory]
    [InlineData(nameof(TrafficType.OnDemand), "on_demand", "0.01")]
    [InlineData(nameof(TrafficType.ProvisionedThroughput), "provisioned_throughput", "0")]
    public async Task Traffic_type_of_googles_client_is_the_tier(string type, string tier, string cost)
    {
        using var calls = new TrackedCalls();
        using var client = Track(calls, "https://example.org", new GenerateContentResponse { UsageMetadata = new UsageMetadata { TrafficType = Enum.Parse<TrafficType>(type) } });

        await CallAsync(client, null, streaming: false);

        Assert.Equal((tier, decimal.Parse(cost, System.Globalization.CultureInfo.InvariantCulture)), (calls.Event.ServiceTier, calls.Event.Cost.Amount));
    }

    [Theory]
    [InlineData("https://api.openai.com/v1", null)]
    [InlineData("https://eu.api.openai.com/v1", "eu")]
    [InlineData("https://US.api.openai.com/v1", "us")]
    [InlineData("https://europe-west1-aiplatform.googleapis.com/", "europe-west1")]
    [InlineData("https://aiplatform.googleapis.com/", "global")]
    [InlineData("https://aiplatform.eu.rep.googleapis.com/", "eu")]
    [InlineData("https://us-east-1.api.x.ai/v1", "us")]
    [InlineData("https://api.x.ai/v1", null)]
    [InlineData("https://evil.eu.api.openai.com.example.org/", null)]
    [InlineData("https://a.b.api.openai.com/v1", null)]
    [InlineData("https://generativelanguage.googleapis.com/", null)]
    [InlineData("http://localhost:11434/", null)]
    [InlineData(null, null)]
    public void Host_tells_the_region(string? host, string? region) => Assert.Equal(region, ServerRegions.Of(host is null ? null : new Uri(host)));

    [Theory]
    [InlineData("https://us.api.openai.com/v1", null, "us", "0.011")]
    [InlineData("https://europe-west1-aiplatform.googleapis.com/", null, "europe-west1", "0.012")]
    [InlineData("https://aiplatform.googleapis.com/", null, "global", "0.01")]
    [InlineData("https://api.openai.com/v1", null, null, "0.01")]
    [InlineData("https://api.openai.com/v1", "us", "us", "0.011")]
    [InlineData("https://eu.api.openai.com/v1", "us", "us", "0.011")] // What was set goes before what the host looks like.
    public async Task Region_of_the_client_is_priced_and_told(string host, string? set, string? region, string cost)
    {
        foreach (var streaming in (bool[])[false, true])
        {
            using var calls = new TrackedCalls();
            using var client = Track(calls, host, raw: null, o => o.Region = set);

            await CallAsync(client, null, streaming);

            Assert.Equal((region, decimal.Parse(cost, System.Globalization.CultureInfo.InvariantCulture)), (calls.Event.Region, calls.Event.Cost.Amount));
        }
    }

    [Fact]
    public void Empty_tier_or_region_is_refused_at_once()
    {
        var options = new UsageTrackingOptions();
        Assert.Contains("Must not be empty", Assert.Throws<ArgumentException>(() => options.ServiceTier = " ").Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentException>(() => options.Region = "");
        options.Region = " us ";
        Assert.Equal("us", options.Region);
    }

    private static IChatClient Track(TrackedCalls calls, string host, object? raw, Action<UsageTrackingOptions>? configure = null)
    {
        var answer = ScriptedChatClient.Answer(Usage);
        answer.RawRepresentation = raw;
        var update = ScriptedChatClient.Usage(Usage);
        update.RawRepresentation = raw;
        var inner = new ScriptedChatClient
        {
            Metadata = new ChatClientMetadata("openai", new Uri(host), "m"),
            OnResponse = (_, _) => Task.FromResult(answer),
            OnStream = (_, _) => ScriptedChatClient.Stream(ScriptedChatClient.Text("Hi"), update),
        };
        return calls.Track(inner, o =>
        {
            o.Prices = Prices;
            configure?.Invoke(o);
        });
    }

    private static async Task CallAsync(IChatClient client, ChatOptions? options, bool streaming)
    {
        if (!streaming)
        {
            await client.GetResponseAsync("Hi", options, TestContext.Current.CancellationToken);
            return;
        }

        await foreach (var _ in client.GetStreamingResponseAsync("Hi", options, TestContext.Current.CancellationToken))
        {
        }
    }
}
