using System.Diagnostics;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.Instrumentation;

/// <summary>What the trackers of all kinds of clients have in common.</summary>
internal sealed class Tracker
{
    private readonly Instruments _instruments;
    private TrackerDoor? _door; // Made for who asks; two threads may make two, and either will do.
    private int _left;

    /// <param name="source">The client inside.</param>
    /// <param name="options">How to track it.</param>
    /// <param name="instruments">Where to.</param>
    /// <param name="inside">The tracker of the same kind inside, which then records; null: there is none.</param>
    public Tracker(CallSource source, UsageTrackingOptions options, Instruments instruments, Tracker? inside)
    {
        _instruments = instruments;
        IsTrackedInside = inside is { Recorder.IsRecording: true };
        Recorder = new CallRecorder(source, options, instruments, IsTrackedInside);
        if (Recorder.IsNesting)
        {
            instruments.Nesting.Enter();
        }
    }

    public CallRecorder Recorder { get; }

    /// <summary>Whether a tracker of the same kind inside records the calls.</summary>
    public bool IsTrackedInside { get; }

    /// <summary>The options as the client inside may see them: a tracker needs our keys.</summary>
    /// <inheritdoc cref="CallOptions.WithoutOurKeys"/>
    public TOptions? Clean<TOptions>(TOptions? options, AdditionalPropertiesDictionary? properties, Func<TOptions, AdditionalPropertiesDictionary?, TOptions> copyWith)
        where TOptions : class => IsTrackedInside ? options : Recorder.Clean(options, properties, copyWith);

    /// <summary>
    /// What the client inside answered, if anything, else our source of spans: function invocation asks for one, so that its spans join ours. And ourselves, unless we
    /// are switched off.
    /// </summary>
    public object? Service(object? found, Type serviceType, object? serviceKey) =>
        found is not null || serviceKey is not null ? found
        : serviceType == typeof(ActivitySource) ? _instruments.Source
        : serviceType == typeof(IUsageTracker) && Recorder.IsEnabled ? _door ??= Recorder.NewDoor()
        : null;

    public void Leave()
    {
        if (Recorder.IsNesting && Interlocked.Exchange(ref _left, 1) == 0)
        {
            _instruments.Nesting.Leave();
        }
    }
}
