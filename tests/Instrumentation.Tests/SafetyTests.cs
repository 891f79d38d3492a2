using System.Collections.Concurrent;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Diagnostics.Tracing;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.Instrumentation.Tests;

/// <summary>Telemetry never breaks the call it watches.</summary>
public sealed class SafetyTests
{
    [Fact]
    public async Task Sink_that_throws_leaves_the_answer_and_the_other_sinks_unharmed()
    {
        using var calls = new TrackedCalls();
        var answer = ScriptedChatClient.Answer();
        using var client = calls.Track(new ScriptedChatClient { OnResponse = (_, _) => Task.FromResult(answer) }, o => o.Hub = WithThrowingSink(calls));

        Assert.Same(answer, await client.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken));

        Assert.Single(calls.Events);
        Assert.Equal(1, Errors(calls));
    }

    [Fact]
    public async Task Attribution_callback_that_throws_costs_only_its_attribution()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(new ScriptedChatClient(), o => o.Attribution = () => throw new InvalidOperationException());

        using (UsageScope.Begin(user: "ada"))
        {
            await client.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken);
        }

        Assert.Equal("ada", calls.Event.Attribution.User);
        Assert.Equal(1, Errors(calls));
    }

    [Fact]
    public async Task Metric_listener_that_throws_loses_neither_the_answer_nor_the_event()
    {
        using var calls = new TrackedCalls();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == calls.Name)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<double>((_, _, _, _) => throw new InvalidOperationException());
        listener.SetMeasurementEventCallback<long>((_, _, _, _) => throw new InvalidOperationException());
        listener.Start();
        var answer = ScriptedChatClient.Answer(new UsageDetails { InputTokenCount = 1 });
        using var client = calls.Track(new ScriptedChatClient { OnResponse = (_, _) => Task.FromResult(answer) });

        Assert.Same(answer, await client.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken));
        await client.GetStreamingResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);

        Assert.Equal(2, calls.Events.Length);
    }

    [Fact]
    public async Task Span_listener_that_throws_loses_neither_the_answer_nor_the_event()
    {
        using var calls = new TrackedCalls();
        using var listener = new ActivityListener
        {
            ShouldListenTo = source => source.Name == calls.Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> _) => ActivitySamplingResult.AllDataAndRecorded,
            ActivityStarted = _ => throw new InvalidOperationException(),
            ActivityStopped = _ => throw new InvalidOperationException(),
        };
        ActivitySource.AddActivityListener(listener);
        using var client = calls.Track(new ScriptedChatClient());

        await client.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken);
        await client.GetStreamingResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken).ToListAsync(TestContext.Current.CancellationToken);

        Assert.Equal([CallOutcome.Completed, CallOutcome.Completed], calls.Events.Select(e => e.Outcome));
    }

    [Fact]
    public async Task Client_that_cannot_describe_itself_is_tracked_all_the_same()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(new Undescribed(new ScriptedChatClient()));

        await client.GetResponseAsync("Hi", new ChatOptions { ModelId = "m" }, TestContext.Current.CancellationToken);

        Assert.Equal((null, "m"), (calls.Event.Provider, calls.Event.RequestModel));
    }

    [Fact]
    public async Task Counts_beyond_belief_stay_out_of_the_metrics_and_in_the_event()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(new ScriptedChatClient { OnResponse = (_, _) => Task.FromResult(ScriptedChatClient.Answer(new UsageDetails { InputTokenCount = long.MaxValue, OutputTokenCount = 3 })) });

        await client.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal(long.MaxValue, calls.Event.Usage.InputTokens);
        Assert.Equal("output", Assert.Single(calls.Measurements.Of(Metrics.UsageTokens)).Tags[Attributes.UsageType]);
        Assert.Equal(1, Errors(calls));
    }

    [Fact]
    public async Task Counts_that_do_not_fit_together_leave_an_event_that_says_so()
    {
        using var calls = new TrackedCalls();
        var usage = new UsageDetails { InputTokenCount = 1, CachedInputTokenCount = long.MaxValue, AdditionalCounts = new() { ["CacheCreationInputTokens"] = long.MaxValue } };
        using var client = calls.Track(new ScriptedChatClient { OnResponse = (_, _) => Task.FromResult(ScriptedChatClient.Answer(usage)) });

        await client.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal((true, true, long.MaxValue), (calls.Event.HasUsage, calls.Event.UsageInconsistent, calls.Event.Usage[UsageBucket.CacheRead]));
        Assert.Equal(1, Assert.Single(calls.Measurements.Of(Metrics.UsageCalls)).Value);
    }

    [Fact]
    public async Task What_was_swallowed_is_told_to_whoever_listens_to_self_diagnostics()
    {
        using var calls = new TrackedCalls();
        using var diagnostics = new Diagnostics();
        var secret = Guid.NewGuid().ToString("N");
        using var client = calls.Track(new ScriptedChatClient(), o => o.Attribution = () => throw new InvalidOperationException(secret));

        await client.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken);

        var told = Assert.Single(diagnostics.Told, text => text.Contains(secret, StringComparison.Ordinal));
        Assert.StartsWith("the attribution of a call by callback|System.InvalidOperationException|", told, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Option_that_cannot_be_written_out_costs_only_itself()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(new ScriptedChatClient());
        var said = new AdditionalPropertiesDictionary { ["llm.user"] = "ada", ["llm.tenant"] = new Unwritable(), ["service_tier"] = new Unwritable() };

        await client.GetResponseAsync("Hi", new ChatOptions { AdditionalProperties = said }, TestContext.Current.CancellationToken);

        Assert.Equal(("ada", null), (calls.Event.Attribution.User, calls.Event.Attribution.Tenant));
        Assert.Single(calls.Spans);
        Assert.Equal(2, Errors(calls));
    }

    [Fact]
    public async Task Answer_of_a_providers_own_that_cannot_be_read_costs_only_its_details()
    {
        using var calls = new TrackedCalls();
        var answer = ScriptedChatClient.Answer(new UsageDetails { InputTokenCount = 100, OutputTokenCount = 20 });
        answer.RawRepresentation = new Google.Made.Up.UncountableAnswer();
        using var client = calls.Track(new ScriptedChatClient { OnResponse = (_, _) => Task.FromResult(answer) });

        await client.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal((100L, 20L), (calls.Event.Usage.InputTokens, calls.Event.Usage.OutputTokens));
        Assert.Equal(0.000027m, calls.Event.Cost.Amount);
        Assert.Equal(1, Errors(calls));
    }

    [Fact]
    public async Task Model_name_of_any_length_is_a_label_of_a_fit_one()
    {
        using var calls = new TrackedCalls();
        using var client = calls.Track(new ScriptedChatClient { OnResponse = (_, _) => Task.FromResult(ScriptedChatClient.Answer(model: "m\n" + new string('x', 100_000))) });

        await client.GetResponseAsync("Hi", cancellationToken: TestContext.Current.CancellationToken);

        Assert.Equal("m" + new string('x', 255), Assert.Single(calls.Measurements.Of(Metrics.UsageCalls)).Tags[GenAi.ResponseModel]);
    }

    private static double Errors(TrackedCalls calls) => calls.Measurements.Of(Metrics.TelemetryErrors).Sum(m => m.Value);

    private static UsageHub WithThrowingSink(TrackedCalls calls)
    {
        var hub = new UsageHub();
        hub.Subscribe(new ThrowingSink());
        hub.Subscribe(calls);
        return hub;
    }

    private sealed class Diagnostics : EventListener
    {
        public ConcurrentQueue<string> Told { get; } = new();

        protected override void OnEventSourceCreated(EventSource eventSource)
        {
            if (eventSource.Name == "OpenTelemetry-LlmTelemetry-Instrumentation")
            {
                EnableEvents(eventSource, EventLevel.Error);
            }
        }

        protected override void OnEventWritten(EventWrittenEventArgs eventData) => Told.Enqueue(string.Join('|', eventData.Payload!));
    }

    private sealed class Unwritable
    {
        public override string ToString() => throw new InvalidOperationException();
    }

    private sealed class ThrowingSink : IUsageSink
    {
        public void Record(in UsageEvent usageEvent) => throw new InvalidOperationException();
    }

    private sealed class Undescribed(IChatClient inner) : DelegatingChatClient(inner)
    {
        public override object? GetService(Type serviceType, object? serviceKey = null) => throw new NotSupportedException();
    }
}
