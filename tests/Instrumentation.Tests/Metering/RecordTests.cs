using System.Diagnostics;
using LlmTelemetry.Usage;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation.Tests.Metering;

/// <summary>Finished calls, booked from their numbers.</summary>
public sealed class RecordTests
{
    private static readonly MeteredCall Mini = new() { Provider = "openai", Model = "gpt-4o-mini", Tokens = new() { Input = 1_000, CacheRead = 400, Output = 200 } };

    public static TheoryData<string, Func<MeteredCall>> Bad { get; } = new()
    {
        { "Tokens.Input", () => new MeteredCall { Tokens = new() { Input = -1 } } },
        { "Tokens.Total", () => new MeteredCall { Tokens = new() { Input = 1, CacheRead = 2, Total = -3 } } },
        { "Cost", () => new MeteredCall { Cost = -0.01m } },
        { "Cost", () => new MeteredCall { Cost = decimal.MaxValue } },
        { "Duration", () => new MeteredCall { Duration = TimeSpan.FromTicks(-1) } },
        { "Duration", () => new MeteredCall { Duration = TimeSpan.MaxValue } },
        { "EndedAt", () => new MeteredCall { EndedAt = default(DateTimeOffset) } },
        { "Outcome", () => new MeteredCall { Outcome = (CallOutcome)9 } },
        { "Operation", () => new MeteredCall { Operation = " " } },
        { "Key", () => new MeteredCall { Api = new ApiUsage(" ") } },
        { "Requests", () => new MeteredCall { Api = new ApiUsage("a") { Requests = 0 } } },
        { "Requests", () => new MeteredCall { Api = new ApiUsage("a") { Requests = long.MaxValue } } },
        { "Bytes", () => new MeteredCall { Api = new ApiUsage("a") { Bytes = -1 } } },
        { "PricePerRequest", () => new MeteredCall { Api = new ApiUsage("a") { PricePerRequest = -1 } } },
        { "PricePerMegabyte", () => new MeteredCall { Api = new ApiUsage("a") { PricePerMegabyte = -1 } } },
        { "MarkupPercent", () => new MeteredCall { Api = new ApiUsage("a") { MarkupPercent = -101 } } },
    };

    public static TheoryData<string, MeteredCall> Contradictions { get; } = new()
    {
        { "Outcome", Mini with { Outcome = CallOutcome.Cancelled, ErrorText = "Down." } },
        { "Usage", Mini with { Usage = Counted(UsageBucket.Output, 1) } },
        { "Api", Mini with { Api = new ApiUsage("a") } },
        { "Api", new MeteredCall { Provider = "openai", Api = new ApiUsage("a") } },
        { "Bytes", new MeteredCall { Api = new ApiUsage("a") { PricePerMegabyte = 1 } } },
        { "PricePerRequest", new MeteredCall { Api = new ApiUsage("a") { PricePerRequest = 1_000_000_000, Requests = 2 } } },
    };

    [Fact]
    public void Finished_call_is_booked_as_if_it_had_been_watched()
    {
        using var calls = new TrackedCalls();
        var tags = new Dictionary<string, string> { ["team"] = "core" };

        calls.Meter().Record(Mini with
        {
            ResponseModel = "gpt-4o-mini-2024-07-18",
            Duration = TimeSpan.FromSeconds(3),
            Attribution = new(User: "ada", Conversation: "c-1", Tags: tags),
        });

        var call = calls.Event;
        Assert.Equal((600, 400, 200), (call.Usage[UsageBucket.Input], call.Usage[UsageBucket.CacheRead], call.Usage[UsageBucket.Output]));
        Assert.Equal((CallOutcome.Completed, CostQuality.Reported, 0.00024m), (call.Outcome, call.Quality, call.Cost.Amount));
        Assert.Equal((calls.Time.GetUtcNow(), TimeSpan.FromSeconds(3)), (call.EndedAt, call.Duration));
        Assert.Equal(("ada", "c-1", "core"), (call.Attribution.User, call.Attribution.Conversation, call.Attribution.Tags!["team"]));
        Assert.Equal(3, Assert.Single(calls.Measurements.Of(GenAi.OperationDuration)).Value);
        Assert.Equal("c-1", calls.Span.GetTagItem(GenAi.ConversationId));
    }

