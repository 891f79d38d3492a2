using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.Instrumentation;

/// <summary>What others may ask of a tracker.</summary>
internal sealed class TrackerDoor(TrackerContext tracker) : IUsageTracker
{
    public UsageHub Hub => tracker.Hub;

    public PriceBook Prices => tracker.Prices;

    public TrackedCallTerms Describe(AdditionalPropertiesDictionary? properties, string? model)
    {
        model ??= tracker.Source.DefaultModel;
        try
        {
            // As a call that starts now would be: CallStarts, and FinishedCalls as far as no answer says otherwise.
            var attribution = tracker.Attribution.Of(properties, tracker.Instruments.Nesting.Surrounding, UsageScope.Current, earlierBaggage: null);
            var asked = new StartedCall { Operation = "", ServiceTier = CallOptions.ReadServiceTier(properties, tracker.Instruments) };
            var terms = tracker.Pricer.Terms(in asked, default, default);
            return new TrackedCallTerms(tracker.Source.Provider, model, terms.ServiceTier, terms.Region, attribution);
        }
        catch (Exception cause) // Who asks decides calls by it, and is told what is known for certain.
        {
            tracker.Instruments.Failed("the description of a call", cause);
            return new TrackedCallTerms(tracker.Source.Provider, model, ServiceTier: null, Region: null, default);
        }
    }
}
