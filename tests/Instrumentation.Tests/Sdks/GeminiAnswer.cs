namespace Google.Cloud.AIPlatform.V1;

/// <summary>As much of Google's client as the tests need; its package is not on the default feed.</summary>
internal sealed class GenerateContentResponse
{
    public UsageMetadata? UsageMetadata { get; init; }
}

internal sealed class UsageMetadata
{
    public List<ModalityTokenCount>? PromptTokensDetails { get; init; }

    public List<ModalityTokenCount>? CacheTokensDetails { get; init; }

    public List<ModalityTokenCount>? CandidatesTokensDetails { get; init; }

    public TrafficType TrafficType { get; init; }
}

internal enum TrafficType
{
    Unspecified,
    OnDemand,
    ProvisionedThroughput,
}

internal sealed class ModalityTokenCount
{
    public Modality Modality { get; init; }

    public int TokenCount { get; init; }
}

internal enum Modality
{
    Text,
    Image,
    Audio,
    Video,
    Document,
}
