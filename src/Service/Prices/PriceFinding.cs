namespace LlmTelemetry.Service;

/// <summary>Something about a price that a person should look at.</summary>
/// <param name="Entry">Provider and model.</param>
/// <param name="What">What is odd, in one sentence.</param>
/// <param name="IsError">Whether the check fails by it; false: it is odd, and may be so.</param>
internal readonly record struct PriceFinding(string Entry, string What, bool IsError);
