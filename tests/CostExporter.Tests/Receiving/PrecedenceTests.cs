using LlmTelemetry.Usage;

namespace LlmTelemetry.CostExporter.Tests;

/// <summary>Which of several forms of telemetry of the same calls is booked.</summary>
public sealed class PrecedenceTests
{
    [Fact]
    public async Task Service_that_sends_events_and_spans_of_the_same_calls_is_counted_once_in_each_hour_whatever_arrives_first()
    {
        for (var seed = 0; seed < 20; seed++)
        {
            var random = new Random(seed);
            await using var receiver = ReceiverUnderTest.Start();
            for (var hour = 0; hour < 3; hour++)
            {
                var calls = Enumerable.Range(0, 10).Select(i => Calls.Make(at: receiver.Time.GetUtcNow(), input: 100)).ToArray();
                var forms = new[] { UsageSourceKind.Events, UsageSourceKind.Spans };
                random.Shuffle(forms);
                foreach (var form in forms)
                {
                    // A span's id is not its event's.
                    await receiver.ReceiveAsync(ReceiverUnderTest.Of(form, ReceiverUnderTest.Shop, form == UsageSourceKind.Events ? calls : [.. calls.Select(call => call with { CallId = Guid.NewGuid() })]));
                }

                receiver.Time.Advance(TimeSpan.FromHours(1));
            }

            Assert.True((30, 3000) == (receiver.Store.Sum(SpendMeasure.Calls), receiver.Store.Sum(SpendMeasure.Usage(UsageBucket.Input))), $"seed {seed}");
        }
    }

    [Fact]
    public async Task Better_form_takes_over_at_the_next_hour_and_not_before()
    {
        await using var receiver = ReceiverUnderTest.Start();

        await SendAsync(receiver, UsageSourceKind.Spans, "spans");
        await SendAsync(receiver, UsageSourceKind.Events, "events");
        receiver.Time.Advance(TimeSpan.FromMinutes(59));
        await SendAsync(receiver, UsageSourceKind.Events, "events");
        Assert.Equal((1, 0), Booked(receiver));

        receiver.Time.Advance(TimeSpan.FromMinutes(1));
        await SendAsync(receiver, UsageSourceKind.Spans, "spans");
        await SendAsync(receiver, UsageSourceKind.Events, "events");
        Assert.Equal((1, 1), Booked(receiver));
    }

    [Fact]
    public async Task Form_that_stopped_is_followed_by_what_is_there_in_the_hour_after_the_next()
    {
        await using var receiver = ReceiverUnderTest.Start();
        await SendAsync(receiver, UsageSourceKind.Events, "events");
        receiver.Time.Advance(TimeSpan.FromHours(1));

        // Events were sent an hour ago: they may come yet.
        await SendAsync(receiver, UsageSourceKind.Spans, "spans");
        Assert.Equal((0, 1), Booked(receiver));

        receiver.Time.Advance(TimeSpan.FromHours(1));
        await SendAsync(receiver, UsageSourceKind.Spans, "spans");
        Assert.Equal((1, 1), Booked(receiver));
    }

    [Fact]
    public async Task Instances_of_a_service_are_decided_each_for_itself()
    {
        await using var receiver = ReceiverUnderTest.Start();
        await SendAsync(receiver, UsageSourceKind.Events, "events");

        await receiver.ReceiveAsync(ReceiverUnderTest.Of(UsageSourceKind.Spans, ReceiverUnderTest.Shop with { Instance = "2" }, Calls.Make(user: "spans")));

        Assert.Equal((1, 1), Booked(receiver));
    }

    [Fact]
    public async Task Hour_is_that_of_the_call_and_not_of_its_delivery()
    {
        await using var receiver = ReceiverUnderTest.Start(time: new TestKit.ManualTime(Calls.Noon.AddHours(2)));

        // Delivered late and out of order: two hours of two forms.
        await receiver.ReceiveAsync(ReceiverUnderTest.Of(UsageSourceKind.Spans, ReceiverUnderTest.Shop, Calls.Make(at: Calls.Noon.AddHours(1), user: "spans")));
        await receiver.ReceiveAsync(ReceiverUnderTest.Of(UsageSourceKind.Events, ReceiverUnderTest.Shop, Calls.Make(at: Calls.Noon.AddHours(1), user: "events")));
        await receiver.ReceiveAsync(ReceiverUnderTest.Of(UsageSourceKind.Events, ReceiverUnderTest.Shop, Calls.Make(at: Calls.Noon, user: "events")));

        Assert.Equal((1, 1), Booked(receiver));
    }

