using System.Diagnostics.Metrics;
using LlmTelemetry.Usage;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation.Tests.Metering;

/// <summary>Further figures of an application's own.</summary>
public sealed class MetricTests : IDisposable
{
    private readonly TrackedCalls _calls = new();

    public static TheoryData<string, Action<UsageMeter>> Bad { get; } = new()
    {
        { "name", meter => meter.RecordMetric(null!, 1) },
        { "name", meter => meter.RecordMetric(" ", 1) },
        { "name", meter => meter.RecordMetric("a b", 1) },
        { "name", meter => meter.RecordMetric("naïve", 1) },
        { "name", meter => meter.RecordMetric(new string('a', 65), 1) },
        { "name", meter => meter.RecordMetric("LLM.usage.cost", 1) },
        { "name", meter => meter.RecordMetric("gen_ai.quality", 1) },
        { "value", meter => meter.RecordMetric("a", double.NaN) },
        { "value", meter => meter.RecordMetric("a", double.NegativeInfinity) },
        { "value", meter => meter.RecordMetric("a", 1e15) },
        { "value", meter => meter.RecordMetric("a", -1e15) },
        { "unit", meter => meter.RecordMetric("a", 1, new string('s', 33)) },
        { "unit", meter => meter.RecordMetric("a", 1, "s\ns") },
        { "tags", meter => meter.RecordMetric("a", 1, tags: [new("llm.tenant", "x")]) },
        { "at", meter => meter.RecordMetric("a", 1, at: default(DateTimeOffset)) },
        { "at", meter => meter.RecordMetric("a", 1, at: DateTimeOffset.MaxValue) },
    };

    [Fact]
    public void Figure_is_an_event_and_a_measurement_attributed_as_a_call_is()
    {
        var meter = _calls.Meter(o => (o.ClientId, o.Attribution) = ("app1", () => new(Tenant: "acme")));
        using (UsageScope.Begin(user: "ada", feature: "search", session: "s1"))
        {
            meter.RecordMetric("answer.rating", 4.5, "{point}", [new("route", "web"), new("kind", "chat"), new("none", "")]);
        }

        var figure = Assert.Single(_calls.Figures);
        Assert.Equal(("answer.rating", 4.5, "{point}", _calls.Time.GetUtcNow()), (figure.Name, figure.Value, figure.Unit, figure.At));
        Assert.Equal(("ada", "acme", "search", "s1", "app1"), (figure.Attribution.User, figure.Attribution.Tenant, figure.Attribution.Feature, figure.Attribution.Session, figure.Attribution.Client));
        Assert.Equal([new("kind", "chat"), new("route", "web")], figure.Tags!);
        var measured = Assert.Single(_calls.Measurements.Of("answer.rating"));
        Assert.Equal((4.5, "{point}"), (measured.Value, measured.Unit));
        Assert.Equal([("kind", "chat"), ("llm.feature", "search"), ("llm.tenant", "acme"), ("route", "web")], measured.Tags.Select(tag => (tag.Key, (string)tag.Value!)).Order());
        Assert.Empty(_calls.Events);
        Assert.Empty(_calls.Spans);
    }

    [Theory]
    [MemberData(nameof(Bad))]
    public void What_is_not_right_is_refused_with_its_parameter_and_nothing_is_recorded(string parameter, Action<UsageMeter> record)
    {
        var refusal = Assert.ThrowsAny<ArgumentException>(() => record(_calls.Meter()));

        Assert.Equal(parameter, refusal.ParamName);
        Assert.Empty(_calls.Figures);
        Assert.Empty(_calls.Measurements.Of("a"));
    }

    [Fact]
    public void Time_of_another_zone_is_told_in_UTC()
    {
        _calls.Meter().RecordMetric("a", 1, at: new DateTimeOffset(2026, 11, 22, 1, 0, 0, TimeSpan.FromHours(2)));

        Assert.Equal((new DateTimeOffset(2026, 11, 21, 23, 0, 0, TimeSpan.Zero), TimeSpan.Zero), (_calls.Figures[0].At, _calls.Figures[0].At.Offset));
    }

