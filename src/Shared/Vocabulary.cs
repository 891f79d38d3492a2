namespace LlmTelemetry;

/// <summary>Every metric, attribute, meter and label name. Constants only; docs/metrics.md lists them and a test compares.</summary>
internal static class Vocabulary
{
    /// <summary>Name of the meter and of the activity source of the instrumentation.</summary>
    public const string Instrumentation = "LlmTelemetry";

    /// <summary>Name of the meter of the exporter: the ledger's gauges and the exporter's own health.</summary>
    public const string CostExporter = "LlmTelemetry.CostExporter";

    /// <summary>Name of the meter of the receiver: what became of what was delivered.</summary>
    public const string Receiver = "LlmTelemetry.Receiver";

    /// <summary>Name of the meter of budgets.</summary>
    public const string Budgets = "LlmTelemetry.Budgets";

    /// <summary>Names of the semantic conventions (v1.41), unchanged.</summary>
    internal static class GenAi
    {
        public const string TokenUsage = "gen_ai.client.token.usage";
        public const string OperationDuration = "gen_ai.client.operation.duration";
        public const string TimeToFirstChunk = "gen_ai.client.operation.time_to_first_chunk";
        public const string TimePerOutputChunk = "gen_ai.client.operation.time_per_output_chunk";

        public const string OperationName = "gen_ai.operation.name";
        public const string ProviderName = "gen_ai.provider.name";
        public const string RequestModel = "gen_ai.request.model";
        public const string RequestStream = "gen_ai.request.stream";
        public const string ResponseModel = "gen_ai.response.model";
        public const string ResponseId = "gen_ai.response.id";
        public const string ResponseFinishReasons = "gen_ai.response.finish_reasons";
        public const string ResponseTimeToFirstChunk = "gen_ai.response.time_to_first_chunk";
        public const string ConversationId = "gen_ai.conversation.id";
        public const string OutputType = "gen_ai.output.type";
        public const string OutputTypeText = "text";
        public const string OutputTypeJson = "json";
        public const string OutputTypeImage = "image";
        public const string OutputTypeSpeech = "speech";
        public const string RequestChoiceCount = "gen_ai.request.choice.count";
        public const string RequestFrequencyPenalty = "gen_ai.request.frequency_penalty";
        public const string RequestMaxTokens = "gen_ai.request.max_tokens";
        public const string RequestPresencePenalty = "gen_ai.request.presence_penalty";
        public const string RequestSeed = "gen_ai.request.seed";
        public const string RequestStopSequences = "gen_ai.request.stop_sequences";
        public const string RequestTemperature = "gen_ai.request.temperature";
        public const string RequestTopK = "gen_ai.request.top_k";
        public const string RequestTopP = "gen_ai.request.top_p";
        public const string TokenType = "gen_ai.token.type";
        public const string TokenTypeInput = "input";
        public const string TokenTypeOutput = "output";
        public const string UsageInputTokens = "gen_ai.usage.input_tokens";
        public const string UsageOutputTokens = "gen_ai.usage.output_tokens";
        public const string UsageCacheReadInputTokens = "gen_ai.usage.cache_read.input_tokens";
        public const string UsageCacheCreationInputTokens = "gen_ai.usage.cache_creation.input_tokens";
        public const string UsageReasoningOutputTokens = "gen_ai.usage.reasoning.output_tokens";

        // The open proposal semantic-conventions-genai #443; on spans only.
        public const string UsageCostAmount = "gen_ai.usage.cost.amount";
        public const string UsageCostCurrency = "gen_ai.usage.cost.currency";
        public const string UsageCostSource = "gen_ai.usage.cost.source";
        public const string CostSourceLocal = "local";
        public const string CostSourceProvider = "provider";

        /// <summary>A tool that a session called.</summary>
        public const string ToolName = "gen_ai.tool.name";
        public const string EmbeddingsDimensionCount = "gen_ai.embeddings.dimension.count";

        // Not in the conventions: Microsoft.Extensions.AI's names.
        public const string RequestImageWidth = "gen_ai.request.image.width";
        public const string RequestImageHeight = "gen_ai.request.image.height";

        public const string OperationChat = "chat";
        public const string OperationEmbeddings = "embeddings";

        /// <summary>Images, speech to text and text to speech; <see cref="OutputType"/> tells them apart.</summary>
        public const string OperationGenerateContent = "generate_content";
        public const string OperationTextCompletion = "text_completion";

        /// <summary>Our own word for a session that is booked as a whole (a voice call, an agent's run).</summary>
        public const string OperationSession = "session";

        /// <summary>Of a plain API: a word of ours, as the conventions allow.</summary>
        public const string OperationApi = "api";

