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
    string? Feature,
    string? Tier = null,
    bool IsUserHashed = false)
{
    // Of what tells series apart most; the rest seldom differs, and each text hashed costs every call.
    public override int GetHashCode() => HashCode.Combine(User, Feature, ResponseModel, Quality);
}
