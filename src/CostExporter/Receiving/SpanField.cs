using System.Collections.Frozen;
using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.CostExporter;

/// <summary>What is read of a span, under whichever name a library sends it. Nothing else of it is looked at, prompts and answers least of all.</summary>
internal enum SpanField
{
    Operation,
    RequestType,
    OpenInferenceKind,
    TraceloopKind,
    Provider,
    RequestModel,
    ResponseModel,
    ResponseId,
    ServiceTier,
    ErrorType,
    Outcome,
    Quality,
    User,
    UserHash,
    Tenant,
    Feature,
    Tier,
    Client,
    Environment,
    Session,
    Conversation,
    TimeToFirstChunk,
    Input,
    CacheRead,
    CacheWrite,
    InputAudio,
    CacheAudioRead,
    InputImage,
    CacheImageRead,
    Output,
    Reasoning,
    OutputAudio,
    OutputImage,
    Total,
    CostAmount,
    CostCurrency,
    CostSource,
    Saved,
    Booked,
}

/// <summary>The names of fields: the one of the conventions first, then those that libraries send in its place. The first that is there counts.</summary>
internal static class SpanFields
{
    public const int Count = (int)SpanField.Booked + 1;

    private static readonly (SpanField Field, string[] Names)[] Table =
    [
        (SpanField.Operation, [GenAi.OperationName]),
        (SpanField.RequestType, [Foreign.LlmRequestType]),
        (SpanField.OpenInferenceKind, [Foreign.OpenInferenceSpanKind]),
        (SpanField.TraceloopKind, [Foreign.TraceloopSpanKind]),
        (SpanField.Provider, [GenAi.ProviderName, Foreign.System, Foreign.OpenInferenceProvider, Foreign.OpenInferenceSystem]),
        (SpanField.RequestModel, [GenAi.RequestModel, Foreign.LlmRequestModel, Foreign.OpenInferenceModel, Foreign.OpenInferenceEmbeddingModel]),
        (SpanField.ResponseModel, [GenAi.ResponseModel, Foreign.LlmResponseModel]),
        (SpanField.ResponseId, [GenAi.ResponseId]),
        (SpanField.ServiceTier, [Foreign.OpenAiServiceTier, Foreign.GenAiOpenAiServiceTier]),
        (SpanField.ErrorType, [Attributes.ErrorType]),
        (SpanField.Outcome, [Attributes.Outcome]),
        (SpanField.Quality, [Attributes.CostQuality]),
        (SpanField.User, [Attributes.UserId, Foreign.EndUserId]),
        (SpanField.UserHash, [Attributes.UserHash]),
        (SpanField.Tenant, [Attributes.Tenant]),
        (SpanField.Feature, [Attributes.Feature]),
        (SpanField.Tier, [Attributes.Tier]),
        (SpanField.Client, [Attributes.Client]),
        (SpanField.Environment, [Attributes.DeploymentEnvironment, Foreign.DeploymentEnvironment]),
        (SpanField.Session, [Attributes.SessionId]),
        (SpanField.Conversation, [GenAi.ConversationId]),
        (SpanField.TimeToFirstChunk, [GenAi.ResponseTimeToFirstChunk]),
        (SpanField.Input, [GenAi.UsageInputTokens, Foreign.UsagePromptTokens, Foreign.LlmPromptTokens, Foreign.OpenInferencePrompt]),
        (SpanField.CacheRead, [GenAi.UsageCacheReadInputTokens, Foreign.UsageCacheReadInputTokens, Foreign.UsagePromptCacheRead, Foreign.LlmCacheReadTokens, Foreign.OpenInferenceCacheRead]),
        (SpanField.CacheWrite,
        [
            GenAiLatest.UsageCacheWriteInputTokens, GenAi.UsageCacheCreationInputTokens, Foreign.UsageCacheWriteInputTokens, Foreign.UsageCacheCreationInputTokens, Foreign.UsagePromptCacheWrite,
            Foreign.LlmCacheCreationTokens, Foreign.OpenInferenceCacheWrite,
        ]),
        (SpanField.InputAudio, [GenAiLatest.UsageAudioInputTokens, Foreign.OpenInferencePromptAudio]),
        (SpanField.CacheAudioRead, [GenAiLatest.UsageAudioCacheReadInputTokens]),
        (SpanField.InputImage, [GenAiLatest.UsageImageInputTokens]),
        (SpanField.CacheImageRead, [GenAiLatest.UsageImageCacheReadInputTokens]),
        (SpanField.Output, [GenAi.UsageOutputTokens, Foreign.UsageCompletionTokens, Foreign.LlmCompletionTokens, Foreign.OpenInferenceCompletion]),
        (SpanField.Reasoning,
        [
            GenAi.UsageReasoningOutputTokens, Foreign.UsageReasoningTokens, Foreign.UsageCompletionReasoning, Foreign.LlmReasoningTokens, Foreign.OpenInferenceReasoning,
        ]),
        (SpanField.OutputAudio, [GenAiLatest.UsageAudioOutputTokens, Foreign.UsageCompletionAudio, Foreign.OpenInferenceCompletionAudio]),
        (SpanField.OutputImage, [GenAiLatest.UsageImageOutputTokens]),
        (SpanField.Total, [Foreign.UsageTotalTokens, Foreign.LlmTotalTokens, Foreign.OpenInferenceTotal]),
        (SpanField.CostAmount, [GenAi.UsageCostAmount]),
        (SpanField.CostCurrency, [GenAi.UsageCostCurrency]),
        (SpanField.CostSource, [GenAi.UsageCostSource]),
        (SpanField.Saved, [Attributes.UsageSaved]),
        (SpanField.Booked, [Attributes.UsageBooked]),
    ];

    /// <summary>By name: the field, and how many names of it come first.</summary>
    public static FrozenDictionary<string, (SpanField Field, int Rank)> ByName { get; } =
        Table.SelectMany(row => row.Names.Select((name, rank) => (name, row.Field, rank))).ToFrozenDictionary(row => row.name, row => (row.Field, row.rank), StringComparer.Ordinal);
}