        // Around model calls: what they report is what those report, once more, or nothing that is billed by the token.
        public const string OperationCreateAgent = "create_agent";
        public const string OperationInvokeAgent = "invoke_agent";
        public const string OperationInvokeWorkflow = "invoke_workflow";
        public const string OperationExecuteTool = "execute_tool";
        public const string OperationPlan = "plan";
        public const string OperationRetrieval = "retrieval";
        public const string OperationFetchResponse = "fetch_response";
    }

    /// <summary>
    /// Names of the semantic conventions' newest, unreleased text (semantic-conventions-genai), for who opts in; what is not here is as in <see cref="GenAi"/>.
    /// </summary>
    internal static class GenAiLatest
    {
        public const string InferenceDuration = "gen_ai.client.inference.duration";
        public const string TimeToFirstChunk = "gen_ai.client.inference.time_to_first_chunk";
        public const string TimePerOutputChunk = "gen_ai.client.inference.time_per_output_chunk";
        public const string InputTokens = "gen_ai.client.inference.usage.input_tokens";
        public const string OutputTokens = "gen_ai.client.inference.usage.output_tokens";
        public const string CacheReadInputTokens = "gen_ai.client.inference.usage.cache_read.input_tokens";
        public const string CacheWriteInputTokens = "gen_ai.client.inference.usage.cache_write.input_tokens";
        public const string ReasoningOutputTokens = "gen_ai.client.inference.usage.reasoning.output_tokens";
        public const string OperationInputTokens = "gen_ai.client.inference.operation.input_tokens";
        public const string OperationOutputTokens = "gen_ai.client.inference.operation.output_tokens";

        public const string TokenModality = "gen_ai.token.modality";
        public const string ModalityUnknown = "unknown";
        public const string ModalityImage = "image";
        public const string ModalityAudio = "audio";

        /// <summary>A value of our own: the conventions name none for video, and allow others.</summary>
        public const string ModalityVideo = "video";

        public const string UsageCacheWriteInputTokens = "gen_ai.usage.cache_write.input_tokens";
        public const string UsageAudioInputTokens = "gen_ai.usage.audio.input_tokens";
        public const string UsageAudioCacheReadInputTokens = "gen_ai.usage.audio.cache_read.input_tokens";
        public const string UsageAudioOutputTokens = "gen_ai.usage.audio.output_tokens";
        public const string UsageImageInputTokens = "gen_ai.usage.image.input_tokens";
        public const string UsageImageCacheReadInputTokens = "gen_ai.usage.image.cache_read.input_tokens";
        public const string UsageImageOutputTokens = "gen_ai.usage.image.output_tokens";

        /// <summary>The finish reason of a generation that ended without one.</summary>
        public const string FinishReasonError = "error";
    }

    /// <summary>Names that other libraries send in the place of those of the conventions, or did: read by the receiver (docs/receiver.md says whose they are), never written.</summary>
    internal static class Foreign
    {
        // Deprecated names of the conventions.
        public const string System = "gen_ai.system";
        public const string UsagePromptTokens = "gen_ai.usage.prompt_tokens";
        public const string UsageCompletionTokens = "gen_ai.usage.completion_tokens";
        public const string TokenTypePrompt = "prompt";
        public const string TokenTypeCompletion = "completion";
        public const string EndUserId = "enduser.id";
        public const string DeploymentEnvironment = "deployment.environment";
        public const string OpenAiServiceTier = "openai.response.service_tier";
        public const string GenAiOpenAiServiceTier = "gen_ai.openai.response.service_tier";

        // Envoy AI Gateway: parts of input and output.
        public const string TokenTypeCachedInput = "cached_input";
        public const string TokenTypeCacheCreationInput = "cache_creation_input";
        public const string TokenTypeReasoning = "reasoning";

        // Semantic Kernel: metrics of functions made of a prompt.
        public const string KernelPromptTokens = "semantic_kernel.function.invocation.token_usage.prompt";
        public const string KernelCompletionTokens = "semantic_kernel.function.invocation.token_usage.completion";
        public const string KernelModel = "semantic_kernel.function.model_id";

