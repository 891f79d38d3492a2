using LlmTelemetry.Usage;

namespace LlmTelemetry.Instrumentation;

/// <summary>Takes a finished call. See <see cref="UsageTrackingOptions.OnCompleted"/>.</summary>
/// <param name="call">The call's event. Large, and only valid during the callback: copy what is kept.</param>
public delegate void UsageCallback(in UsageEvent call);
