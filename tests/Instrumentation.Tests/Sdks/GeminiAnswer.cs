namespace Google.Cloud.AIPlatform.V1;

/// <summary>As much of Google's client as the tests need; its package is not on the default feed.</summary>
internal sealed class GenerateContentResponse
{
    public UsageMetadata? UsageMetadata { get; init; }
}

internal sealed class UsageMetadata
{
    public TrafficType TrafficType { get; init; }
}

internal enum TrafficType
{
    Unspecified,
    OnDemand,
    ProvisionedThroughput,
}