        // OpenLLMetry (Traceloop), today and before it followed the conventions; OpenLIT.
        public const string LlmRequestType = "llm.request.type";
        public const string LlmRequestModel = "llm.request.model";
        public const string LlmResponseModel = "llm.response.model";
        public const string LlmPromptTokens = "llm.usage.prompt_tokens";
        public const string LlmCompletionTokens = "llm.usage.completion_tokens";
        public const string LlmTotalTokens = "llm.usage.total_tokens";
        public const string LlmCacheReadTokens = "llm.usage.cache_read_input_tokens";
        public const string LlmCacheCreationTokens = "llm.usage.cache_creation_input_tokens";
        public const string LlmReasoningTokens = "llm.usage.reasoning_tokens";
        public const string TraceloopSpanKind = "traceloop.span.kind";
        public const string UsageTotalTokens = "gen_ai.usage.total_tokens";
        public const string UsageCacheReadInputTokens = "gen_ai.usage.cache_read_input_tokens";
        public const string UsageCacheCreationInputTokens = "gen_ai.usage.cache_creation_input_tokens";
        public const string UsageCacheWriteInputTokens = "gen_ai.usage.cache_write_input_tokens";
        public const string UsageReasoningTokens = "gen_ai.usage.reasoning_tokens";
        public const string UsagePromptCacheRead = "gen_ai.usage.prompt_tokens_details.cache_read";
        public const string UsagePromptCacheWrite = "gen_ai.usage.prompt_tokens_details.cache_write";
        public const string UsageCompletionReasoning = "gen_ai.usage.completion_tokens_details.reasoning";
        public const string UsageCompletionAudio = "gen_ai.usage.completion_tokens_details.audio";

        // OpenInference (Arize Phoenix).
        public const string OpenInferenceSpanKind = "openinference.span.kind";
        public const string OpenInferenceLlm = "LLM";
        public const string OpenInferenceEmbedding = "EMBEDDING";
        public const string OpenInferenceModel = "llm.model_name";
        public const string OpenInferenceEmbeddingModel = "embedding.model_name";
        public const string OpenInferenceProvider = "llm.provider";
        public const string OpenInferenceSystem = "llm.system";
        public const string OpenInferencePrompt = "llm.token_count.prompt";
        public const string OpenInferenceCompletion = "llm.token_count.completion";
        public const string OpenInferenceTotal = "llm.token_count.total";
        public const string OpenInferenceCacheRead = "llm.token_count.prompt_details.cache_read";
        public const string OpenInferenceCacheWrite = "llm.token_count.prompt_details.cache_write";
        public const string OpenInferencePromptAudio = "llm.token_count.prompt_details.audio";
        public const string OpenInferenceReasoning = "llm.token_count.completion_details.reasoning";
        public const string OpenInferenceCompletionAudio = "llm.token_count.completion_details.audio";

        /// <summary>Words of libraries for operations that contain model calls, or are none.</summary>
        public const string OperationAgent = "agent";
        public const string OperationWorkflow = "workflow";
        public const string OperationTask = "task";
        public const string OperationExecuteTask = "execute_task";
        public const string OperationTool = "tool";
        public const string OperationTools = "tools";
        public const string OperationChain = "chain";
        public const string OperationFramework = "framework";
        public const string OperationVectorDb = "vectordb";
        public const string OperationOrchestrateTools = "orchestrate_tools";

        /// <summary>Words of libraries for operations that the conventions have names for.</summary>
        public const string OperationCompletion = "completion";
        public const string OperationEmbedding = "embedding";
        public const string OperationUnknown = "unknown";
    }

    /// <summary>How one opts in to <see cref="GenAiLatest"/>: the word in the comma-separated list of the environment variable.</summary>
    internal static class ConventionsOptIn
    {
        public const string Variable = "OTEL_SEMCONV_STABILITY_OPT_IN";
        public const string Latest = "gen_ai_latest_experimental";
    }

    /// <summary>What OpenLIT's and Grafana Cloud's dashboards ask for; only where it is switched on.</summary>
    internal static class OpenLit
    {
        /// <summary>A metric, and an attribute of spans.</summary>
        public const string Cost = "gen_ai.usage.cost";
        public const string SdkName = "telemetry.sdk.name";
        public const string SdkNameValue = "openlit";
        public const string Environment = "deployment.environment";
    }

    /// <summary>Our own metrics.</summary>
    internal static class Metrics
    {
        public const string UsageTokens = "llm.usage.tokens";
        public const string UsageCost = "llm.usage.cost";
        public const string UsageCharge = "llm.usage.charge";
        public const string UsageSaved = "llm.usage.saved";
        public const string CacheHits = "llm.usage.cache_hits";
        public const string UsageCalls = "llm.usage.calls";
        public const string UsageDuration = "llm.usage.duration";
        public const string UsageInconsistent = "llm.usage.inconsistent";
        public const string UsageBooked = "llm.usage.booked";
        public const string AttributionFolded = "llm.attribution.folded";
        public const string AttributionCut = "llm.attribution.cut";
        public const string TelemetryErrors = "llm.telemetry.errors";
        public const string PriceAge = "llm.prices.age";
        public const string SessionDuration = "llm.session.duration";
        public const string SessionToolCalls = "llm.session.tool_calls";
        public const string PriceReloads = "llm.prices.reloads";