    [Fact]
    public async Task Process_that_books_its_calls_itself_is_not_booked_once_more_but_for_events_that_it_sends()
    {
        await using var receiver = ReceiverUnderTest.Start();
        var own = new ReceivedPoint(
            UsageSourceKind.OwnMetrics, "llm.usage.calls", new PointTags { User = "metrics" }, 1, IsDelta: false, 0, UnixTime.Of(receiver.Time.GetUtcNow()), Points.Sum(7));
        var delivery = new Delivery { Sources = { new SourceDelivery(ReceiverUnderTest.Shop) { Points = { own, own with { Kind = UsageSourceKind.Booked, Metric = "llm.usage.booked", Series = 2, Value = Points.Sum(1) } } } } };

        Assert.True((await receiver.ReceiveAsync(delivery)).IsBooked);
        await SendAsync(receiver, UsageSourceKind.Spans, "spans");
        Assert.Empty(receiver.Store.Rows);

        await SendAsync(receiver, UsageSourceKind.Events, "events");
        Assert.Equal((0, 1), Booked(receiver));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task First_metric_of_tokens_after_durations_alone_is_booked_beside_them_and_no_other(bool isNewerFirst)
    {
        await using var receiver = ReceiverUnderTest.Start();

        // A first call that failed has no tokens.
        await ReceiveAsync(Point(UsageSourceKind.Durations, "gen_ai.client.operation.duration", null, 1));
        await ReceiveAsync(isNewerFirst ? Newer(1000) : Older(100));
        await ReceiveAsync(isNewerFirst ? Older(100) : Newer(1000));
        await ReceiveAsync(Older(130), Newer(1300));
        Assert.Equal((1, isNewerFirst ? 1300 : 130), (receiver.Store.Sum(SpendMeasure.Calls), receiver.Store.Sum(SpendMeasure.Usage(UsageBucket.Input))));

        ReceivedPoint Older(double tokens) => Point(UsageSourceKind.TokenUsage, "gen_ai.client.token.usage", "input", tokens);

        ReceivedPoint Newer(double tokens) => Point(UsageSourceKind.InferenceCounters, "gen_ai.client.inference.usage.input_tokens", null, tokens);

        Task ReceiveAsync(params ReceivedPoint[] points)
        {
            var said = new SourceDelivery(ReceiverUnderTest.Shop);
            said.Points.AddRange(points);
            return receiver.ReceiveAsync(new Delivery { Sources = { said } });
        }

        ReceivedPoint Point(UsageSourceKind kind, string name, string? type, double value) => new(
            kind, name, new PointTags { Provider = "openai", ResponseModel = "gpt-4o", TokenType = type }, (UInt128)(int)kind, IsDelta: false, 0, UnixTime.Of(receiver.Time.GetUtcNow()), Points.Sum(value, 1));
    }

    [Fact]
    public async Task What_was_decided_is_not_asked_for_again()
    {
        await using var receiver = ReceiverUnderTest.Start();
        await receiver.ReceiveAsync(Calls.Make());
        var claims = receiver.Store.Claims;

        await receiver.ReceiveAsync(Calls.Make(), Calls.Make());

        Assert.Equal((1, 1), (claims, receiver.Store.Claims));
    }

    [Fact]
    public async Task Span_is_charged_on_and_left_out_as_the_markup_rules_say_and_an_event_is_left_as_told()
    {
        var markup = new MarkupRules { Default = 10, FeatureModes = new Dictionary<string, TrackingMode> { ["internal"] = TrackingMode.None } };
        await using var receiver = ReceiverUnderTest.Start(configure: o => o.Markup = markup);
        var (events, spans) = (ReceiverUnderTest.Shop, ReceiverUnderTest.Shop with { Instance = "2" });

        await receiver.ReceiveAsync(ReceiverUnderTest.Of(UsageSourceKind.Events, events, Calls.Make(user: "event", feature: "internal")));
        await receiver.ReceiveAsync(ReceiverUnderTest.Of(UsageSourceKind.Spans, spans, Calls.Make(user: "span"), Calls.Make(user: "left out", feature: "internal")));

        Assert.Equal(["event", "span"], receiver.Store.Rows.Keys.Select(row => row.Key.User).Order());
        var cost = receiver.Store.Sum(SpendMeasure.Cost(UsageBucket.Input), key => key.User == "span") + receiver.Store.Sum(SpendMeasure.Cost(UsageBucket.Output), key => key.User == "span");
        Assert.Equal(markup.ChargePico(cost, null, null, null), receiver.Store.Sum(SpendMeasure.Charged, key => key.User == "span"));
        Assert.Equal(0, receiver.Store.Sum(SpendMeasure.Charged, key => key.User == "event"));
    }

    private static Task<DeliveryReply> SendAsync(ReceiverUnderTest receiver, UsageSourceKind form, string user) =>
        receiver.ReceiveAsync(ReceiverUnderTest.Of(form, ReceiverUnderTest.Shop, Calls.Make(at: receiver.Time.GetUtcNow(), user: user)));

    private static (Int128 Spans, Int128 Events) Booked(ReceiverUnderTest receiver) =>
        (receiver.Store.Sum(SpendMeasure.Calls, key => key.User == "spans"), receiver.Store.Sum(SpendMeasure.Calls, key => key.User == "events"));
}
