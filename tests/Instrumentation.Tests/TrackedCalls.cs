using System.Diagnostics;
using LlmTelemetry.TestKit;
using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.Instrumentation.Tests;

/// <summary>A tracked client with a meter, a source, a hub and a clock of its own, so that tests do not see each other's calls.</summary>
internal sealed class TrackedCalls : IUsageSink, IDisposable
{
    private readonly Lock _gate = new();
    private readonly List<UsageEvent> _events = [];
    private readonly List<MetricEvent> _figures = [];
    private readonly List<Activity> _spans = [];
    private readonly ActivityListener _listener;

    public TrackedCalls(bool listenToSpans = true, bool listenToMetrics = true, Conventions conventions = Conventions.V141)
    {
        Name = "test-" + Guid.NewGuid().ToString("N");
        Instruments = new Instruments(Name, conventions);
        Hub.Subscribe(this);
        Measurements = new MeasurementRecorder(listenToMetrics ? Name : "none");
        _listener = new ActivityListener
        {
            ShouldListenTo = source => listenToSpans && source.Name == Name,
            Sample = (ref ActivityCreationOptions<ActivityContext> options) =>
            {
                SamplingTags = options.Tags?.ToDictionary(t => t.Key, t => t.Value) ?? [];
                return ActivitySamplingResult.AllDataAndRecorded;
            },
            ActivityStopped = span =>
            {
                lock (_gate)
                {
                    _spans.Add(span);
                }
            },
        };
        ActivitySource.AddActivityListener(_listener);
    }

    public string Name { get; }

    public Instruments Instruments { get; }

    public UsageHub Hub { get; } = new();

    public ManualTime Time { get; } = new();

    public MeasurementRecorder Measurements { get; }

    public Dictionary<string, object?> SamplingTags { get; private set; } = [];

    public UsageEvent[] Events
    {
        get
        {
            lock (_gate)
            {
                return [.. _events];
            }
        }
    }

    public MetricEvent[] Figures
    {
        get
        {
            lock (_gate)
            {
                return [.. _figures];
            }
        }
    }

    public UsageEvent Event => Assert.Single(Events);

    public Activity[] Spans
    {
        get
        {
            lock (_gate)
            {
                return [.. _spans];
            }
        }
    }

    public Activity Span => Assert.Single(Spans);

    public IChatClient Track(IChatClient inner, Action<UsageTrackingOptions>? configure = null) =>
        new UsageTrackingChatClient(inner, OptionsOf(configure), Instruments);

    public IEmbeddingGenerator<TInput, TEmbedding> Track<TInput, TEmbedding>(IEmbeddingGenerator<TInput, TEmbedding> inner, Action<UsageTrackingOptions>? configure = null)
        where TEmbedding : Embedding => new UsageTrackingEmbeddingGenerator<TInput, TEmbedding>(inner, OptionsOf(configure), Instruments);

#pragma warning disable MEAI001 // Interfaces that are still experimental.
    public IImageGenerator Track(IImageGenerator inner, Action<UsageTrackingOptions>? configure = null) =>
        new UsageTrackingImageGenerator(inner, OptionsOf(configure), Instruments);

    public ISpeechToTextClient Track(ISpeechToTextClient inner, Action<UsageTrackingOptions>? configure = null) =>
        new UsageTrackingSpeechToTextClient(inner, OptionsOf(configure), Instruments);

    public ITextToSpeechClient Track(ITextToSpeechClient inner, Action<UsageTrackingOptions>? configure = null) =>
        new UsageTrackingTextToSpeechClient(inner, OptionsOf(configure), Instruments);

    public IHostedFileClient Track(IHostedFileClient inner, Action<UsageTrackingOptions>? configure = null) =>
        new UsageTrackingHostedFileClient(inner, OptionsOf(configure), Instruments);
#pragma warning restore MEAI001

    public UsageMeter Meter(Action<UsageTrackingOptions>? configure = null)
    {
        var options = new UsageTrackingOptions { Hub = Hub, TimeProvider = Time };
        configure?.Invoke(options);
        return new UsageMeter(options, Instruments);
    }

    public void Record(in UsageEvent usageEvent)
    {
        lock (_gate)
        {
            _events.Add(usageEvent);
        }
    }

    public void Record(in MetricEvent metricEvent)
    {
        lock (_gate)
        {
            _figures.Add(metricEvent);
        }
    }

    public void Dispose()
    {
        _listener.Dispose();
        Measurements.Dispose();
        Instruments.Dispose();
    }

    private UsageTrackingOptions OptionsOf(Action<UsageTrackingOptions>? configure)
    {
        var options = new UsageTrackingOptions { Hub = Hub, TimeProvider = Time };
        configure?.Invoke(options);
        return options;
    }
}