        public const string LedgerSpend = "llm.ledger.spend";
        public const string LedgerCalls = "llm.ledger.calls";
        public const string LedgerTokens = "llm.ledger.tokens";
        public const string LedgerFeatureSpend = "llm.ledger.feature.spend";
        public const string LedgerFeatureCalls = "llm.ledger.feature.calls";
        public const string LedgerFeatureTokens = "llm.ledger.feature.tokens";
        public const string LedgerTenantSpend = "llm.ledger.tenant.spend";
        public const string LedgerTenantCalls = "llm.ledger.tenant.calls";
        public const string LedgerTenantTokens = "llm.ledger.tenant.tokens";
        public const string LedgerReset = "llm.ledger.reset";
        public const string LedgerBudget = "llm.ledger.budget";
        public const string LedgerForecast = "llm.ledger.forecast";
        public const string LedgerUnpriced = "llm.ledger.unpriced";
        public const string LedgerLag = "llm.ledger.lag";
        public const string LedgerExporters = "llm.ledger.exporters";

        public const string BudgetLimit = "llm.budget.limit";
        public const string BudgetSpent = "llm.budget.spent";
        public const string BudgetHeld = "llm.budget.held";
        public const string BudgetRemaining = "llm.budget.remaining";
        public const string BudgetReset = "llm.budget.reset";
        public const string BudgetAdmissions = "llm.budget.admissions";
        public const string BudgetRefusals = "llm.budget.refusals";
        public const string BudgetShadowRefusals = "llm.budget.shadow_refusals";
        public const string BudgetFailOpen = "llm.budget.fail_open";
        public const string BudgetExpiredHolds = "llm.budget.expired_holds";
        public const string BudgetWarnings = "llm.budget.warnings";
        public const string BudgetPending = "llm.budget.pending_settlements";
        public const string BudgetDropped = "llm.budget.dropped_settlements";
        public const string BudgetEstimatedCalls = "llm.budget.estimated_calls";
        public const string BudgetDecisionDuration = "llm.budget.decision.duration";

        public const string ExporterFlushes = "llm.exporter.flushes";
        public const string ExporterPendingRows = "llm.exporter.pending_rows";
        public const string ExporterLag = "llm.exporter.lag";
        public const string ExporterDropped = "llm.exporter.dropped";
        public const string ExporterFolded = "llm.exporter.folded";
        public const string ExporterIgnored = "llm.exporter.ignored";
        public const string RecordsDropped = "llm.records.dropped";
        public const string EventsSent = "llm.events.sent";
        public const string EventsDropped = "llm.events.dropped";
        public const string EventsQueued = "llm.events.queued";
        public const string ExporterGaps = "llm.exporter.gaps";
        public const string ExporterJournalBytes = "llm.exporter.journal.bytes";
        public const string ExporterJournalFrames = "llm.exporter.journal.frames";
        public const string ExporterJournalMissed = "llm.exporter.journal.missed";
        public const string ExporterJournalDamaged = "llm.exporter.journal.damaged";

        public const string ReceiverDeliveries = "llm.receiver.deliveries";
        public const string ReceiverBooked = "llm.receiver.booked";
        public const string ReceiverDuplicates = "llm.receiver.duplicates";
        public const string ReceiverIgnored = "llm.receiver.ignored";
        public const string ReceiverRejected = "llm.receiver.rejected";
        public const string ReceiverConflicts = "llm.receiver.conflicts";
        public const string ReceiverRebooked = "llm.receiver.rebooked";
        public const string ReceiverBookingDuration = "llm.receiver.booking.duration";
        public const string ReceiverWaiting = "llm.receiver.waiting";
    }

    /// <summary>Our own attributes, and the general ones we use.</summary>
    internal static class Attributes
    {
        public const string UsageType = "llm.usage.type";
        public const string CostQuality = "llm.cost.quality";
        public const string Outcome = "llm.outcome";
        public const string Tenant = "llm.tenant";
        public const string Feature = "llm.feature";
        public const string Tier = "llm.tier";
        public const string Client = "llm.client";

        /// <summary>On <see cref="Metrics.AttributionCut"/>: a tag; on spans a tag is <see cref="Options.TagPrefix"/> and its name.</summary>
        public const string Tag = "llm.tag";

        /// <summary>On <see cref="Metrics.AttributionFolded"/> and <see cref="Metrics.AttributionCut"/>: a tag of one of the application's own metrics.</summary>
        public const string MetricTag = "llm.metric.tag";

        /// <summary>On <see cref="Metrics.AttributionFolded"/>: the name of such a metric.</summary>
        public const string MetricName = "llm.metric.name";
        public const string UserId = "user.id";