    [Fact]
    public void Values_of_a_tag_beyond_the_limit_are_one_and_counted_each_metric_by_itself()
    {
        var meter = _calls.Meter(o => o.MaxAttributeValues = 3);
        for (var i = 0; i < 5; i++)
        {
            meter.RecordMetric("a", 1, tags: [new("k", $"v{i}")]);
        }

        meter.RecordMetric("b", 1, tags: [new("k", "v4")]);
        Assert.Equal(["v0", "v1", "v2", "_other", "_other", "v4"], _calls.Figures.Select(figure => figure.Tags![0].Value));
        Assert.Equal(2, FoldedOf(Attributes.MetricTag));
    }

    [Fact]
    public void Combinations_and_names_of_tags_have_an_end()
    {
        var meter = _calls.Meter();
        for (var i = 0; i < 1_200; i++)
        {
            meter.RecordMetric("a", 1, tags: [new("x", $"{i % 40}"), new("y", $"{i / 40}")]);
            meter.RecordMetric("b", 1, tags: [new($"tag{i}", "1")]);
        }

        Assert.Equal(1_001, Distinct("a"));
        Assert.Equal(33, Distinct("b"));
        Assert.Equal(2_400, _calls.Figures.Length);
        Assert.Equal(200 + 1_168, FoldedOf(Attributes.MetricTag));

        int Distinct(string name) => _calls.Figures.Where(figure => figure.Name == name).Select(figure => string.Join(',', figure.Tags ?? [])).Distinct().Count();
    }

    [Fact]
    public void Names_beyond_the_first_200_are_counted_as_other_without_an_instrument()
    {
        var meter = _calls.Meter();
        for (var i = 0; i < 205; i++)
        {
            meter.RecordMetric($"m{i}", i, "s", [new("k", "v")]);
        }

        meter.RecordMetric("m7", 1, "s");
        Assert.Equal(["m199", "_other", "_other", "_other", "_other", "_other", "m7"], _calls.Figures[199..].Select(figure => figure.Name));
        Assert.Equal((null, null), (_calls.Figures[204].Unit, _calls.Figures[204].Tags));
        Assert.Equal(5, FoldedOf(Attributes.MetricName));
        Assert.Empty(_calls.Measurements.Of("_other"));
    }

    [Fact]
    public void Tags_are_cut_as_those_of_calls_are_and_the_first_8_are_kept()
    {
        _calls.Meter().RecordMetric("a", 1, tags: [new("k\n", "v\u0007" + new string('x', 300)), new("k", "again"), .. Enumerable.Range(0, 9).Select(i => new KeyValuePair<string, string>($"t{i}", "1"))]);

        var tags = _calls.Figures[0].Tags!;
        Assert.Equal(["k", "t0", "t1", "t2", "t3", "t4", "t5", "t6"], tags.Select(tag => tag.Key));
        Assert.Equal("v" + new string('x', 255), tags[0].Value);
        Assert.Equal(4, _calls.Measurements.Of(Metrics.AttributionCut).Single(m => (string)m.Tags[Attributes.Attribute]! == Attributes.MetricTag).Value);
    }

    [Fact]
    public void User_is_nowhere_where_ids_are_hashed()
    {
        var meter = _calls.Meter(o => o.UserHashKey = new byte[32]);
        using (UsageScope.Begin(user: "ada", tenant: "ada"))
        {
            meter.RecordMetric("a", 1, tags: [new("who", "ada"), new(Attributes.UserId, "bob")]);
        }

        var figure = Assert.Single(_calls.Figures);
        Assert.True(figure.Attribution.IsUserHashed);
        Assert.Equal((figure.Attribution.User, 64), (figure.Tags![1].Value, figure.Tags[0].Value.Length));
        Assert.DoesNotContain(_calls.Measurements.Of("a").Single().Tags.Values, value => value is "ada" or "bob");
    }

