using LlmTelemetry.Usage;
using Microsoft.Extensions.AI;

namespace LlmTelemetry.Instrumentation;

/// <summary>The tracker in a client's pipeline, from <c>client.GetService&lt;IUsageTracker&gt;()</c>; null there: the client is not tracked. For what decides calls before they are made.</summary>
public interface IUsageTracker
{
    /// <summary>Where its events are published.</summary>
    UsageHub Hub { get; }

    /// <summary>The prices it uses, of this moment.</summary>
    PriceBook Prices { get; }

    /// <summary>What the call's event will say of it. Never throws.</summary>
    /// <param name="properties">The call's additional properties, ours included.</param>
    /// <param name="model">The model it asks for; null: none.</param>
    TrackedCallTerms Describe(AdditionalPropertiesDictionary? properties, string? model);
}