        /// <summary>In the place of <see cref="UserId"/> where ids are hashed.</summary>
        public const string UserHash = "user.hash";
        public const string SessionId = "session.id";
        public const string DeploymentEnvironment = "deployment.environment.name";
        public const string ErrorType = "error.type";
        public const string ServerAddress = "server.address";
        public const string ServerPort = "server.port";
        public const string PriceVersion = "llm.price.version";

        /// <summary>On spans: what is charged on for the call, in USD.</summary>
        public const string ChargeAmount = "llm.charge.amount";

        /// <summary>On spans: true where the process books the call in a ledger itself.</summary>
        public const string UsageBooked = "llm.usage.booked";

        /// <summary>On spans: what an answer from a cache of the application's own would have cost, in USD.</summary>
        public const string UsageSaved = "llm.usage.saved";

        /// <summary>On <see cref="Metrics.PriceReloads"/>: <c>ok</c> or <c>failed</c>.</summary>
        public const string PriceResult = "llm.prices.result";

        /// <summary>On <see cref="Metrics.LedgerSpend"/> and its neighbours: <see cref="Periods"/>.</summary>
        public const string LedgerPeriod = "llm.ledger.period";

        /// <summary>On <see cref="Metrics.LedgerBudget"/>: which dimension the budget is for, <see cref="Dimensions"/> or <c>total</c>.</summary>
        public const string BudgetScope = "llm.budget.scope";

        /// <summary>On the metrics of budgets: the limit's name.</summary>
        public const string BudgetName = "llm.budget.name";

        /// <summary>On the gauges of budgets: what it counts, <see cref="BudgetUnits"/>.</summary>
        public const string BudgetUnit = "llm.budget.unit";

        /// <summary>On the gauges of budgets: over what time.</summary>
        public const string BudgetWindow = "llm.budget.window";

        /// <summary>On <see cref="Metrics.BudgetRefusals"/> and its neighbours: why.</summary>
        public const string BudgetReason = "llm.budget.reason";

        /// <summary>On <see cref="Metrics.BudgetWarnings"/>: the percentage that was passed.</summary>
        public const string BudgetPercent = "llm.budget.percent";

        /// <summary>On <see cref="Metrics.LedgerBudget"/>: the user, model ... the budget is for; empty for <c>total</c>.</summary>
        public const string BudgetSubject = "llm.budget.subject";

        /// <summary>On <see cref="Metrics.ExporterFlushes"/>: <c>ok</c> or <c>failed</c>.</summary>
        public const string Result = "llm.exporter.result";
        public const string Reason = "llm.exporter.reason";

        /// <summary>On <see cref="Metrics.ReceiverDeliveries"/>: <see cref="DeliveryResults"/>.</summary>
        public const string ReceiverResult = "llm.receiver.result";

        /// <summary>On <see cref="Metrics.ReceiverIgnored"/>: <see cref="IgnoredReasons"/>; on <see cref="Metrics.ReceiverRejected"/>: <see cref="RejectedReasons"/>.</summary>
        public const string ReceiverReason = "llm.receiver.reason";

        /// <summary>On the receiver's counters: <see cref="TelemetryForms"/>.</summary>
        public const string ReceiverForm = "llm.receiver.form";

        /// <summary>On <see cref="Metrics.AttributionFolded"/>: and <see cref="Metrics.AttributionCut"/>: the attribute whose value was folded or cut.</summary>
        public const string Attribute = "llm.attribution.attribute";

        /// <summary>Set by OpenTelemetry .NET on the point that gathers what passed the cardinality limit.</summary>
        public const string MetricOverflow = "otel.metric.overflow";
    }

    /// <summary>Further figures: those that we record ourselves, with their tags, and which names are not free for the application's.</summary>
    internal static class Figures
    {
        public const string SessionDuration = "session.duration";
        public const string OperationTag = "operation";
        public const string OutcomeTag = "outcome";
        public const string OwnPrefix = "llm.";

        /// <summary>Begins the names of figures that correct what calls cost: the ledger's own, and in no report of metrics.</summary>
        public const string CorrectionPrefix = "llm.correction.";
        public const string StandardPrefix = "gen_ai.";
    }

    /// <summary>Operations on hosted files and what spans say of them, for which there are no conventions: Microsoft.Extensions.AI's names.</summary>
    internal static class Files
    {
        public const string OperationUpload = "files.upload";
        public const string OperationDownload = "files.download";
        public const string OperationGetInfo = "files.get_info";
        public const string OperationList = "files.list";
        public const string OperationDelete = "files.delete";