    [Fact]
    public void Call_that_ended_earlier_is_booked_in_its_hour_at_the_prices_of_its_start()
    {
        using var calls = new TrackedCalls();
        var prices = Price("""{"input": 100}, {"from": "2026-11-01", "input": 200}""");
        var midnight = new DateTimeOffset(2026, 11, 1, 0, 0, 0, TimeSpan.Zero);
        var call = new MeteredCall { Provider = "acme", Model = "m", Tokens = new() { Input = 10_000 }, EndedAt = midnight.AddSeconds(1).ToOffset(TimeSpan.FromHours(2)) };
        var meter = calls.Meter(o => o.Prices = prices);

        meter.Record(call with { Duration = TimeSpan.FromSeconds(2) });
        meter.Record(call with { Duration = TimeSpan.FromSeconds(1) });

        Assert.All(calls.Events, e => Assert.Equal((midnight.AddSeconds(1), TimeSpan.Zero), (e.EndedAt, e.EndedAt.Offset)));
        Assert.Equal([1m, 2m], calls.Events.Select(e => e.Cost.Amount));
        Assert.Equal((midnight.AddSeconds(-1).UtcDateTime, TimeSpan.FromSeconds(2)), (calls.Spans[0].StartTimeUtc, calls.Spans[0].Duration));
    }

    [Fact]
    public void Duration_that_is_not_known_is_in_no_histogram()
    {
        using var calls = new TrackedCalls();

        calls.Meter().Record(Mini);

        Assert.Empty(calls.Measurements.Of(GenAi.OperationDuration));
        Assert.Equal(1, Assert.Single(calls.Measurements.Of(Metrics.UsageCalls)).Value);
    }

    [Fact]
    public void Call_without_a_known_model_is_unpriced_and_one_without_usage_unmeasured()
    {
        using var calls = new TrackedCalls();
        var meter = calls.Meter();

        meter.Record(new MeteredCall { Tokens = new() { Input = 5 } });
        meter.Record(new MeteredCall { Provider = "acme", Model = "nobody-knows-1", Usage = Counted(UsageBucket.Input, 5) });
        meter.Record(new MeteredCall { Model = "gpt-4o-mini" });
        meter.Record(new MeteredCall { Model = "gpt-4o-mini", Usage = default(CallUsage) });
        meter.Record(new MeteredCall { Model = "gpt-4o-mini", Tokens = new() { Input = 0 } });

        Assert.Equal([CostQuality.Unpriced, CostQuality.Unpriced, CostQuality.Unmeasured, CostQuality.Unmeasured, CostQuality.Reported], calls.Events.Select(e => e.Quality));
        Assert.Equal([false, false, false, false, true], calls.Events.Select(e => e.HasCost));
    }

    [Fact]
    public void Cost_that_is_known_is_booked_as_it_is()
    {
        using var calls = new TrackedCalls();

        calls.Meter().Record(Mini with { Cost = 0.0123456789m });
        calls.Meter().Record(new MeteredCall { Provider = "openrouter", Cost = 0 });

        Assert.Equal([0.0123456789m, 0m], calls.Events.Select(e => e.Cost.Amount));
        Assert.Equal([12_345_678_900, 0], calls.Events.Select(e => (long)e.Cost.Pico(UsageBucket.Request)));
        Assert.All(calls.Events, e => Assert.Equal((true, CostQuality.Reported), (e.HasCost, e.Quality)));
        Assert.Equal(1_000, calls.Events[0].Usage.InputTokens);
        Assert.Equal(("provider", "reported"), (calls.Spans[0].GetTagItem(GenAi.UsageCostSource), calls.Spans[0].GetTagItem(Attributes.PriceVersion)));
    }

    [Fact]
    public void Tokens_and_what_is_no_token_are_booked_together()
    {
        using var calls = new TrackedCalls();

        calls.Meter().Record(Mini with { Usage = Counted(UsageBucket.WebSearch, 2) });

        Assert.Equal((600, 2), (calls.Event.Usage[UsageBucket.Input], calls.Event.Usage[UsageBucket.WebSearch]));
    }

