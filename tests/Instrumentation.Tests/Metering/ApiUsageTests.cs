using LlmTelemetry.Usage;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation.Tests.Metering;

/// <summary>APIs that are no models: requests and data.</summary>
public sealed class ApiUsageTests
{
    [Fact]
    public void Requests_and_data_are_booked_with_their_exact_cost_and_charge()
    {
        using var calls = new TrackedCalls();

        calls.Meter().RecordApi(new ApiUsage("geocoding") { Requests = 3, Bytes = 12_000, PricePerRequest = 0.005m, PricePerMegabyte = 0.09m, MarkupPercent = 10 });

        var call = calls.Event;
        Assert.Equal(("geocoding", null, "api", 3L), (call.Provider, call.Model, call.Operation, call.Calls));
        Assert.Equal((3, 12_000), (call.Usage[UsageBucket.Request], call.Usage[UsageBucket.DataByte]));
        Assert.Equal((0, 0), (call.Usage.InputTokens, call.Usage.OutputTokens));
        Assert.Equal((0.015m, 0.00108m, CostQuality.Reported), (call.Cost[UsageBucket.Request], call.Cost[UsageBucket.DataByte], call.Quality));
        Assert.Equal((Int128)17_688_000_000, call.ChargePico); // 0.01608 and 10 %.
    }

    [Fact]
    public void Metrics_count_each_request_and_no_tokens()
    {
        using var calls = new TrackedCalls();

        calls.Meter().Record(new MeteredCall { Api = new ApiUsage("geocoding") { Requests = 3, Bytes = 12_000, PricePerRequest = 0.005m }, Duration = TimeSpan.FromSeconds(1) });

        Assert.Equal(3, Assert.Single(calls.Measurements.Of(Metrics.UsageCalls)).Value);
        Assert.Equal(("request", 0.015), Assert.Single(calls.Measurements.Of(Metrics.UsageCost).Select(m => ((string)m.Tags[Attributes.UsageType]!, m.Value))));
        Assert.Empty(calls.Measurements.Of(Metrics.UsageTokens));
        Assert.Empty(calls.Measurements.Of(GenAi.TokenUsage));
        Assert.Empty(calls.Measurements.Of(GenAi.OperationDuration)); // Of three requests together it would be no duration of one.
        Assert.Equal(1, Assert.Single(calls.Measurements.Of(Metrics.UsageDuration)).Value);
        Assert.Equal(("api", "geocoding"), (calls.Span.DisplayName, calls.SamplingTags[GenAi.ProviderName]));
    }

    [Theory]
    [InlineData(1, "0.0000000000005", 0)] // Half a pico-USD: to even.
    [InlineData(3, "0.0000000000005", 2)] // 1.5
    [InlineData(1, "0.00000000000051", 1)]
    [InlineData(3, "0.3333333333333333333333333333", 1_000_000_000_000)]
    public void Price_of_many_digits_is_rounded_once_half_to_even(long requests, string price, long pico)
    {
        using var calls = new TrackedCalls();

        calls.Meter().RecordApi(new ApiUsage("a") { Requests = requests, PricePerRequest = decimal.Parse(price, System.Globalization.CultureInfo.InvariantCulture) });

        Assert.Equal(pico, (long)calls.Event.Cost.TotalPico);
    }

    [Fact]
    public void Part_of_a_megabyte_is_paid_as_a_part()
    {
        using var calls = new TrackedCalls();

        calls.Meter().RecordApi(new ApiUsage("a") { Bytes = 1, PricePerMegabyte = 0.09m });
        calls.Meter().RecordApi(new ApiUsage("a") { Bytes = 0, PricePerMegabyte = 0.09m });

        Assert.Equal([90_000, 0], calls.Events.Select(e => (long)e.Cost.TotalPico));
        Assert.All(calls.Events, e => Assert.Equal((true, CostQuality.Reported), (e.HasCost, e.Quality)));
    }