        /// <summary>Read from spans of Microsoft.Extensions.AI; ours have <see cref="GenAi.OperationName"/>.</summary>
        public const string OperationName = "files.operation.name";
        public const string Id = "files.id";
        public const string Purpose = "files.purpose";
        public const string Scope = "files.scope";
        public const string MediaType = "files.media_type";
        public const string Size = "file.size";
    }

    /// <summary>Keys of ChatOptions.AdditionalProperties that attribute and price one call; taken out before the provider sees the options.</summary>
    internal static class Options
    {
        public const string Prefix = "llm.";
        public const string User = "llm.user";
        public const string Tenant = "llm.tenant";
        public const string Feature = "llm.feature";
        public const string Conversation = "llm.conversation";
        public const string Session = "llm.session";
        public const string Tier = "llm.tier";
        public const string Client = "llm.client";
        public const string Environment = "llm.environment";

        /// <summary>The service tier that the call asks its provider for, where the answer does not say which one it used.</summary>
        public const string ServiceTier = "llm.service_tier";
        public const string TagPrefix = "llm.tag.";
    }

    /// <summary>Values of <see cref="Attributes.UsageType"/>: the disjoint buckets.</summary>
    internal static class Buckets
    {
        public const string Input = "input";
        public const string CacheRead = "cache_read";
        public const string CacheWrite5m = "cache_write_5m";
        public const string CacheWrite1h = "cache_write_1h";
        public const string InputAudio = "input_audio";
        public const string CacheAudioRead = "cache_audio_read";
        public const string InputImage = "input_image";
        public const string CacheImageRead = "cache_image_read";
        public const string InputVideo = "input_video";
        public const string Output = "output";
        public const string Reasoning = "reasoning";
        public const string Citation = "citation";
        public const string OutputAudio = "output_audio";
        public const string OutputImage = "output_image";
        public const string OutputVideo = "output_video";
        public const string Request = "request";
        public const string WebSearch = "web_search";
        public const string FileSearch = "file_search";
        public const string ToolCall = "tool_call";
        public const string Image = "image";
        public const string AudioSecond = "audio_second";
        public const string InputAudioSecond = "input_audio_second";
        public const string Character = "character";
        public const string DocumentPage = "document_page";
        public const string AnnotatedDocumentPage = "annotated_document_page";
        public const string TextMessage = "text_message";
        public const string CacheVideoRead = "cache_video_read";
        public const string CodeExecution = "code_execution";
        public const string RerankUnit = "rerank_unit";
        public const string VideoSecond = "video_second";
        public const string DataByte = "data_byte";
    }

    /// <summary>Values of <see cref="Attributes.CostQuality"/>.</summary>
    internal static class Qualities
    {
        public const string Reported = "reported";
        public const string Partial = "partial";
        public const string Estimated = "estimated";
        public const string Unpriced = "unpriced";
        public const string Unmeasured = "unmeasured";
    }

    /// <summary>What stands in the place of a price book's version where the price did not come from one.</summary>
    internal static class PriceVersions
    {
        /// <summary>The cost itself was told: the provider's or gateway's own figure.</summary>
        public const string Reported = "reported";

        /// <summary>The price of a unit was told with the usage.</summary>
        public const string Given = "given";
    }

    /// <summary>Service tiers that mean something here; others are the provider's words.</summary>
    internal static class Tiers
    {
        /// <summary>Capacity that is paid by the hour: tokens cost nothing.</summary>
        public const string Provisioned = "provisioned";

        /// <summary>Azure's word for it: provisioned throughput units.</summary>
        public const string Ptu = "ptu";
    }

    /// <summary>Values of <see cref="Attributes.Outcome"/>.</summary>
    internal static class Outcomes
    {
        public const string Completed = "completed";
        public const string Failed = "failed";
        public const string Cancelled = "cancelled";
        public const string Abandoned = "abandoned";
    }

    /// <summary>The dimensions of the ledger: words of reports, of the command line and of <see cref="Attributes.BudgetScope"/>.</summary>
    internal static class Dimensions
    {
        public const string Provider = "provider";
        public const string Model = "model";
        public const string User = "user";
        public const string Tenant = "tenant";
        public const string Feature = "feature";
        public const string Conversation = "conversation";
        public const string Session = "session";
        public const string Tier = "tier";
        public const string Operation = "operation";
        public const string Client = "client";
        public const string Environment = "environment";
        public const string Outcome = "outcome";
        public const string Quality = "quality";
        public const string PriceVersion = "price_version";
        public const string Day = "day";

        /// <summary>Starts the name of a tag: <c>tag:plan</c>.</summary>
        public const string TagPrefix = "tag:";
        public const string Total = "total";
    }