    [Fact]
    public void Counts_that_contradict_one_another_are_flagged_and_none_is_negative()
    {
        using var calls = new TrackedCalls();

        calls.Meter().Record(Mini with { Tokens = new() { Input = 5, CacheRead = 8, Output = 1 } });

        Assert.True(calls.Event.UsageInconsistent);
        Assert.Equal((0, 8), (calls.Event.Usage[UsageBucket.Input], calls.Event.Usage[UsageBucket.CacheRead]));
    }

    [Fact]
    public void Response_id_makes_the_event_the_same_however_often_it_is_booked()
    {
        using var calls = new TrackedCalls();

        calls.Meter().Record(Mini with { ResponseId = "r-1" });
        calls.Meter().Record(Mini with { ResponseId = "r-1" });
        calls.Meter().Record(Mini);
        calls.Meter().Record(Mini);

        var ids = calls.Events.Select(e => e.GetId()).ToArray();
        Assert.Equal(ids[0], ids[1]);
        Assert.Equal(3, ids.Distinct().Count());
    }

    [Fact]
    public void Failure_is_booked_with_its_error_and_the_applications_own_words()
    {
        using var calls = new TrackedCalls();
        var meter = calls.Meter();

        meter.RecordFailure(Mini with { ErrorText = " The quota is used up. " }, new HttpRequestException("Secret", null, System.Net.HttpStatusCode.TooManyRequests));
        meter.RecordFailure(new MeteredCall { ErrorType = "overloaded" }, new InvalidOperationException());
        meter.RecordFailure(new MeteredCall());

        Assert.All(calls.Events, e => Assert.Equal(CallOutcome.Failed, e.Outcome));
        Assert.Equal(["429", "overloaded", "_OTHER"], calls.Events.Select(e => e.ErrorType));
        Assert.Equal(["The quota is used up.", null, null], calls.Events.Select(e => e.ErrorText));
        Assert.Equal((ActivityStatusCode.Error, "The quota is used up."), (calls.Spans[0].Status, calls.Spans[0].StatusDescription));
        Assert.Equal(["429", "_OTHER", "overloaded"], calls.Measurements.Of(Metrics.UsageCalls).Select(m => (string)m.Tags[Attributes.ErrorType]!).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Outcome_is_what_is_said_else_what_the_error_says()
    {
        using var calls = new TrackedCalls();
        var meter = calls.Meter();

        meter.RecordSuccess(Mini);
        meter.Record(Mini with { ErrorType = "500" });
        meter.Record(Mini with { Outcome = CallOutcome.Cancelled });
        meter.Record(Mini with { Outcome = CallOutcome.Abandoned });

        Assert.Equal([CallOutcome.Completed, CallOutcome.Failed, CallOutcome.Cancelled, CallOutcome.Abandoned], calls.Events.Select(e => e.Outcome));
        Assert.Throws<ArgumentException>(() => meter.RecordSuccess(Mini with { ErrorType = "500" }));
        Assert.Throws<ArgumentException>(() => meter.RecordSuccess(Mini with { Outcome = CallOutcome.Failed }));
        Assert.Throws<ArgumentException>(() => meter.RecordFailure(Mini with { Outcome = CallOutcome.Completed }));
        Assert.Equal(4, calls.Events.Length);
    }

    [Fact]
    public void Error_text_is_cut_where_it_is_no_sentence_any_more()
    {
        var text = new MeteredCall { ErrorText = new string('x', 1_023) + "\U0001F600" + "more" }.ErrorText;

        Assert.Equal(new string('x', 1_023), text);
    }

    [Theory]
    [MemberData(nameof(Bad), DisableDiscoveryEnumeration = true)]
    public void Value_that_cannot_be_is_refused_by_name(string name, Func<MeteredCall> make) =>
        Assert.Equal(name, Assert.ThrowsAny<ArgumentException>(make).ParamName);

    [Theory]
    [MemberData(nameof(Contradictions), DisableDiscoveryEnumeration = true)]
    public void Call_that_contradicts_itself_is_refused_and_nothing_is_booked(string name, MeteredCall call)
    {
        using var calls = new TrackedCalls();

        Assert.Equal(name, Assert.ThrowsAny<ArgumentException>(() => calls.Meter().Record(call)).ParamName);

        Assert.Empty(calls.Events);
        Assert.Empty(calls.Spans);
        Assert.Empty(calls.Measurements.Of(Metrics.UsageCalls));
    }

    [Fact]
    public void Call_that_ends_in_the_future_is_refused_and_one_by_a_clock_a_little_ahead_is_not()
    {
        using var calls = new TrackedCalls();
        var now = calls.Time.GetUtcNow();

        var thrown = Assert.Throws<ArgumentOutOfRangeException>(() => calls.Meter().Record(Mini with { EndedAt = now.AddMinutes(6) }));
        Assert.Contains("EndedAt", thrown.Message, StringComparison.Ordinal);
        Assert.Empty(calls.Events);

        calls.Meter().Record(Mini with { EndedAt = now.AddMinutes(4) });
        Assert.Equal(now.AddMinutes(4), calls.Event.EndedAt);
    }

    [Fact]
    public void Bad_call_is_refused_also_where_nobody_listens()
    {
        using var calls = new TrackedCalls(listenToSpans: false, listenToMetrics: false);

        Assert.Throws<ArgumentException>(() => calls.Meter(o => o.Hub = new UsageHub()).Record(Mini with { Outcome = CallOutcome.Completed, ErrorType = "500" }));
    }

    [Fact]
    public void Call_booked_inside_another_librarys_chat_span_has_a_span_of_its_own()
    {
        using var calls = new TrackedCalls();
        using var other = new ActivitySource("other-" + calls.Name);
        using var listener = new ActivityListener { ShouldListenTo = s => s == other, Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded };
        ActivitySource.AddActivityListener(listener);
        using var around = other.StartActivity("chat x")!.SetTag(GenAi.OperationName, "chat");

        calls.Meter().Record(Mini);

        Assert.Null(around.GetTagItem(GenAi.UsageCostAmount));
        Assert.Equal(0.00024, calls.Span.GetTagItem(GenAi.UsageCostAmount));
        Assert.Same(around, Activity.Current);
    }

    [Fact]
    public void Call_booked_inside_a_tracked_call_does_not_make_that_count_twice()
    {
        using var calls = new TrackedCalls();
        var meter = calls.Meter();

        // An agent's turn: one model call, and a tool that books another API.
        meter.Track(
            Mini with { Tokens = null },
            () =>
            {
                meter.Track(Mini with { Tokens = null }, () => 1, Ten);
                meter.RecordApi(new ApiUsage("geocoding") { PricePerRequest = 0.01m });
                return 1;
            },
            Ten,
            TestContext.Current.CancellationToken);

        Assert.Equal(["openai", "geocoding"], calls.Events.Select(e => e.Provider));

        static MeteredCall Ten(int answer, MeteredCall call) => call with { Tokens = new() { Input = 10 } };
    }

    [Fact]
    public void Feature_that_is_not_tracked_is_not_booked_and_markup_is_charged_on()
    {
        using var calls = new TrackedCalls();
        var meter = calls.Meter(o => o.Markup = new() { Default = 50, FeatureModes = new Dictionary<string, TrackingMode> { ["hidden"] = TrackingMode.None } });

        meter.Record(Mini with { Attribution = new(Feature: "hidden") });
        meter.Record(Mini);

        Assert.Equal((Int128)360_000_000, calls.Event.ChargePico);
    }

    [Fact]
    public void Meter_takes_what_is_registered()
    {
        using var calls = new TrackedCalls(listenToSpans: false, listenToMetrics: false);
        var services = new Services(calls.Hub, calls.Time, new UsageTrackingOptions { ServiceTier = "batch" });

        new UsageMeter(services).Record(Mini);
        new UsageMeter(services, o => o.ServiceTier = null).Record(Mini);

        Assert.Equal(["batch", null], calls.Events.Select(e => e.ServiceTier));
        Assert.Equal(calls.Time.GetUtcNow(), calls.Events[0].EndedAt);
    }

    private static CallUsage Counted(UsageBucket bucket, long count) => new() { [bucket] = count };

    private static PriceBook Price(string sets) => PriceBook.Parse(System.Text.Encoding.UTF8.GetBytes(
        $$"""{"schema": 1, "date": "2026-11-22", "currency": "USD", "source": "test", "providers": [{"id": "acme", "models": [{"id": "m", "match": ["m"], "prices": [{{sets}}]}]}]}"""));

    private sealed class Services(params object[] registered) : IServiceProvider
    {
        public object? GetService(Type serviceType) => Array.Find(registered, serviceType.IsInstanceOfType);
    }
}
