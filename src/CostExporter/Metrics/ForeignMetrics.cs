using static LlmTelemetry.Vocabulary;

namespace LlmTelemetry.CostExporter;

/// <summary>Which metrics of other libraries tell of usage, and of what: docs/receiver.md has the table.</summary>
internal static class ForeignMetrics
{
    /// <summary>The form that the metric is of; null: none.</summary>
    public static UsageSourceKind? KindOf(string metric) => metric switch
    {
        GenAi.TokenUsage => UsageSourceKind.TokenUsage,
        GenAi.OperationDuration or GenAiLatest.InferenceDuration => UsageSourceKind.Durations,
        GenAiLatest.InputTokens or GenAiLatest.OutputTokens or GenAiLatest.CacheReadInputTokens or GenAiLatest.CacheWriteInputTokens or GenAiLatest.ReasoningOutputTokens
            or GenAiLatest.OperationInputTokens or GenAiLatest.OperationOutputTokens => UsageSourceKind.InferenceCounters,
        Foreign.KernelPromptTokens or Foreign.KernelCompletionTokens => UsageSourceKind.FrameworkMetrics,
        _ => null,
    };

    /// <summary>What the point's measurements count calls by; null: by nothing.</summary>
    public static CallsFrom? CallsOf(string metric, in PointTags tags) => metric switch
    {
        GenAi.OperationDuration => CallsFrom.OperationDurations,
        GenAiLatest.InferenceDuration => CallsFrom.InferenceDurations,
        GenAiLatest.OperationInputTokens or Foreign.KernelPromptTokens => CallsFrom.Input,
        GenAiLatest.OperationOutputTokens or Foreign.KernelCompletionTokens => CallsFrom.Output,
        GenAi.TokenUsage => PartOf(metric, in tags) switch
        {
            TokenPart.Input => CallsFrom.Input,
            TokenPart.Output => CallsFrom.Output,
            _ => null,
        },
        _ => null,
    };

    /// <summary>What its tokens are; null: none that are to be added up.</summary>
    public static TokenPart? PartOf(string metric, in PointTags tags) => metric switch
    {
        GenAi.TokenUsage => OfType(in tags),
        GenAiLatest.InputTokens or Foreign.KernelPromptTokens => TokenPart.Input,
        GenAiLatest.OutputTokens or Foreign.KernelCompletionTokens => TokenPart.Output,
        GenAiLatest.CacheReadInputTokens => TokenPart.CacheRead,
        GenAiLatest.CacheWriteInputTokens => TokenPart.CacheWrite,
        GenAiLatest.ReasoningOutputTokens => TokenPart.Reasoning,
        _ => null,
    };

    /// <summary>The part of a part that is audio or image, where the point says so; null: text, or not said.</summary>
    public static TokenPart? ModalPartOf(TokenPart part, in PointTags tags) => (part, tags.Modality) switch
    {
        (TokenPart.Input, GenAiLatest.ModalityAudio) => TokenPart.InputAudio,
        (TokenPart.Input, GenAiLatest.ModalityImage) => TokenPart.InputImage,
        (TokenPart.CacheRead, GenAiLatest.ModalityAudio) => TokenPart.CacheAudioRead,
        (TokenPart.CacheRead, GenAiLatest.ModalityImage) => TokenPart.CacheImageRead,
        (TokenPart.Output, GenAiLatest.ModalityAudio) => TokenPart.OutputAudio,
        (TokenPart.Output, GenAiLatest.ModalityImage) => TokenPart.OutputImage,
        _ => null,
    };

    /// <summary>Whether the operation is no call to a model, or contains them: what it reports, they report.</summary>
    public static bool IsAroundCalls(string? operation) => operation
        is GenAi.OperationCreateAgent or GenAi.OperationInvokeAgent or GenAi.OperationInvokeWorkflow or GenAi.OperationExecuteTool
        or GenAi.OperationPlan or GenAi.OperationRetrieval or GenAi.OperationFetchResponse
        or Foreign.OperationAgent or Foreign.OperationWorkflow or Foreign.OperationTask or Foreign.OperationExecuteTask or Foreign.OperationTool or Foreign.OperationTools
        or Foreign.OperationChain or Foreign.OperationFramework or Foreign.OperationVectorDb or Foreign.OperationOrchestrateTools;

    // Types that are not here (total, input_audio, input_text ...) overlap those that are: adding them up would count tokens twice.
    private static TokenPart? OfType(in PointTags tags) => tags.TokenType switch
    {
        GenAi.TokenTypeInput or Foreign.TokenTypePrompt => TokenPart.Input,
        GenAi.TokenTypeOutput or Foreign.TokenTypeCompletion => TokenPart.Output,
        Foreign.TokenTypeCachedInput => TokenPart.CacheRead,
        Foreign.TokenTypeCacheCreationInput => TokenPart.CacheWrite,
        Foreign.TokenTypeReasoning => TokenPart.Reasoning,
        null when tags.IsOverflow => TokenPart.Input,
        _ => null,
    };
}
