using LlmTelemetry.Usage;

namespace LlmTelemetry.Instrumentation;

/// <summary>What tells one series of our metrics from another.</summary>
internal readonly record struct SeriesKey(
    string Operation,
    string? Provider,
    string? RequestModel,
    string? ResponseModel,
    CostQuality Quality,
    string? User,
    string? Tenant,
    string? Feature);
