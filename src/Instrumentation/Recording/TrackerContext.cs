using System.Runtime.InteropServices;
using System.Security.Cryptography;
using LlmTelemetry.Usage;

namespace LlmTelemetry.Instrumentation;

/// <summary>What all that one tracker does hangs on: whose calls, how, and where to.</summary>
internal sealed class TrackerContext
{
    // With the counter below: unique in all processes, and cheaper than a random number for each call.
    private static readonly ulong Instance = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8));
    private static long _calls;

    public TrackerContext(CallSource source, UsageTrackingOptions options, Instruments instruments, bool isTrackedInside)
    {
        Source = source;
        Options = options.Copy();
        Instruments = instruments;
        IsTrackedInside = isTrackedInside;
        IsEnabled = options.Enabled;
        Hub = options.Hub;
        Prices = options.Prices;
        Time = options.TimeProvider;
        instruments.Use(Prices, Time);
        instruments.Use(Hub);
        if (Options.CostAlias)
        {
            instruments.OfferCostAlias();
        }

        Pricer = new CallPricer(options, source.Provider, source.Server, instruments);
        Attribution = new CallAttribution(options, instruments);
    }

    public CallSource Source { get; }

    public UsageTrackingOptions Options { get; }

    public Instruments Instruments { get; }

    /// <summary>A tracker inside sees the single calls and records them: this one at most adds them up.</summary>
    public bool IsTrackedInside { get; }

    public bool IsEnabled { get; }

    public UsageHub Hub { get; }

    public PriceBook Prices { get; }

    public TimeProvider Time { get; }

    public CallPricer Pricer { get; }

    public CallAttribution Attribution { get; }

    public static Guid NextId()
    {
        Span<ulong> id = [Instance, (ulong)Interlocked.Increment(ref _calls)];
        return new Guid(MemoryMarshal.AsBytes(id));
    }

    /// <summary>Whether calls that are attributed so are counted at all.</summary>
    public bool IsTracked(in Attribution attribution) =>
        IsEnabled && Options.Markup?.ModeOf(attribution.Feature, attribution.Tenant, Source.Provider) is not TrackingMode.None;

    /// <summary>Hands a further figure to every sink.</summary>
    public void Publish(in MetricEvent figure) => Instruments.Publish(in figure, Hub);

    /// <summary>Hands an event to every sink, and to the callback.</summary>
    public void Publish(in UsageEvent call)
    {
        Instruments.Publish(in call, Hub);
        try
        {
            Options.OnCompleted?.Invoke(in call);
        }
        catch (Exception cause) // The user's own code.
        {
            Instruments.Failed("a callback for a finished call", cause);
        }
    }
}