    /// <summary>Values of <see cref="Attributes.BudgetUnit"/>, and how configuration and the command line write units.</summary>
    internal static class BudgetUnits
    {
        public const string Tokens = "tokens";
        public const string InputTokens = "input_tokens";
        public const string OutputTokens = "output_tokens";
        public const string Usd = "usd";
        public const string Requests = "requests";
        public const string ToolCalls = "tool_calls";
        public const string AudioSeconds = "audio_seconds";
        public const string SessionSeconds = "session_seconds";
    }

    /// <summary>Values of <see cref="Attributes.BudgetReason"/> on <see cref="Metrics.BudgetRefusals"/>; on <see cref="Metrics.BudgetDropped"/>: <see cref="DropReasons"/>.</summary>
    internal static class BudgetReasons
    {
        public const string OverLimit = "over_limit";
        public const string UnknownPrice = "unknown_price";
        public const string StoreUnavailable = "store_unavailable";
    }

    /// <summary>Attributes of resources: who sends telemetry.</summary>
    internal static class Resources
    {
        public const string ServiceNamespace = "service.namespace";
        public const string ServiceName = "service.name";
        public const string ServiceInstance = "service.instance.id";

        /// <summary>The service's name where it is not said.</summary>
        public const string UnknownService = "unknown_service";
    }

    /// <summary>Names of log records that are events.</summary>
    internal static class Events
    {
        /// <summary>The attribute that names a log record's event, where its <c>event_name</c> does not.</summary>
        public const string NameAttribute = "event.name";

        /// <summary>One finished call, with what it used and cost.</summary>
        public const string Usage = "llm.usage.event";
    }

    /// <summary>Names of events on spans.</summary>
    internal static class SpanEvents
    {
        /// <summary>A limit passed a percentage of what it allows.</summary>
        public const string BudgetWarning = "budget.warning";
    }

    /// <summary>Values of <see cref="Attributes.LedgerPeriod"/>.</summary>
    internal static class Periods
    {
        /// <summary>The UTC hour, whatever the ledger's zone.</summary>
        public const string Hour = "hour";

        public const string Day = "day";
        public const string Month = "month";
    }

    /// <summary>Values of <see cref="Attributes.Result"/> and <see cref="Attributes.PriceResult"/>.</summary>
    internal static class Results
    {
        public const string Ok = "ok";
        public const string Failed = "failed";
    }

    /// <summary>Values of <see cref="Attributes.Reason"/> on <see cref="Metrics.ExporterDropped"/>.</summary>
    internal static class DropReasons
    {
        /// <summary>The store lost what it had acknowledged, and it is not kept here any more.</summary>
        public const string StoreLost = "store_lost";

        /// <summary>The period of the increment was past its retention.</summary>
        public const string Expired = "expired";

        /// <summary>The store did not take it before the process ended, or it came after that.</summary>
        public const string Shutdown = "shutdown";

        /// <summary>Of <see cref="Metrics.RecordsDropped"/> and <see cref="Metrics.EventsDropped"/>: they were not taken as fast as they came, and more than these do not wait.</summary>
        public const string Overflow = "overflow";

        /// <summary>Of <see cref="Metrics.EventsDropped"/>: the receiver said that it will never take them.</summary>
        public const string Refused = "refused";

        /// <summary>Of <see cref="Metrics.RecordsDropped"/>: newer ones would have driven them out of what is kept all the same.</summary>
        public const string Superseded = "superseded";
        /// <summary>Of <see cref="Metrics.RecordsDropped"/>: the records' store did not take them when their calls were delivered.</summary>
        public const string Failed = "failed";

        /// <summary>A journal's batch, so old that the store may have had it and forgotten its number.</summary>
        public const string JournalExpired = "journal_expired";
    }

    /// <summary>Values of <see cref="Attributes.Reason"/> on <see cref="Metrics.ExporterGaps"/>.</summary>
    internal static class GapReasons
    {
        /// <summary>What the exporter held is lost.</summary>
        public const string Lost = "lost";

        /// <summary>What it held is in its journal.</summary>
        public const string Journal = "journal";
    }

    /// <summary>Values of <see cref="Attributes.Reason"/> on <see cref="Metrics.ExporterIgnored"/>.</summary>
    internal static class IgnoredReasons
    {
        /// <summary>Our own meter, while a sink in the process books the events it is made of.</summary>
        public const string Sink = "sink";

        /// <summary>Another library's metric of a model that our own tracker reports, or of calls that a better one tells of: the same call seen twice.</summary>
        public const string Tracked = "tracked";

        /// <summary>A token type that overlaps others: a total, say.</summary>
        public const string TokenType = "token_type";

        /// <summary>An operation that contains model calls, or is none.</summary>
        public const string NotInference = "not_inference";