    [Fact]
    public void Price_book_prices_a_key_that_it_has_a_price_for()
    {
        using var calls = new TrackedCalls();
        var prices = PriceBook.Embedded
            .With(null, "geocoding", new Dictionary<UsageBucket, decimal> { [UsageBucket.Request] = 5 })
            .With("maps", "maps", new Dictionary<UsageBucket, decimal> { [UsageBucket.DataByte] = 0.25m });
        var meter = calls.Meter(o => o.Prices = prices);

        meter.RecordApi(new ApiUsage("Geocoding") { Requests = 3, Bytes = 10 });
        meter.RecordApi(new ApiUsage("maps") { Requests = 2, Bytes = 4_000_000 });
        meter.RecordApi(new ApiUsage("maps") { Bytes = 4_000_000, PricePerRequest = 0.5m });

        Assert.Equal([0.015m, 1m, 0.5m], calls.Events.Select(e => e.Cost.Amount));
        Assert.Equal([prices.Version, prices.Version, PriceVersions.Given], calls.Events.Select(e => e.Cost.PriceVersion));
    }

    [Fact]
    public void Key_without_a_price_is_unpriced_also_where_a_model_has_its_name()
    {
        using var calls = new TrackedCalls();

        calls.Meter().RecordApi(new ApiUsage("nobody-knows"));
        calls.Meter().RecordApi(new ApiUsage("gpt-4o-mini") { Bytes = 5 });

        Assert.All(calls.Events, e => Assert.Equal((false, CostQuality.Unpriced), (e.HasCost, e.Quality)));
    }

    [Fact]
    public void Key_is_no_name_of_a_provider_of_models()
    {
        using var calls = new TrackedCalls();

        calls.Meter().RecordApi(new ApiUsage("google"));
        calls.Meter().Record(new MeteredCall { Provider = "google" });

        Assert.Equal(["google", "gcp.gemini"], calls.Events.Select(e => e.Provider));
    }

    [Fact]
    public void Percentage_given_goes_before_the_rules_and_without_one_they_hold()
    {
        using var calls = new TrackedCalls();
        var meter = calls.Meter(o => o.Markup = new() { Default = 50 });

        meter.RecordApi(new ApiUsage("a") { PricePerRequest = 1, MarkupPercent = -20 });
        meter.RecordApi(new ApiUsage("a") { PricePerRequest = 1, MarkupPercent = 0 });
        meter.RecordApi(new ApiUsage("a") { PricePerRequest = 1 });
        meter.RecordApi(new ApiUsage("a") { MarkupPercent = 10 });

        Assert.Equal([0.8m, 1m, 1.5m, null], calls.Events.Select(e => e.ChargePico is { } pico ? Cost.ToUsd(pico) : (decimal?)null));
    }

    [Fact]
    public void Api_that_another_one_asks_counts_beside_it()
    {
        using var calls = new TrackedCalls();
        var meter = calls.Meter();

        meter.Track(
            new MeteredCall { Api = new ApiUsage("routes") },
            () => meter.Track(new MeteredCall { Api = new ApiUsage("geocoding") }, () => 1, cancellationToken: TestContext.Current.CancellationToken),
            cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(["geocoding", "routes"], calls.Events.Select(e => e.Provider));
    }

    [Fact]
    public async Task Call_of_an_api_is_watched_like_one_of_a_model()
    {
        using var calls = new TrackedCalls();
        var call = new MeteredCall { Api = new ApiUsage("geocoding") { PricePerRequest = 0.005m, PricePerMegabyte = 1, Bytes = 0 } };

        await calls.Meter().TrackAsync(
            call, _ => Task.FromResult(new byte[2_000]), static (body, call) => call with { Api = call.Api! with { Bytes = body.Length } }, TestContext.Current.CancellationToken);
        await Assert.ThrowsAsync<TimeoutException>(() => calls.Meter().TrackAsync<int>(call, _ => throw new TimeoutException(), cancellationToken: TestContext.Current.CancellationToken));

        Assert.Equal([0.007m, 0m], calls.Events.Select(e => e.Cost.Amount));
        Assert.Equal([(CallOutcome.Completed, CostQuality.Reported), (CallOutcome.Failed, CostQuality.Unmeasured)], calls.Events.Select(e => (e.Outcome, e.Quality)));
        Assert.All(calls.Events, e => Assert.Equal(("geocoding", "api", 1L), (e.Provider, e.Operation, e.Calls)));
    }
}