    [Fact]
    public void Nobody_listening_costs_nothing_and_what_is_wrong_is_refused_all_the_same()
    {
        using var alone = new Instruments("alone-" + Guid.NewGuid());
        var meter = new UsageMeter(new UsageTrackingOptions { Hub = new UsageHub() }, alone);
        meter.RecordMetric("a", 1, "s");
        var least = long.MaxValue;
        for (var round = 0; round < 100 && least > 0; round++) // Until the compiler has optimised it.
        {
            var before = GC.GetAllocatedBytesForCurrentThread();
            for (var i = 0; i < 100; i++)
            {
                meter.RecordMetric("a", i, "s");
            }

            least = Math.Min(least, GC.GetAllocatedBytesForCurrentThread() - before);
        }

        Assert.Equal(0, least);
        Assert.Throws<ArgumentOutOfRangeException>(() => meter.RecordMetric("a", double.NaN));
    }

    [Fact]
    public void Switched_off_or_not_tracked_nothing_is_recorded()
    {
        _calls.Meter(o => o.Enabled = false).RecordMetric("a", 1);
        var markup = new MarkupRules { FeatureModes = new Dictionary<string, TrackingMode> { ["secret"] = TrackingMode.None } };
        using (UsageScope.Begin(feature: "secret"))
        {
            _calls.Meter(o => o.Markup = markup).RecordMetric("a", 1);
        }

        Assert.Empty(_calls.Figures);
        Assert.Empty(_calls.Measurements.Of("a"));
    }

    [Fact]
    public void Listener_sink_or_callback_that_throws_harms_nobody()
    {
        using var listener = new MeterListener { InstrumentPublished = (instrument, self) => { if (instrument.Meter.Name == _calls.Name && instrument.Name == "a") { self.EnableMeasurementEvents(instrument); } } };
        listener.SetMeasurementEventCallback<double>((_, _, _, _) => throw new InvalidOperationException("listener"));
        listener.Start();
        using var hold = _calls.Hub.Subscribe(new Thrower());

        _calls.Meter(o => o.Attribution = () => throw new InvalidOperationException("callback")).RecordMetric("a", 1);

        Assert.Equal(1, Assert.Single(_calls.Figures).Value);
        Assert.Equal(3, _calls.Measurements.Of(Metrics.TelemetryErrors).Sum(m => m.Value));
    }

    [Fact]
    public void Many_threads_at_once_lose_nothing()
    {
        var meter = _calls.Meter();
        Parallel.For(0, 4_000, i => meter.RecordMetric($"m{i % 20}", 1, tags: [new("k", $"{i % 7}")]));

        Assert.Equal(4_000, _calls.Figures.Length);
        Assert.Equal(140, _calls.Figures.Select(figure => (figure.Name, figure.Tags![0].Value)).Distinct().Count());
        Assert.Equal(200, _calls.Measurements.Of("m3").Count);
    }

    [Fact]
    public void Sessions_end_is_a_figure_of_its_duration()
    {
        var options = new UsageSessionOptions { Id = "s1", Attribution = new(User: "ada"), Tracking = new() { Hub = _calls.Hub, TimeProvider = _calls.Time } };
        var session = new UsageSession(new SessionRecorder(CallSource.Of("openai", null, "gpt-4o-mini"), options.Tracking, _calls.Instruments), "gpt-4o-mini", options);
        _calls.Time.Advance(TimeSpan.FromSeconds(90.5));
        session.End(CallOutcome.Failed);
        session.End();

        var figure = Assert.Single(_calls.Figures);
        Assert.Equal(("session.duration", 90.5, "s", "ada", "s1"), (figure.Name, figure.Value, figure.Unit, figure.Attribution.User, figure.Attribution.Session));
        Assert.Equal([new("operation", "session"), new("outcome", "failed")], figure.Tags!);
    }

    public void Dispose() => _calls.Dispose();

    private double FoldedOf(string attribute) => _calls.Measurements.Of(Metrics.AttributionFolded).Where(m => (string)m.Tags[Attributes.Attribute]! == attribute).Sum(m => m.Value);

    private sealed class Thrower : IUsageSink
    {
        public void Record(in UsageEvent usageEvent) => throw new InvalidOperationException("sink");

        public void Record(in MetricEvent metricEvent) => throw new InvalidOperationException("sink");
    }
}