        /// <summary>Calls of a feature that is not tracked.</summary>
        public const string NotTracked = "not_tracked";

        /// <summary>A negative value, no number, or a metric of a type that cannot be added up.</summary>
        public const string NotASum = "not_a_sum";

        /// <summary>A point of which nothing tells any more whether it was counted: of a start or interval that had to make room, or without any time.</summary>
        public const string TooOld = "too_old";

        /// <summary>A new series of a source that has as many as are remembered.</summary>
        public const string Cardinality = "cardinality";

        /// <summary>Of <see cref="Metrics.ReceiverIgnored"/>: the same calls are booked from another form of telemetry of the same source in that hour.</summary>
        public const string Precedence = "precedence";

        /// <summary>Of <see cref="Metrics.ReceiverIgnored"/>: log records, metrics and spans that say nothing of usage.</summary>
        public const string NotUsage = "not_usage";
    }

    /// <summary>Values of <see cref="Attributes.ReceiverResult"/>.</summary>
    internal static class DeliveryResults
    {
        /// <summary>No delivery: the request is too large, or what can never be read. Its sender was told, and drops it.</summary>
        public const string Unreadable = "unreadable";

        public const string Booked = "booked";

        /// <summary>Booked, but for what was rejected.</summary>
        public const string Partial = "partial";

        /// <summary>To be delivered again: the store did not take it in time.</summary>
        public const string Later = "later";

        /// <summary>To be delivered again: too much was under way already, and it was not looked at.</summary>
        public const string Busy = "busy";
    }

    /// <summary>Values of <see cref="Attributes.ReceiverForm"/>.</summary>
    internal static class TelemetryForms
    {
        public const string Events = "events";
        public const string Booked = "booked";
        public const string OwnMetrics = "own_metrics";
        public const string TokenUsage = "token_usage";
        public const string InferenceCounters = "inference_counters";
        public const string Spans = "spans";
        public const string FrameworkMetrics = "framework_metrics";
        public const string Durations = "durations";
    }

    /// <summary>Values of <see cref="Attributes.ReceiverReason"/> on <see cref="Metrics.ReceiverRejected"/>.</summary>
    internal static class RejectedReasons
    {
        /// <summary>So old that the store may have forgotten whether it was booked.</summary>
        public const string TooOld = "too_old";

        /// <summary>So far ahead of the receiver's clock that it is no time.</summary>
        public const string Ahead = "ahead";

        /// <summary>It is of amounts that no store could add up.</summary>
        public const string Unbookable = "unbookable";

        /// <summary>A usage event or point that is none, or has too much in it.</summary>
        public const string Unreadable = "unreadable";
    }

    /// <summary>Values of <see cref="GenAi.ProviderName"/> that libraries use for one another.</summary>
    internal static class Providers
    {
        public const string OpenAi = "openai";
        public const string AzureOpenAi = "azure.ai.openai";
        public const string AzureInference = "azure.ai.inference";
        public const string GooglePrefix = "gcp.";
        public const string Anthropic = "anthropic";
    }

    /// <summary>The section of the configuration that the exporter's options are bound from.</summary>
    public const string ConfigurationSection = "LlmTelemetry";

    /// <summary>What stands where a value does not.</summary>
    internal static class Placeholders
    {
        /// <summary>The tail of a bounded attribute, folded.</summary>
        public const string Other = "_other";

        /// <summary>What arrived without attribution: an overflow series of the metrics SDK.</summary>
        public const string Unattributed = "unattributed";

        /// <summary>The user of what erased users spent.</summary>
        public const string Erased = "_erased";

        /// <summary>error.type where nothing better is known.</summary>
        public const string OtherError = "_OTHER";

        /// <summary>error.type of what took too long: no answer came in time.</summary>
        public const string Timeout = "timeout";
    }

    /// <summary>Units (UCUM, with annotations in braces).</summary>
    internal static class Units
    {
        public const string Token = "{token}";
        public const string Call = "{call}";
        public const string Hit = "{hit}";
        public const string Record = "{record}";
        public const string Delivery = "{delivery}";
        public const string Item = "{item}";
        public const string Receipt = "{receipt}";
        public const string Event = "{event}";
        public const string Row = "{row}";
        public const string Point = "{point}";
        public const string Flush = "{flush}";
        public const string Reload = "{reload}";
        public const string Hold = "{hold}";
        public const string Settlement = "{settlement}";
        public const string Warning = "{warning}";
        public const string Exporter = "{exporter}";
        public const string Frame = "{frame}";
        public const string Byte = "By";
        public const string Value = "{value}";
        public const string Error = "{error}";
        public const string Usd = "USD";
        public const string One = "1";
        public const string Second = "s";
        public const string Ratio = "1";
    }
}
